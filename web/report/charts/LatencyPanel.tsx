/** The time from sent to delivered: percentiles 50, 90 and 99 in total and by gateway, and the histogram. */
import { Table, Text } from '@mantine/core'
import { rate } from '../../../core/report/figures.ts'
import { count, percent } from '../../ui/numbers.ts'
import { Panel } from '../../ui/Panel.tsx'
import { figureLooks, ink } from '../../ui/status.ts'
import { Unfold } from '../../ui/Unfold.tsx'
import type { Breakdowns } from '../queries.ts'
import classes from './LatencyPanel.module.css'
import { tookWords } from './scale.ts'

type Latency = NonNullable<Breakdowns['latency']>
const shares = [
  ['p50', 'Half within'],
  ['p90', '90% within'],
  ['p99', '99% within'],
] as const

export function LatencyPanel({ latency, gateways }: { latency: Latency; gateways: Breakdowns['gateways'] }) {
  return (
    <Panel
      title="From sent to delivered"
      description="The time from the first attempt to delivery. Retries add hours. Accurate to one step of the table below."
    >
      <dl className={classes.percentiles}>
        {shares.map(([key, label]) => (
          <div key={key}>
            <dt>{label}</dt>
            <dd>{tookWords(latency[key])}</dd>
          </div>
        ))}
      </dl>
      {gateways.length > 1 && <ByGateway gateways={gateways} />}
      <Unfold label="Show figures" aria-label="Show figures: from sent to delivered">
        <Steps latency={latency} />
      </Unfold>
    </Panel>
  )
}

function ByGateway({ gateways }: { gateways: Breakdowns['gateways'] }) {
  return (
    <Table aria-label="From sent to delivered, by gateway" fz="sm" horizontalSpacing="xs" mb="md" className="figures">
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">Gateway</Table.Th>
          {shares.map(([key, label]) => (
            <Table.Th key={key} scope="col" ta="right">
              {label}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {gateways.map(({ id, name, latency }) => (
          <Table.Tr key={id}>
            <Table.Th scope="row" fw={400}>
              {name}
            </Table.Th>
            {shares.map(([key]) => (
              <Table.Td key={key} ta="right">
                {latency ? tookWords(latency[key]) : '–'}
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  )
}

function Steps({ latency }: { latency: Latency }) {
  const most = Math.max(...latency.steps.map(({ n }) => n))
  const color = ink(figureLooks.delivered.color)
  let below = 0
  return (
    <Table aria-label="Deliveries by the time they took" fz="sm" horizontalSpacing="xs" className="figures">
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">Up to</Table.Th>
          <Table.Th scope="col" ta="right">
            Delivered
          </Table.Th>
          <Table.Th scope="col" w="45%" aria-label="Delivered, as a bar" />
          <Table.Th scope="col" ta="right">
            Cumulative
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {latency.steps.map(({ step, n }) => {
          below += n
          return (
            <Table.Tr key={step}>
              <Table.Th scope="row" fw={400}>
                {tookWords(step)}
              </Table.Th>
              <Table.Td ta="right">{count(n)}</Table.Td>
              <Table.Td>
                <div className={classes.bar} style={{ width: `${(n / most) * 100}%`, background: color }} />
              </Table.Td>
              <Table.Td ta="right">
                <Text span inherit c="dimmed">
                  {percent(rate(below, latency.delivered))}
                </Text>
              </Table.Td>
            </Table.Tr>
          )
        })}
      </Table.Tbody>
    </Table>
  )
}
