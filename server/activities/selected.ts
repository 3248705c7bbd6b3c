/** What segments of Send to select, as it is frozen: their names and definitions of this moment. */
import {
  type ChosenSegments,
  type FrozenSendTo,
  type NamedSegments,
  type SendTo,
  selectionOf,
} from '../../core/activities/send-to.ts'
import { inlined } from '../../core/segments/inline.ts'
import type { Db } from '../platform/db/database.ts'
import { namesOfSegments } from '../segments/saved.ts'
import { readTreeSurroundings } from '../segments/surroundings.ts'
import { nameOfSent } from './store.ts'

export type Selected = Pick<FrozenSendTo, 'include' | 'exclude' | 'reminds' | 'selection'>

/** A test is sent to one number. */
export const nobodySelected: Selected = {
  include: { match: 'any', segments: [] },
  exclude: { match: 'any', segments: [] },
  reminds: null,
  selection: null,
}

/** Throws where a segment, or what one names, is gone. */
export async function selectedOf(
  db: Db,
  { include, exclude, tags, reminds, remindsWho }: SendTo,
  { workspaceId, now, gotBefore }: { workspaceId: number; now: Date; gotBefore?: Date | undefined },
): Promise<Selected> {
  const names = await namesOfSegments(db, workspaceId, [...include.segments, ...exclude.segments])
  const named = ({ match, segments }: ChosenSegments): NamedSegments => ({
    match,
    segments: segments.map(id => ({ id, name: names.get(id) ?? '' })),
  })
  const of = reminds === null ? undefined : await nameOfSent(db, workspaceId, reminds)
  const chosen = {
    include: named(include),
    exclude: named(exclude),
    reminds: reminds === null ? null : { id: reminds, name: of ?? '' },
  }
  const selection = selectionOf({ include, exclude, tags, reminds, remindsWho, gotBefore })
  if (selection === null) return { ...chosen, selection }
  const { segments } = await readTreeSurroundings(db, selection.tree, { workspaceId, now })
  return { ...chosen, selection: { of: selection.of, tree: inlined(selection.tree, segments) } }
}
