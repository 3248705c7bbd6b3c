/**
 * Effects that reach outside the bucket of a message, done after the commit of their fact: numbers to be closed or opened.
 * A row is deleted first and its effect read from the facts after, in one transaction: a fact that comes meanwhile finds
 * the row gone, waits for us, and writes a new one; one that came before is seen.
 */

import type { MessageKey } from '../messages/change.ts'
import { keyColumns } from '../messages/change.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { int, orNull, rowsNamed, text } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'
import { reviewNumber } from './close.ts'
import { lockNumbers } from './opt-out.ts'

const batchSize = 200

type OutboxKey = MessageKey & { kind: string }
type OutboxRow = OutboxKey & { workspaceId: number; address: string | null }

/** Works until nothing is left. Returns how many rows were done. Several may run at once. */
export async function drainOutbox(db: Database, now: Date): Promise<number> {
  for (let done = 0; ; ) {
    const keys = await readKeys(db)
    if (keys.length === 0) return done
    done += await db.tx(async tx => {
      const rows = await takeRows(tx, keys)
      const named = rows.flatMap(({ workspaceId, address, profileId }) =>
        address === null ? [] : [{ workspaceId, address, profileId }],
      )
      // All locks first, in their order: two drains and an opt-out never wait for each other in a ring.
      await lockNumbers(tx, named)
      for (const ofNumber of Map.groupBy(named, row => `${row.workspaceId}/${row.address}`).values()) {
        const { workspaceId, address } = ofNumber[0]!
        await reviewNumber(
          tx,
          workspaceId,
          address,
          ofNumber.map(row => row.profileId),
          now,
        )
      }
      return rows.length
    })
  }
}

const outboxKeyRows = rowsNamed('outbox-keys', {
  ...keyColumns,
  kind: text,
})

function readKeys(db: Db): Promise<OutboxKey[]> {
  return db.query<OutboxKey>(
    sql`select /* fanout */ bucket, activity_id as "activityId", profile_id as "profileId", kind from outbox
      where kind = 'hard_bounce' order by bucket, activity_id, profile_id, kind limit ${batchSize}`,
    outboxKeyRows,
  )
}

const outboxRows = rowsNamed('outbox-take', {
  ...keyColumns,
  kind: text,
  workspaceId: int,
  address: orNull(text),
})

function takeRows(tx: Db, keys: readonly OutboxKey[]): Promise<OutboxRow[]> {
  return tx.query<OutboxRow>(
    sql`delete from outbox o
      using unnest(${keys.map(key => key.bucket)}::int[], ${keys.map(key => key.activityId)}::bigint[],
        ${keys.map(key => key.profileId)}::bigint[], ${keys.map(key => key.kind)}::text[]) as u (bucket, activity_id, profile_id, kind)
      where o.bucket = any(${[...new Set(keys.map(key => key.bucket))]}::int[]) and o.bucket = u.bucket
        and o.activity_id = u.activity_id and o.profile_id = u.profile_id and o.kind = u.kind
      returning o.bucket, o.activity_id as "activityId", o.profile_id as "profileId", o.kind, o.workspace_id as "workspaceId", o.body->>'address' as address`,
    outboxRows,
  )
}
