/** A rate of each activity over the time since sending. Its last point is the rate in the table. */
import { percent } from '../../ui/numbers.ts'
import { Panel } from '../../ui/Panel.tsx'
import { ink } from '../../ui/status.ts'
import type { ChartLine, TimePoint } from '../charts/lines.ts'
import { PointsTable } from '../charts/PointsTable.tsx'
import { SpanControl } from '../charts/SpanControl.tsx'
import { TimeChart } from '../charts/TimeChart.tsx'
import type { Comparison } from '../queries.ts'

type Event = keyof Comparison['activities'][number]['counts']
type Activity = Comparison['activities'][number]

const colors = ['indigo', 'teal', 'orange', 'pink', 'gray', 'cyan', 'grape', 'lime', 'red', 'blue']
const dashes = ['0', '8 3', '2 3', '8 3 2 3']

interface Props {
  title: string
  description: string
  comparison: Comparison
  /** n of the final d, so that a curve ends at its rate */
  n: Event
  d: Event
}

export function RatesOverTime({ title, description, comparison, n, d }: Props) {
  const drawn = comparison.activities.filter(({ points, counts }) => points.length > 0 && counts[d] > 0)
  if (drawn.length === 0) return null
  const lines = drawn.map(lineOf)
  const points = (drawn[0]?.points ?? []).map((point, at): TimePoint => {
    const rates = drawn.map((activity): [string, number] => [
      nameOf(activity),
      (activity.points[at]?.[n] ?? 0) / activity.counts[d],
    ])
    return { ...Object.fromEntries(rates), minutes: point.minutes }
  })
  const start: TimePoint = { ...Object.fromEntries(drawn.map(one => [nameOf(one), 0])), minutes: 0 }
  const format = (value: number) => percent(value)
  const label = `${title}, since sending: ${lines.map(line => line.label).join(', ')}`
  return (
    <Panel title={title} description={description} aside={<SpanControl value={comparison.span} />}>
      <TimeChart label={label} lines={lines} points={[start, ...points]} format={format} whole={false} />
      <PointsTable label={label} lines={lines} points={points} format={format} />
    </Panel>
  )
}

const nameOf = ({ id }: Activity) => `activity ${id}`

function lineOf(activity: Activity, at: number): ChartLine {
  return {
    name: nameOf(activity),
    label: activity.name,
    color: ink(colors[at % colors.length] ?? 'indigo'),
    dash: dashes[at % dashes.length] ?? '0',
  }
}
