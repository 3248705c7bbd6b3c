/**
 * How many people are in the tree that is being edited? An estimate at once, then the exact number. A change cancels the count under way, and
 * thereby the statement in the database. The number of the tree before is kept, marked as that, until there is a new one.
 */
import { useEffect, useRef, useState } from 'react'
import type { SegmentTree } from '../../core/segments/tree.ts'
import { type ApiProblem, asProblem } from '../api/problem.ts'
import { type Count, countTree } from './queries.ts'

export interface LiveCount {
  /** the latest number, of whichever tree; null: none yet */
  count: Count | null
  /** the number is of another tree than the shown one */
  isOld: boolean
  isCounting: boolean
  problem: ApiProblem | null
}

const pauseMs = 350
const nothing = { tree: '', count: null, problem: null }

/** `isWhole`: the tree can be counted; else nothing is sent. */
export function useLiveCount(
  workspace: number,
  id: number | undefined,
  tree: SegmentTree,
  isWhole: boolean,
): LiveCount & { retry: () => void } {
  const text = JSON.stringify(tree)
  const [last, setLast] = useState<{ tree: string; count: Count | null; problem: ApiProblem | null }>(nothing)
  const [turn, setTurn] = useState(0)
  const isFirst = useRef(true)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the text is the tree; a turn repeats
  useEffect(() => {
    if (!isWhole) return
    const cancel = new AbortController()
    const asked = async (estimate: boolean) => {
      const count = await countTree(workspace, { tree, id, estimate }, cancel.signal)
      if (!cancel.signal.aborted) setLast({ tree: text, count, problem: null })
      return count
    }
    const counted = async () => {
      try {
        const { range } = await asked(true)
        if (range !== null && !cancel.signal.aborted) await asked(false)
      } catch (error) {
        if (!cancel.signal.aborted) setLast(({ count }) => ({ tree: text, count, problem: asProblem(error) }))
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
    }
  }, [workspace, id, text, isWhole, turn])
  const isShown = last.tree === text
  const problem = isShown ? last.problem : null
  const isExact = isShown && last.count?.range === null
  return {
    count: last.count,
    isOld: !isShown || problem !== null,
    isCounting: isWhole && problem === null && !isExact,
    problem,
    retry: () => {
      setLast(({ count }) => ({ tree: '', count, problem: null }))
      setTurn(n => n + 1)
    },
  }
}
