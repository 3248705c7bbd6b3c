/** The number of people, which always says what it is: exact, an estimate with its range, of the version before, or not countable. */
import { Button, Loader, Text } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useWorkspace } from '../shell/me.ts'
import { count as figure, none } from '../ui/numbers.ts'
import { clockTime } from '../ui/time.ts'
import classes from './Builder.module.css'
import type { Count } from './queries.ts'
import type { LiveCount } from './useLiveCount.ts'

interface Props {
  live: LiveCount & { retry: () => void; cancel: () => void }
  isWhole: boolean
}

export function CountLine({ live, isWhole }: Props) {
  const { timeZone } = useWorkspace()
  const { count, isOld, isCounting, backgroundSince, isCancelled, problem } = live
  const people = count?.n === 1 ? 'person' : 'people'
  return (
    <div className={classes.count} data-count={isWhole && !isOld && !isCounting ? 'exact' : 'moving'}>
      <div className={classes.number} data-old={isOld || !isWhole || undefined}>
        {count === null ? none : `${count.range === null ? '' : 'about '}${figure(count.n)}`}
        <Text span inherit size="sm" fw={400} c="dimmed">
          {' '}
          {people}
        </Text>
        {isCounting && <Loader size={14} ml={8} aria-hidden />}
      </div>
      <Text size="xs" c="dimmed" className="figures" mih={18}>
        {wordsOf(live, isWhole, at => clockTime(at, timeZone))}
      </Text>
      {isWhole && backgroundSince !== null && (
        <>
          <Text size="sm" maw={320} role="status">
            Counting in the background, <Elapsed since={backgroundSince} />
          </Text>
          <Button size="compact-xs" variant="default" mt={4} onClick={live.cancel}>
            Cancel exact count
          </Button>
        </>
      )}
      {isWhole && isCancelled && (
        <>
          <Text size="sm" maw={320}>
            The exact count is cancelled.
          </Text>
          <Button size="compact-xs" variant="default" mt={4} onClick={live.retry}>
            Count again
          </Button>
        </>
      )}
      {problem && (
        <>
          <Text size="sm" c="var(--mantine-color-error)" role="alert" maw={320}>
            {problem.title} {problem.fix}
          </Text>
          <Button size="compact-xs" variant="default" mt={4} onClick={live.retry}>
            Count again
          </Button>
        </>
      )}
    </div>
  )
}

/** "for 25 s": the status is not read again each second. */
function Elapsed({ since }: { since: number }) {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [])
  return (
    <span aria-hidden className="figures">
      for {Math.max(0, Math.round((now - since) / 1000))} s
    </span>
  )
}

function wordsOf(live: LiveCount, isWhole: boolean, clock: (at: string) => string): string {
  const { count, isOld, isCounting, backgroundSince, problem } = live
  if (!isWhole) return count === null ? 'Not counted: see below.' : 'Of the version before. Finish it to count.'
  if (count === null) return problem === null && isCounting ? 'Counting …' : 'Not counted.'
  if (isOld) return 'Of the version before.'
  if (count.range === null) return `Exact, as of ${clock(count.asOf)}`
  return `Estimate: ${rangeOf(count.range)}.${isCounting && backgroundSince === null ? ' Counting …' : ''}`
}

const rangeOf = ({ low, high }: NonNullable<Count['range']>) => `${figure(low)} to ${figure(high)}`

/** For the live region. */
export const countInWords = ({ n, range }: Count): string =>
  `${range === null ? '' : 'About '}${figure(n)} ${n === 1 ? 'person' : 'people'}.`
