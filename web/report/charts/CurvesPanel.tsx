/** Sent, delivered, bounced and clicks over the time since sending: in total, or in each interval. */
import { Group, SegmentedControl, Skeleton, Text } from '@mantine/core'
import { IconChartLine } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type CurveEvent, cumulate, curves, noEvents, type Span } from '../../../core/report/curves.ts'
import { figure } from '../../../core/report/figures.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { count } from '../../ui/numbers.ts'
import { Panel } from '../../ui/Panel.tsx'
import { figureLooks, ink } from '../../ui/status.ts'
import { type Report, seriesQuery } from '../queries.ts'
import type { Line } from './lines.ts'
import { PointsTable } from './PointsTable.tsx'
import { SpanControl } from './SpanControl.tsx'
import { sinceWords } from './scale.ts'
import { TimeChart } from './TimeChart.tsx'

const shown: readonly [event: CurveEvent, dash: string][] = [
  ['sent', '0'],
  ['delivered', '8 3'],
  ['bounced', '2 3'],
  ['clicked', '8 3 2 3'],
]
const lines: readonly Line[] = shown.map(([event, dash]) => ({
  name: event,
  label: figure(curves[event]).label,
  color: ink(figureLooks[curves[event]].color),
  dash,
}))

export type Per = 'total' | 'interval'

interface Props {
  workspace: number
  report: Report
  span: Span | undefined
  per: Per
}

export function CurvesPanel({ workspace, report, span, per }: Props) {
  const navigate = useNavigate()
  const series = useQuery(seriesQuery(workspace, report, span))
  const { data } = series
  const countPer = (chosen: Per) =>
    navigate({
      to: '.',
      search: (old: Record<string, unknown>) => ({ ...old, per: chosen }),
      replace: true,
      resetScroll: false,
    })
  const points = data?.points ?? []
  const start = { minutes: 0, ...noEvents() }
  const drawn = per === 'total' ? [start, ...cumulate(points)] : [{ ...(points[0] ?? start), minutes: 0 }, ...points]
  const interval = perWords(data?.stepMinutes ?? 1)
  const end = points.at(-1)?.minutes ?? 0
  const later = data?.sentSince != null && Date.parse(data.asOf) - Date.parse(data.sentSince) > (end + 1) * 60_000
  const label = `${lines.map(line => line.label).join(', ')} by time since sending, ${per === 'total' ? 'cumulative' : interval}`
  return (
    <Panel
      title="Over time"
      description="Time since the first SMS was sent. Each message counts from the time of its event."
    >
      {series.error && !data ? (
        <ErrorState error={series.error} onRetry={series.refetch} />
      ) : !data ? (
        <Skeleton height={300} aria-busy />
      ) : points.length === 0 ? (
        <EmptyState icon={IconChartLine} title="Nothing sent yet">
          The curves start when the first SMS is sent.
        </EmptyState>
      ) : (
        <>
          <Group justify="space-between" mb="md" gap="xs">
            <SegmentedControl
              size="xs"
              aria-label="What is counted"
              value={per}
              onChange={value => countPer(value === 'interval' ? 'interval' : 'total')}
              data={[
                { value: 'total', label: 'Cumulative' },
                { value: 'interval', label: interval },
              ]}
            />
            <SpanControl value={data?.span ?? span ?? '1h'} />
          </Group>
          <TimeChart label={label} lines={lines} points={drawn} format={count} steps={per === 'interval'} />
          <Text size="xs" c="dimmed" mt="xs" mih={19}>
            {later && `Up to ${sinceWords(end)} after sending. Later events are in the Breakdown.`}
          </Text>
          <PointsTable label={label} lines={lines} points={per === 'total' ? drawn : points} format={count} />
        </>
      )}
    </Panel>
  )
}

function perWords(minutes: number): string {
  return minutes === 1
    ? 'Per minute'
    : minutes === 60
      ? 'Per hour'
      : minutes === 1440
        ? 'Per day'
        : `Per ${sinceWords(minutes)}`
}
