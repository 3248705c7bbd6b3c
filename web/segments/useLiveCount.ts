/**
 * How many people are in the tree that is being edited? An estimate at once, then the exact number. A change cancels the count under way, and
 * thereby the statement in the database. The number of the tree before is kept, marked as that, until there is a new one.
 *
 * A count that takes longer than the server waits continues in the background: it is looked at until it ends, and can be cancelled.
 */
import { useEffect, useRef, useState } from 'react'
import type { SegmentTree } from '../../core/segments/tree.ts'
import { ApiProblem, asProblem } from '../api/problem.ts'
import { type Count, cancelLongCount, countTree, getLongCount, type LongCount } from './queries.ts'

export interface LiveCount {
  /** the latest number, of whichever tree; null: none yet */
  count: Count | null
  /** the number is of another tree than the shown one */
  isOld: boolean
  isCounting: boolean
  /** since when, in milliseconds; null: not in the background */
  backgroundSince: number | null
  /** the person did not want to wait for the exact number */
  isCancelled: boolean
  problem: ApiProblem | null
}

interface State {
  /** of which the rest is */
  tree: string
  count: Count | null
  /** of which the count is: it may be an older one */
  countOf: string
  background: { id: number; since: number } | null
  isCancelled: boolean
  problem: ApiProblem | null
}

const pauseMs = 350
const lookMs = 1_500
const nothing: State = { tree: '', count: null, countOf: '', background: null, isCancelled: false, problem: null }

/** `isWhole`: the tree can be counted; else nothing is sent. */
export function useLiveCount(
  workspace: number,
  id: number | undefined,
  tree: SegmentTree,
  isWhole: boolean,
): LiveCount & { retry: () => void; cancel: () => void } {
  const text = JSON.stringify(tree)
  const [last, setLast] = useState<State>(nothing)
  const [turn, setTurn] = useState(0)
  const isFirst = useRef(true)
  /** the background count that this page cancelled */
  const unwanted = useRef<number | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text is the tree; a turn repeats
  useEffect(() => {
    if (!isWhole) return
    const cancel = new AbortController()
    let background: number | undefined
    const set = (change: Partial<State>) => {
      if (!cancel.signal.aborted)
        setLast(({ count, countOf }) => ({ ...nothing, tree: text, count, countOf, ...change }))
    }
    const asked = async (estimate: boolean): Promise<Count> => {
      for (;;) {
        const answer = await countTree(workspace, { tree, id, estimate }, cancel.signal)
        if (!('state' in answer)) return answer
        background = answer.id
        set({ background: { id: answer.id, since: Date.now() } })
        const count = await ended(workspace, answer, cancel.signal)
        background = undefined
        // Another page had the same count and cancelled it: this one still wants it.
        if (count !== 'cancelled') return count
        if (unwanted.current === answer.id) return new Promise<Count>(() => {})
      }
    }
    const counted = async () => {
      try {
        const first = await asked(true)
        set({ count: first, countOf: text })
        if (first.range === null || cancel.signal.aborted) return
        set({ count: await asked(false), countOf: text })
      } catch (error) {
        set({ problem: asProblem(error) })
      }
    }
    const whenSeen = () => {
      if (document.hidden) return
      document.removeEventListener('visibilitychange', whenSeen)
      void counted()
    }
    const start = () => {
      document.addEventListener('visibilitychange', whenSeen)
      whenSeen()
    }
    const timer = setTimeout(start, isFirst.current ? 0 : pauseMs)
    isFirst.current = false
    return () => {
      clearTimeout(timer)
      document.removeEventListener('visibilitychange', whenSeen)
      cancel.abort()
      if (background !== undefined) void cancelLongCount(workspace, background).catch(() => undefined)
    }
  }, [workspace, id, text, isWhole, turn])
  const isShown = last.tree === text
  const problem = isShown ? last.problem : null
  const isCancelled = isShown && last.isCancelled
  const isExact = last.countOf === text && last.count?.range === null
  return {
    count: last.count,
    isOld: last.countOf !== text,
    isCounting: isWhole && problem === null && !isExact && !isCancelled,
    backgroundSince: isShown ? (last.background?.since ?? null) : null,
    isCancelled,
    problem,
    retry: () => {
      setLast(({ count, countOf }) => ({ ...nothing, count, countOf }))
      setTurn(n => n + 1)
    },
    cancel: () => {
      unwanted.current = last.background?.id ?? null
      if (last.background) void cancelLongCount(workspace, last.background.id).catch(() => undefined)
      setLast(state => ({ ...state, background: null, isCancelled: true }))
    },
  }
}

/** Looks at it until it has ended. Throws why it was refused, and the reason of the signal. */
async function ended(workspace: number, begun: LongCount, signal: AbortSignal): Promise<Count | 'cancelled'> {
  for (let count = begun; ; count = await getLongCount(workspace, begun.id, signal)) {
    const { state, n, asOf, problem } = count
    if (state === 'done' && n !== null && asOf !== null) return { n, range: null, asOf }
    if (state === 'cancelled') return 'cancelled'
    if (state === 'refused' || state === 'failed')
      throw new ApiProblem(409, {
        ...problem,
        errors: problem?.where ? [{ where: problem.where, what: 'This condition takes longest to count' }] : [],
      })
    await new Promise(resolve => setTimeout(resolve, lookMs))
    signal.throwIfAborted()
  }
}
