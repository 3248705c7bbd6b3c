/** A rate as a bar from 0 to 100%. Its 95% interval is shown on hover; in a comparison it is also drawn over the end of the bar, and written. */
import { Text, Tooltip } from '@mantine/core'
import { wilson } from '../../../core/report/intervals.ts'
import { percent } from '../../ui/numbers.ts'
import classes from './RateBar.module.css'

interface Props {
  n: number
  d: number
  /** any CSS colour */
  color: string
  /** Draw the interval. */
  compared?: boolean
}

export function RateBar({ n, d, color, compared = false }: Props) {
  const interval = wilson(n, d)
  const rate = d > 0 ? n / d : null
  const range = interval && `${percent(interval.low)} to ${percent(interval.high)}`
  return (
    <div className={classes.row} data-compared={compared || undefined}>
      <div className={classes.track} aria-hidden>
        <div className={classes.bar} style={{ width: share(rate ?? 0), background: color }} />
        {compared && interval && (
          <div
            className={classes.interval}
            style={{ left: share(interval.low), width: share(interval.high - interval.low) }}
          />
        )}
      </div>
      <Tooltip label={`95% interval: ${range}. The true rate is likely in this range.`} disabled={!range || compared}>
        <Text span size="sm" className={classes.rate} tabIndex={range && !compared ? 0 : undefined}>
          {percent(rate)}
        </Text>
      </Tooltip>
      {compared && (
        <Text span size="xs" c="dimmed" className={classes.range}>
          {range}
        </Text>
      )}
    </div>
  )
}

const share = (value: number) => `${(value * 100).toFixed(3)}%`
