/**
 * Effects outside the bucket of a message, carried out after the commit of their fact: addresses to close or open. In one transaction, a row is
 * deleted first and the facts are read after that: a fact that is recorded meanwhile finds the row deleted, waits for us, and writes a new
 * one; an earlier fact is read.
 *
 * A row whose channel this version does not know is left to a version that does, and is reported.
 */
import { type Channel, channelKeys, UnknownChannel } from '../../core/channels.ts'
import type { MessageKey } from '../messages/message-change.ts'
import { keyColumns } from '../messages/message-change.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { int, oneOf, orNull, rowsNamed, text } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'
import type { Warn } from '../platform/limited-warnings.ts'
import { type Address, addressKey, lockAddresses } from './addresses.ts'
import { reviewAddress } from './close.ts'

const batchSize = 200

type OutboxKey = MessageKey & { kind: string; channel: Channel }
/** `address`: null if the person was erased meanwhile. */
type OutboxRow = MessageKey & { workspaceId: number; address: string | null }

/** Works until nothing is left. Returns the number of rows. Several may run at once. */
export async function drainOutbox(db: Database, now: Date, warn: Warn): Promise<number> {
  for (let done = 0; ; ) {
    const keys = await readKeys(db)
    if (keys.length === 0) {
      await nameUnknown(db, warn)
      return done
    }
    const channelsOf = new Map(keys.map(key => [key.activityId, key.channel]))
    done += await db.tx(async tx => {
      const rows = await takeRows(tx, keys)
      const named = rows.flatMap(({ workspaceId, address, activityId, profileId }) => {
        const channel = channelsOf.get(activityId)
        return address === null || channel === undefined ? [] : [{ workspaceId, channel, address, profileId }]
      })
      // All locks first, in their order: two drains and an opt-out never deadlock.
      await lockAddresses(tx, named)
      for (const ofAddress of Map.groupBy(named, addressKey).values()) {
        const { workspaceId, channel, address }: Address = ofAddress[0]!
        const holders = ofAddress.map(row => row.profileId)
        await reviewAddress(tx, { workspaceId, channel, address }, holders, now)
      }
      return rows.length
    })
  }
}

const outboxKeyRows = rowsNamed('outbox-keys', {
  ...keyColumns,
  kind: text,
  channel: oneOf(channelKeys),
})

function readKeys(db: Db): Promise<OutboxKey[]> {
  return db.query<OutboxKey>(
    sql`select /* fanout */ o.bucket, o.activity_id as "activityId", o.profile_id as "profileId", o.kind, a.channel
      from outbox o join activities a on a.id = o.activity_id
      where o.kind = 'hard_bounce' and a.channel = any(${channelKeys}::text[])
      order by o.bucket, o.activity_id, o.profile_id, o.kind limit ${batchSize}`,
    outboxKeyRows,
  )
}

const unknownRows = rowsNamed('outbox-unknown', { channel: text, n: int })

async function nameUnknown(db: Db, warn: Warn): Promise<void> {
  const rows = await db.query(
    sql`select /* fanout */ a.channel, count(*) as n from outbox o join activities a on a.id = o.activity_id
      where o.kind = 'hard_bounce' and a.channel <> all(${channelKeys}::text[]) group by a.channel order by a.channel`,
    unknownRows,
  )
  for (const { channel, n } of rows) warn(new UnknownChannel(channel), `${n} hard bounces wait in the outbox`)
}

const outboxRows = rowsNamed('outbox-take', {
  ...keyColumns,
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
      returning o.bucket, o.activity_id as "activityId", o.profile_id as "profileId", o.workspace_id as "workspaceId", o.body->>'address' as address`,
    outboxRows,
  )
}
