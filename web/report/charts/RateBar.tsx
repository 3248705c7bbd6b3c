/** A rate as a bar from 0 to 100%, with its 95% interval drawn over its end, and both as text. */
import { Text, Tooltip } from '@mantine/core'
import { wilson } from '../../../core/report/intervals.ts'
import { percent } from '../../ui/numbers.ts'
import classes from './RateBar.module.css'

interface Props {
  n: number
  d: number
  /** any CSS colour */
  color: string
}

export function RateBar({ n, d, color }: Props) {
  const interval = wilson(n, d)
  const rate = d > 0 ? n / d : null
  return (
    <div className={classes.row}>
      <div className={classes.track} aria-hidden>
        <div className={classes.bar} style={{ width: share(rate ?? 0), background: color }} />
        {interval && (
          <div
            className={classes.interval}
            style={{ left: share(interval.low), width: share(interval.high - interval.low) }}
          />
        )}
      </div>
      <Text span size="sm" className={classes.rate}>
        {percent(rate)}
      </Text>
      <Tooltip label="95% interval: the true rate is likely in this range. The range is wider for fewer messages.">
        <Text span size="xs" c="dimmed" className={classes.range}>
          {interval ? `${percent(interval.low)} to ${percent(interval.high)}` : ''}
        </Text>
      </Tooltip>
    </div>
  )
}

const share = (value: number) => `${(value * 100).toFixed(3)}%`
