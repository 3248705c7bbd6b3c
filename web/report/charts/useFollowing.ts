/**
 * Charts move with the figures of their report, by the same stream: their data are read again when the report has
 * changed, at most every few seconds, and never while it does not change. Where the stream is down the report is polled (useLiveReport.ts),
 * and reports a change as well.
 */
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { chartsKey, type Report } from '../queries.ts'
import { type Follower, makeFollower } from './follower.ts'

const restMs = 3_000

export function useFollowing(workspace: number, report: Report): void {
  const queries = useQueryClient()
  const { activity } = report
  // The time of the figures changes with every event.
  const content = JSON.stringify({ ...report, asOf: '' })
  const seen = useRef(content)
  const follower = useRef<Follower | null>(null)
  useEffect(() => {
    const queryKey = chartsKey(workspace, activity)
    const made = makeFollower(() => queries.refetchQueries({ queryKey, type: 'active' }), restMs)
    follower.current = made
    return () => made.stop()
  }, [queries, workspace, activity])
  useEffect(() => {
    if (seen.current === content) return
    seen.current = content
    follower.current?.changed()
  }, [content])
}
