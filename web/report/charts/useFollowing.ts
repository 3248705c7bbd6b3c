/**
 * Keeps charts up to date with their report: refetches their data when the report has changed, at most every few seconds. While the
 * stream is down, the report is polled (useLiveReport.ts) and reports changes as well.
 */
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { chartsKey, type Report } from '../queries.ts'
import { type Follower, makeFollower } from './follower.ts'

const restMs = 3_000

export function useFollowing(workspace: number, report: Report): void {
  const queries = useQueryClient()
  const { activity } = report
  // `asOf` changes with every event, so it is not compared.
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
