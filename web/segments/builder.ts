/** What the parts of the builder share: the tree, how to edit it, and what is known about its places. */

import { createContext, useContext } from 'react'
import type { Telling } from '../../core/segments/clauses.ts'
import type { Edited, Path } from '../../core/segments/edit-tree.ts'
import type { Node, SegmentTree } from '../../core/segments/tree.ts'
import type { KnownAttribute } from '../settings/queries.ts'
import type { NodeCount } from './queries.ts'
import type { KnownNames } from './useNames.ts'

export interface Builder {
  readonly tree: SegmentTree
  readonly telling: Telling
  readonly names: KnownNames
  /** archived ones too */
  readonly attributes: readonly KnownAttribute[]
  /** of the saved segment: it must not contain itself */
  readonly self: number | undefined
  readonly isReadOnly: boolean
  /** what is missing, by place */
  readonly faults: ReadonlyMap<string, string>
  /** whether the checked person fits, by place; null: nobody is checked */
  readonly holds: ReadonlyMap<string, boolean> | null
  /** how many people fit each row, by place; null: not counted yet */
  readonly counts: ReadonlyMap<string, NodeCount> | null
  /** the group that the list of conditions adds to */
  readonly target: Path
  /** Applies an edit, moves the focus to its path and says it; one that is not possible is said. `label`: "move up" */
  edit: (edited: Edited | null, label: string) => void
  /** Changes a node where it is; the focus stays. */
  change: (path: Path, node: Node) => void
  /** Opens the list of conditions for a group. */
  choose: (group: Path) => void
}

export const BuilderContext = createContext<Builder | null>(null)

export function useBuilder(): Builder {
  const builder = useContext(BuilderContext)
  if (builder === null) throw new Error('no builder around this')
  return builder
}
