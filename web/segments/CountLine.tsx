/** The number of people, which always says what it is: exact, an estimate with its range, of the version before, or not countable. */
import { Button, Loader, Text } from '@mantine/core'
import { useWorkspace } from '../shell/me.ts'
import { count as figure, none } from '../ui/numbers.ts'
import { clockTime } from '../ui/time.ts'
import classes from './Builder.module.css'
import type { Count } from './queries.ts'
import type { LiveCount } from './useLiveCount.ts'

interface Props {
  live: LiveCount & { retry: () => void }
  isWhole: boolean
}

export function CountLine({ live, isWhole }: Props) {
  const { timeZone } = useWorkspace()
  const { count, isOld, isCounting, problem } = live
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

function wordsOf({ count, isOld, problem }: LiveCount, isWhole: boolean, clock: (at: string) => string): string {
  if (!isWhole) return count === null ? 'Not counted: see below.' : 'Of the version before. Finish it to count.'
  if (count === null) return problem === null ? 'Counting …' : 'Not counted.'
  if (isOld) return 'Of the version before.'
  return count.range === null ? `Exact, as of ${clock(count.asOf)}` : `Estimate: ${rangeOf(count.range)}. Counting …`
}

const rangeOf = ({ low, high }: NonNullable<Count['range']>) => `${figure(low)} to ${figure(high)}`

/** For the live region. */
export const countInWords = ({ n, range }: Count): string =>
  `${range === null ? '' : 'About '}${figure(n)} ${n === 1 ? 'person' : 'people'}.`
