/**
 * In place of a chart that has one point so far (the first minute): a curve needs two. It shows the figures in the space that the chart
 * will take, so that nothing jumps.
 */
import { Stack, Text } from '@mantine/core'
import classes from './FirstPoint.module.css'
import { Sample } from './Sample.tsx'
import type { Line, TimePoint } from './TimeChart.tsx'

interface Props {
  label: string
  lines: readonly Line[]
  point: TimePoint
  format: (value: number) => string
  height: number
}

export function FirstPoint({ label, lines, point, format, height }: Props) {
  return (
    <Stack mih={height} justify="center" align="center" gap="lg" py="md">
      <dl className={classes.figures} aria-label={label}>
        {lines.map(line => (
          <div key={line.name}>
            <dt>
              <Sample line={line} />
              <span className="wrap-anywhere">{line.label}</span>
            </dt>
            <dd className="figures">{format(point[line.name] ?? 0)}</dd>
          </div>
        ))}
      </dl>
      <Text size="sm" c="dimmed" ta="center" maw={440}>
        All of it within the first minute after sending. The curves go on minute by minute, and are drawn from the
        second minute on.
      </Text>
    </Stack>
  )
}
