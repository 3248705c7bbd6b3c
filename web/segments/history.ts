/** The edits of a tree, with undo and redo. Typing in one field is one step. */
import type { SegmentTree } from '../../core/segments/tree.ts'

interface Step {
  readonly tree: SegmentTree
  /** what the edit did: "remove the condition" */
  readonly label: string
}

export interface History {
  /** trees before the edits, the latest last */
  readonly past: readonly Step[]
  readonly tree: SegmentTree
  readonly future: readonly Step[]
  /** what the latest edit concerned: a further edit of it joins that step */
  readonly latest: string | null
}

const mostSteps = 200

export const begin = (tree: SegmentTree): History => ({ past: [], tree, future: [], latest: null })

/** `concerns`: what is being typed in; null: a step of its own. */
export function recordEdit(
  history: History,
  tree: SegmentTree,
  label: string,
  concerns: string | null = null,
): History {
  const joins = concerns !== null && concerns === history.latest
  const past = joins ? history.past : [...history.past, { tree: history.tree, label }].slice(-mostSteps)
  return { past, tree, future: [], latest: concerns }
}

export function undo(history: History): History {
  const step = history.past.at(-1)
  if (step === undefined) return history
  return {
    past: history.past.slice(0, -1),
    tree: step.tree,
    future: [{ tree: history.tree, label: step.label }, ...history.future],
    latest: null,
  }
}

export function redo(history: History): History {
  const [step, ...future] = history.future
  if (step === undefined) return history
  return { past: [...history.past, { tree: history.tree, label: step.label }], tree: step.tree, future, latest: null }
}
