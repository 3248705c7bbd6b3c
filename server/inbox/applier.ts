/** What makes facts of a kind of record. Each is written by the owner of its facts; server/lanes.ts hands them to the lanes. */
import type { Db } from '../platform/db/database.ts'
import type { InboxBody, InboxRow } from './inbox-record.ts'

export interface Applier {
  readonly kinds: readonly InboxBody['kind'][]
  /**
   * Makes facts of rows of these kinds, in their order. A replay must change nothing. `finish` is called once, within the
   * last transaction: the watermark moves with the facts.
   */
  apply(rows: readonly InboxRow[], finish: (tx: Db) => Promise<void>): Promise<void>
}
