/**
 * Replaces a chart that has only one point (the first minute), because a curve needs two. It has the height of the chart, so that the
 * page does not jump.
 */
import { Stack, Text } from '@mantine/core'
import classes from './FirstPoint.module.css'
import type { ChartLine, TimePoint } from './lines.ts'
import { Sample } from './Sample.tsx'

interface Props {
  label: string
  lines: readonly ChartLine[]
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
        These are the figures of the first minute after sending. The curves appear from the second minute.
      </Text>
    </Stack>
  )
}
