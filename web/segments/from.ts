/** A tree that another page hands to the builder, in the address: from={"v":1,"root":…}. It is read as any other input. */
import { Problem } from '../../core/problems.ts'
import { readTree, type SegmentTree } from '../../core/segments/tree.ts'

export type Given = { tree: SegmentTree } | { problem: string } | undefined

/** Undefined: none was given. `problem`: why it cannot be used, in a sentence. */
export function readGiven(from: unknown): Given {
  if (from === undefined) return undefined
  try {
    return { tree: readTree(typeof from === 'string' ? JSON.parse(from) : from) }
  } catch (error) {
    if (error instanceof Problem) return { problem: error.message }
    if (error instanceof SyntaxError) return { problem: 'It is no JSON.' }
    throw error
  }
}
