/**
 * Lines over the time since sending. Each is labelled at its end by name, figure and dash pattern, never by colour alone.
 * The axis starts at 0. The height does not depend on the data. For screen readers the chart is one image with a name; its
 * table is below. A single point is shown as figures (FirstPoint.tsx).
 */
import { LineChart } from '@mantine/charts'
import { useMatches } from '@mantine/core'
import { FirstPoint } from './FirstPoint.tsx'
import type { ChartLine, TimePoint } from './lines.ts'
import { Sample } from './Sample.tsx'
import { apart, sinceWords, timeTicks, valueTicks } from './scale.ts'
import classes from './TimeChart.module.css'

interface Props {
  label: string
  lines: readonly ChartLine[]
  points: readonly TimePoint[]
  format: (value: number) => string
  /** Whole numbers only at the axis. */
  whole?: boolean
  /** Each value holds for the interval that ends at its point. */
  steps?: boolean
}

const height = 300
const top = 8
const axis = 30
const labelHeight = 34

export function TimeChart({ label, lines, points, format, whole = true, steps = false }: Props) {
  const narrow = useMatches({ base: true, sm: false })
  const values = points.flatMap(point => lines.map(({ name }) => point[name] ?? 0))
  const ticks = valueTicks(Math.max(0, ...values), whole)
  const most = ticks.at(-1) ?? 1
  const end = points.at(-1)?.minutes ?? 1
  const ends = lines.map(({ name }) => points.at(-1)?.[name] ?? null)
  const room = height - top - axis
  const places = apart(
    ends.map(value => top + (1 - (value ?? 0) / most) * room - labelHeight / 2),
    labelHeight,
    height - labelHeight,
  )
  const last = points.at(-1)
  // The first point is at zero.
  if (last && points.length < 3)
    return <FirstPoint label={label} lines={lines} point={last} format={format} height={height} />
  return (
    <div className={classes.frame}>
      <div role="img" aria-label={label} className={classes.plot}>
        <LineChart
          h={height}
          data={[...points]}
          dataKey="minutes"
          series={lines.map(({ name, label: title, color, dash }) => ({
            name,
            label: title,
            color,
            strokeDasharray: dash,
          }))}
          curveType={steps ? 'stepBefore' : 'linear'}
          withDots={false}
          strokeDasharray="0"
          gridColor="var(--homing-line)"
          accessibilityLayer={false}
          valueFormatter={format}
          lineProps={{ isAnimationActive: false }}
          lineChartProps={{ margin: { top, right: 1, bottom: 0, left: 0 } }}
          xAxisProps={{
            type: 'number',
            domain: [0, end],
            ticks: timeTicks(end).filter((_, at, all) => !narrow || at % 2 === 0 || all.length < 5),
            tickFormatter: sinceWords,
            interval: 0,
            height: axis,
            padding: { left: 0, right: 0 },
          }}
          yAxisProps={{ domain: [0, most], ticks, interval: 0, width: narrow ? 48 : 64, allowDecimals: !whole }}
          tooltipProps={{ labelFormatter: minutes => `${sinceWords(Number(minutes))} after sending` }}
        />
      </div>
      <ul className={classes.labels}>
        {lines.map((line, at) => (
          <li key={line.name} style={{ top: places[at], height: labelHeight }}>
            <Sample line={line} className={classes.sample} />
            <span className={classes.words}>
              <span className={classes.name} title={line.label}>
                {line.label}
              </span>
              {!steps && <span className={classes.value}>{format(ends[at] ?? 0)}</span>}
            </span>
          </li>
        ))}
      </ul>
    </div>
  )
}
