/** A relative time; hover shows the exact time in the workspace's time zone. */
import { Text, Tooltip } from '@mantine/core'
import { useEffect, useState } from 'react'
import { useBusinessClock } from '../shell/installation.ts'
import { useWorkspace } from '../shell/me.ts'
import { none } from './numbers.ts'
import { exactTime, relativeTime, shortTime } from './time.ts'

export function Time({ at, exact = false }: { at: string | null | undefined; exact?: boolean }) {
  const { timeZone } = useWorkspace()
  const now = useNow()
  if (!at) return none
  return (
    <Tooltip label={exactTime(at, timeZone)}>
      <Text span inherit className="figures" style={{ whiteSpace: 'nowrap' }}>
        <time dateTime={at}>{exact ? shortTime(at, timeZone) : relativeTime(at, timeZone, now)}</time>
      </Text>
    </Tooltip>
  )
}

/** The current business time, updated every half minute. */
function useNow(): number {
  const clock = useBusinessClock()
  const [, setBeat] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => setBeat(beat => beat + 1), 30_000)
    return () => clearInterval(timer)
  }, [])
  return clock()
}
