/** Rates by group: delivery by country and gateway, bounces by error, clicks by device. */
import { Text } from '@mantine/core'
import { figure } from '../../../core/report/figures.ts'
import { countryName } from '../../ui/countries.ts'
import { figureLooks, ink } from '../../ui/status.ts'
import type { Breakdowns } from '../queries.ts'
import { RateBar } from './RateBar.tsx'
import { RateTable } from './RateTable.tsx'

const delivered = ink(figureLooks.delivered.color)
const bounced = ink(figureLooks.bounced.color)
const clicked = ink(figureLooks.clicks.color)

export function Countries({ rows }: { rows: Breakdowns['countries'] }) {
  return (
    <RateTable
      title="Delivery by country"
      description="The country of the number."
      first="Country"
      counts={[figure('sent').label, figure('delivered').label]}
      rate="Delivery rate, with 95% interval"
      rows={rows.map(({ country, sent, delivered: n }) => ({
        key: country,
        name: countryName(country),
        counts: [sent, n],
        bar: <RateBar n={n} d={sent} color={delivered} />,
      }))}
    />
  )
}

export function Gateways({ rows }: { rows: Breakdowns['gateways'] }) {
  return (
    <RateTable
      title="Delivery by gateway"
      first="Gateway"
      counts={[figure('sent').label, figure('delivered').label]}
      rate="Delivery rate, with 95% interval"
      rows={rows.map(({ id, name, sent, delivered: n }) => ({
        key: String(id),
        name: name || 'Removed gateway',
        counts: [sent, n],
        bar: <RateBar n={n} d={sent} color={delivered} />,
      }))}
    />
  )
}

export function Errors({ rows, sent }: { rows: Breakdowns['errors']; sent: number }) {
  return (
    <RateTable
      title="Bounces and refusals by error"
      description="The gateway’s errors for SMS that have bounced, and for SMS that it refused and that will be retried. The rate is bounces divided by Sent."
      first="Error"
      counts={['Hard', 'Soft', 'Waiting']}
      rate="Share of Sent, with 95% interval"
      rows={rows.map(({ code, words, hard, soft, waiting }) => ({
        key: code,
        name: (
          <>
            {words}
            <Text size="xs" c="dimmed" className="wrap-anywhere">
              {code}
            </Text>
          </>
        ),
        counts: [hard, soft, waiting],
        bar: <RateBar n={hard + soft} d={sent} color={bounced} />,
      }))}
    />
  )
}

const devices: Readonly<Record<string, string>> = {
  iphone: 'iPhone',
  android: 'Android',
  tablet: 'Tablet',
  computer: 'Computer',
  other: 'Other',
}

export function Devices({ rows }: { rows: Breakdowns['devices'] }) {
  const all = rows.reduce((sum, { clicks }) => sum + clicks, 0)
  return (
    <RateTable
      title="Clicks by device"
      description="As reported by the browser."
      first="Device"
      counts={[figure('clicks').label]}
      rate="Share, with 95% interval"
      rows={rows.map(({ device, clicks }) => ({
        key: device,
        name: devices[device] ?? device,
        counts: [clicks],
        bar: <RateBar n={clicks} d={all} color={clicked} />,
      }))}
    />
  )
}
