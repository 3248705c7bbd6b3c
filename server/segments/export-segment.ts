/** The members of a segment as a file, in any format: its columns are never renamed, new ones come at the end. */
import type { Writable } from 'node:stream'
import type { SegmentTree } from '../../core/segments/tree.ts'
import type { Progress } from '../files/copy-out.ts'
import type { CsvStyle } from '../files/csv-style.ts'
import type { ListingColumn } from '../files/listing.ts'
import { type Format, writeListing } from '../files/write-listing.ts'
import { stretchesOf } from '../files/zone-times.ts'
import { bucketParts } from '../platform/db/buckets.ts'
import type { Database } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { compile } from './compile.ts'
import { membersIn } from './segment-members.ts'
import { type Asking, readTreeSurroundings } from './surroundings.ts'

/** New columns are added at the end, and none is ever renamed. docs/exports.md is generated from this table. */
export const memberColumns: readonly (ListingColumn & { what: string })[] = [
  {
    name: 'profile_id',
    kind: 'number',
    value: sql`p.profile_id`,
    what: 'the id of the profile in Homing; never changes',
  },
  { name: 'external_key', kind: 'text', value: sql`p.external_key`, what: 'your own key of the profile' },
  { name: 'phone', kind: 'plain', value: sql`p.phone`, what: 'the number of the profile, with + and country code' },
  { name: 'email', kind: 'text', value: sql`p.email`, what: 'the e-mail address of the profile' },
  { name: 'first_name', kind: 'text', value: sql`p.first_name`, what: 'the first name of the profile' },
  { name: 'last_name', kind: 'text', value: sql`p.last_name`, what: 'the last name of the profile' },
  { name: 'country', kind: 'plain', value: sql`p.country`, what: 'the country of the number, two letters' },
  {
    name: 'tags',
    kind: 'text',
    value: sql`array_to_string(p.tags, ', ')`,
    what: 'the tags of the profile, separated by commas',
  },
  { name: 'created_at', kind: 'time', value: sql`p.created_at`, what: 'when the profile was created' },
]
/** Before the first one there was no Homing. */
const earliest = new Date('2020-01-01T00:00:00Z')

/** Reads what the tree names, so that a tree that names something gone is refused before the file begins. Returns what writes the file; `out` stays open. */
export async function planMembersExport(
  db: Database,
  { name, tree }: { name: string; tree: SegmentTree },
  asking: Asking,
  format: Format,
  csv?: CsvStyle,
): Promise<(out: Writable, progress?: Progress) => Promise<{ rows: number }>> {
  const surroundings = await readTreeSurroundings(db, tree, asking)
  const condition = compile(tree, surroundings)
  const parts = bucketParts.map(
    buckets => sql`${membersIn(asking.workspaceId, condition, buckets)} order by p.bucket, p.profile_id`,
  )
  const stretches = stretchesOf(surroundings.zone, earliest, asking.now)
  const listing = { title: name, columns: memberColumns, parts, stretches, csv }
  return (out, progress = {}) => writeListing(db, listing, format, out, progress)
}
