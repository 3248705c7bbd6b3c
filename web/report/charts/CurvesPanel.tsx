/**
 * What happened over the time since sending: sent, delivered and bounced in one chart, clicks in another, because there are far fewer of
 * them. Both show the same span, cumulative or by interval; both choices are kept in the address.
 */
import { Group, SegmentedControl, Skeleton, Text } from '@mantine/core'
import { IconChartLine } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ChartSpan, type CurveEvent, cumulate, curves, noEvents, usualSpan } from '../../../core/report/curves.ts'
import { figure } from '../../../core/report/figures.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { count } from '../../ui/numbers.ts'
import { Panel } from '../../ui/Panel.tsx'
import { figureLooks, ink } from '../../ui/status.ts'
import { type Report, seriesQuery } from '../queries.ts'
import type { ChartLine, TimePoint } from './lines.ts'
import { PointsTable } from './PointsTable.tsx'
import { SpanControl } from './SpanControl.tsx'
import { sinceWords } from './scale.ts'
import { TimeChart } from './TimeChart.tsx'

const lineOf = (event: CurveEvent, dash: string): ChartLine => ({
  name: event,
  label: figure(curves[event]).label,
  color: ink(figureLooks[curves[event]].color),
  dash,
})
const sending: readonly ChartLine[] = [lineOf('sent', '0'), lineOf('delivered', '8 3'), lineOf('bounced', '2 3')]
const clicks: readonly ChartLine[] = [lineOf('clicked', '0'), lineOf('unique', '8 3')]

export type Per = 'total' | 'interval'

interface Props {
  workspace: number
  report: Report
  span: ChartSpan | undefined
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
  const interval = perWords(data?.stepMinutes ?? 1)
  const end = points.at(-1)?.minutes ?? 0
  const later =
    data?.sentSince != null &&
    data.span !== 'all' &&
    Date.parse(data.asOf) - Date.parse(data.sentSince) > (end + 1) * 60_000
  const hasClicks = points.some(({ clicked }) => clicked > 0)
  const chart = (lines: readonly ChartLine[]) => (
    <Curves lines={lines} points={points} per={per} interval={interval} later={later} end={end} />
  )
  return (
    <>
      <Panel
        title="Delivery over time"
        description="Time since the first SMS was sent. Each SMS is counted when its status changed."
        aside={
          <Group gap="xs">
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
            <SpanControl value={data?.span ?? span ?? usualSpan} />
          </Group>
        }
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
          chart(sending)
        )}
      </Panel>
      {points.length > 1 && (
        <Panel
          title="Clicks over time"
          description="Clicks by people, and profiles at their first click."
          aside={<SpanControl value={data?.span ?? span ?? usualSpan} />}
        >
          {hasClicks ? (
            chart(clicks)
          ) : (
            <Text size="sm" c="dimmed">
              No clicks in this time.
            </Text>
          )}
        </Panel>
      )}
    </>
  )
}

interface CurvesProps {
  lines: readonly ChartLine[]
  points: readonly ({ minutes: number } & Record<CurveEvent, number>)[]
  per: Per
  /** "Per minute" */
  interval: string
  /** Something may have happened after the end. */
  later: boolean
  end: number
}

function Curves({ lines, points, per, interval, later, end }: CurvesProps) {
  const steps = per === 'interval'
  const start = { minutes: 0, ...noEvents() }
  const drawn: TimePoint[] = steps ? [{ ...(points[0] ?? start), minutes: 0 }, ...points] : [start, ...cumulate(points)]
  const label = `${lines.map(line => line.label).join(', ')} by time since sending, ${steps ? interval : 'cumulative'}`
  return (
    <>
      <TimeChart label={label} lines={lines} points={drawn} format={count} steps={steps} />
      <Text size="xs" c="dimmed" mt="xs" mih={19}>
        {later &&
          `Only the first ${end === 1440 ? '24 hours' : sinceWords(end)} after sending. Select All for what happened later.`}
      </Text>
      <PointsTable label={label} lines={lines} points={steps ? points : drawn} steps={steps} format={count} />
    </>
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
