/** Rates by group: delivery by country and gateway, bounces by error, clicks by device. */
import { Group, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { type Device, devices } from '../../../core/clicks/count-clicks.ts'
import { countryName } from '../../../core/country-names.ts'
import { figure } from '../../../core/report/figures.ts'
import { figureLooks, ink } from '../../ui/status.ts'
import { CreateSegmentMenu, type ReportPeople } from '../CreateSegment.tsx'
import type { Breakdowns, Report } from '../queries.ts'
import { RateBar } from './RateBar.tsx'
import { RateTable } from './RateTable.tsx'

const delivered = ink(figureLooks.delivered.color)
const bounced = ink(figureLooks.bounced.color)
const clicked = ink(figureLooks.clicks.color)

/** What a row is called, with the way to its people. */
function Named({
  name,
  people,
  ...props
}: {
  name: string
  report: Report
  people: ReportPeople | null
  children?: ReactNode
}) {
  const { children, report } = props
  return (
    <Group justify="space-between" wrap="nowrap" gap="xs">
      <div style={{ minWidth: 0 }}>
        {name}
        {children}
      </div>
      {people && <CreateSegmentMenu report={report} people={[{ of: name, ...people }]} name={name} />}
    </Group>
  )
}

export function Countries({ rows, report }: { rows: Breakdowns['countries']; report: Report }) {
  return (
    <RateTable
      title="Delivery by country"
      description="The country of the number."
      first="Country"
      counts={[figure('sent').label, figure('delivered').label]}
      rate="Delivery rate"
      rows={rows.map(({ country, sent, delivered: n }) => ({
        key: country,
        name:
          country === '' ? (
            countryName(country)
          ) : (
            <Named
              name={countryName(country)}
              report={report}
              people={{ figure: 'delivered', where: { countries: [country] } }}
            />
          ),
        counts: [sent, n],
        bar: <RateBar n={n} d={sent} color={delivered} />,
      }))}
    />
  )
}

export function Gateways({ rows, report }: { rows: Breakdowns['gateways']; report: Report }) {
  return (
    <RateTable
      title="Delivery by gateway"
      first="Gateway"
      counts={[figure('sent').label, figure('delivered').label]}
      rate="Delivery rate"
      rows={rows.map(({ id, name, sent, delivered: n }) => ({
        key: String(id),
        name: (
          <Named
            name={name || 'Removed gateway'}
            report={report}
            people={{ figure: 'delivered', where: { gateways: [id] } }}
          />
        ),
        counts: [sent, n],
        bar: <RateBar n={n} d={sent} color={delivered} />,
      }))}
    />
  )
}

export function Errors({ rows, report }: { rows: Breakdowns['errors']; report: Report }) {
  const { sent } = report.figures
  return (
    <RateTable
      title="Bounces and refusals by error"
      description="The gateway’s errors for SMS that have bounced, and for SMS that it refused and that will be retried. The rate is bounces divided by Sent."
      first="Error"
      counts={['Hard', 'Soft', 'Waiting']}
      rate="Share of Sent"
      rows={rows.map(({ code, words, hard, soft, waiting }) => ({
        key: code,
        name: (
          <Named
            name={words}
            report={report}
            people={hard + soft > 0 ? { figure: 'bounced', where: { codes: [code] } } : null}
          >
            <Text size="xs" c="dimmed" className="wrap-anywhere">
              {code}
            </Text>
          </Named>
        ),
        counts: [hard, soft, waiting],
        bar: <RateBar n={hard + soft} d={sent} color={bounced} />,
      }))}
    />
  )
}

const isDevice = (key: string): key is Device => devices.some(device => device.key === key)
const deviceLabel = (key: string) => devices.find(device => device.key === key)?.label ?? key

export function Devices({ rows, report }: { rows: Breakdowns['devices']; report: Report }) {
  const all = rows.reduce((sum, { clicks }) => sum + clicks, 0)
  return (
    <RateTable
      title="Clicks by device"
      description="As reported by the browser."
      first="Device"
      counts={[figure('clicks').label]}
      rate="Share"
      rows={rows.map(({ device, clicks }) => ({
        key: device,
        name: (
          <Named
            name={deviceLabel(device)}
            report={report}
            people={isDevice(device) ? { figure: 'clicks', where: { devices: [device] } } : null}
          />
        ),
        counts: [clicks],
        bar: <RateBar n={clicks} d={all} color={clicked} />,
      }))}
    />
  )
}
