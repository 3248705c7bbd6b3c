/** Visits to messages of people who were erased: nothing was counted, and their records keep nothing about the person. */

import { wipeRecords } from '../inbox/forget.ts'
import type { RecordKey } from '../inbox/record-kind.ts'
import type { MessageKey } from '../messages/message-change.ts'
import type { Db } from '../platform/db/database.ts'
import { int, rowsNamed } from '../platform/db/rows.ts'
import { pgArray, sql } from '../platform/db/sql.ts'
import { visitKinds } from './visit-kinds.ts'

const erasedRows = rowsNamed('visits-erased', { source: int, seq: int })

export async function wipeVisitsOfErased(db: Db, hits: readonly (MessageKey & RecordKey)[]): Promise<void> {
  if (hits.length === 0) return
  const keys = await db.query<RecordKey>(
    sql`select u.source, u.seq
      from unnest(${pgArray(hits.map(hit => hit.bucket))}::int[], ${pgArray(hits.map(hit => hit.activityId))}::bigint[],
        ${pgArray(hits.map(hit => hit.profileId))}::bigint[], ${pgArray(hits.map(hit => hit.source))}::bigint[],
        ${pgArray(hits.map(hit => hit.seq))}::bigint[]) as u (bucket, activity_id, profile_id, source, seq)
      join messages m on m.bucket = u.bucket and m.activity_id = u.activity_id and m.profile_id = u.profile_id
      where m.bucket = any(${pgArray([...new Set(hits.map(hit => hit.bucket))])}::int[]) and m.address is null`,
    erasedRows,
  )
  await wipeRecords(db, keys, visitKinds)
}
