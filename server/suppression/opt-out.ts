/**
 * A person's opt-out of topics or of everything. It belongs to the address on a channel, holds at once, and is only released, never removed:
 * by the person's own later opt-in or by an audited release.
 *
 * Invariants: the same opt-out repeated is one opt-out, through whichever message. A message's unsubscribed mark is set once, with its figure, if
 * an opt-out came through it. Locks are taken in one order: messages first, then addresses, both sorted.
 */

import { channelKeys } from '../../core/channels.ts'
import type { MessageKey } from '../messages/message-change.ts'
import { keyColumns } from '../messages/message-change.ts'
import { Tallies } from '../messages/tallies.ts'
import { type Database, type Db, sqlState } from '../platform/db/database.ts'
import { int, oneOf, orNull, rowsNamed, text, time } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'
import { type Address, addressKey, addressRows, lockAddresses } from './addresses.ts'
import { passed, tellBarred } from './just-barred.ts'
import { unsealAddresses } from './sealed-address.ts'

export type OptOutSource = 'link' | 'keyword' | 'provider' | 'import' | 'person'

export interface OptOut extends Address {
  /** null or empty: everything that the workspace sends */
  topicIds: readonly number[] | null
  source: OptOutSource
  /** the message through which it came, if any */
  activityId?: number | null
  profileId?: number | null
  evidence: Readonly<Record<string, string | number | null>>
  now: Date
}

/** How long the page offers to undo it. */
export const undoMs = 10 * 60_000

const deadlock = '40P01'
const tries = 4

/**
 * Resolves when it is committed and no process can write by an earlier reading: an acknowledged opt-out holds. `also` runs in its transaction.
 */
export async function optOut(db: Database, input: OptOut, also?: (tx: Db) => Promise<void>): Promise<void> {
  await retried(() =>
    db.tx(async tx => {
      const tallies = new Tallies()
      await optOutAll(tx, [input], tallies)
      await tallies.flush(tx, (input.profileId ?? 0) & 255)
      await also?.(tx)
    }),
  )
  await passed(db)
}

/** Several at once, within a transaction; the caller flushes `tallies`. */
export async function optOutAll(tx: Db, inputs: readonly OptOut[], tallies: Tallies): Promise<void> {
  if (inputs.length === 0) return
  await lockMessages(tx, inputs)
  await lockAddresses(tx, inputs)
  const active = new Set((await readActive(tx, inputs)).map(optOutKey))
  const fresh = inputs.flatMap(input =>
    topicsOf(input)
      .map(topicId => ({ ...input, topicId }))
      .filter(one => !active.has(optOutKey(one)) && active.add(optOutKey(one))),
  )
  await insertOptOuts(tx, fresh)
  await markUnsubscribed(tx, fresh, tallies)
  await tellBarred(
    tx,
    fresh.map(({ workspaceId, channel, address, topicId }) => ({
      workspaceId,
      channel,
      address,
      topicIds: topicId === null ? null : [topicId],
    })),
  )
}

/** Undoes the opt-outs of this message's page in the last 10 minutes. Returns how many were lifted; the mark in the report stays, because it is a fact. */
export async function undoOptOut(
  db: Db,
  {
    workspaceId,
    channel,
    address,
    activityId,
    profileId,
    now,
  }: Required<Pick<OptOut, keyof Address | 'activityId' | 'profileId' | 'now'>>,
): Promise<number> {
  return db.run(sql`
    update opt_outs set released_at = ${now}, released_by = 'person'
    where workspace_id = ${workspaceId} and channel = ${channel} and address = ${address} and activity_id = ${activityId} and profile_id = ${profileId}
      and source = 'link' and released_at is null and at > ${new Date(now.getTime() - undoMs)}`)
}

export interface OptIn extends Address {
  /** lifts the opt-outs of these topics and those of everything; null: all */
  topicIds: readonly number[] | null
  /** only opt-outs from this source; undefined: from any */
  saidBy?: OptOutSource
  now: Date
}

/** The person's own opt-in. Permanently lifts what it contradicts; opt-outs of other topics stay. */
export async function optInAll(tx: Db, inputs: readonly OptIn[]): Promise<void> {
  await lockAddresses(tx, inputs)
  for (const { workspaceId, channel, address, topicIds, saidBy, now } of inputs) {
    // A person who was erased and comes back by their own opt-in.
    await unsealAddresses(tx, workspaceId, channel, sql`select ${address}::text as address`)
    await tx.run(
      sql`update opt_outs set released_at = ${now}, released_by = 'person'
        where workspace_id = ${workspaceId} and channel = ${channel} and address = ${address} and released_at is null
          and (topic_id is null or ${topicIds === null} or topic_id = any(${topicIds ?? []}::int[]))
          and (${saidBy === undefined} or source = ${saidBy ?? ''})`,
      'opt-in',
    )
  }
}

/** Retries after a deadlock. */
async function retried<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let n = 1; ; n++) {
    try {
      return await work()
    } catch (error) {
      if (n === tries || sqlState(error) !== deadlock) throw error
    }
  }
}

const markedRows = rowsNamed('unsubscribed-mark', {
  ...keyColumns,
  at: time,
})

/** The messages through which they came, each once. */
function messagesOf(inputs: readonly OptOut[]) {
  const found = new Map<string, MessageKey & { workspaceId: number; now: Date }>()
  for (const { workspaceId, activityId, profileId, now } of inputs) {
    const key = `${activityId}/${profileId}`
    if (activityId != null && profileId != null && !found.has(key))
      found.set(key, { bucket: profileId & 255, workspaceId, activityId, profileId, now })
  }
  const sorted = [...found.values()].sort(
    (a, b) => a.bucket - b.bucket || a.activityId - b.activityId || a.profileId - b.profileId,
  )
  return {
    count: sorted.length,
    buckets: [...new Set(sorted.map(({ bucket }) => bucket))],
    rows: sql`unnest(${sorted.map(({ bucket }) => bucket)}::int[], ${sorted.map(({ activityId }) => activityId)}::bigint[],
      ${sorted.map(({ profileId }) => profileId)}::bigint[], ${sorted.map(({ workspaceId }) => workspaceId)}::int[],
      ${sorted.map(({ now }) => now)}::timestamptz[]) as u (bucket, activity_id, profile_id, workspace_id, at)`,
  }
}

async function lockMessages(tx: Db, inputs: readonly OptOut[]): Promise<void> {
  const { count, buckets, rows } = messagesOf(inputs)
  if (count === 0) return
  await tx.query(
    sql`select from ${rows}
      join messages m on m.bucket = u.bucket and m.activity_id = u.activity_id and m.profile_id = u.profile_id
      where m.bucket = any(${buckets}::int[])
      order by m.bucket, m.activity_id, m.profile_id
      for no key update of m`,
    'unsubscribed-lock',
  )
}

async function markUnsubscribed(tx: Db, fresh: readonly OptOut[], tallies: Tallies): Promise<void> {
  const { count, buckets, rows } = messagesOf(fresh)
  if (count === 0) return
  const set = await tx.query<MessageKey & { at: Date }>(
    sql`update messages m set unsubscribed_at = u.at
      from ${rows}
      where m.bucket = any(${buckets}::int[]) and m.bucket = u.bucket and m.activity_id = u.activity_id and m.profile_id = u.profile_id
        and m.workspace_id = u.workspace_id and m.unsubscribed_at is null
      returning m.bucket, m.activity_id as "activityId", m.profile_id as "profileId", m.unsubscribed_at as at`,
    markedRows,
  )
  for (const { activityId, at } of set) {
    tallies.add(activityId, 'unsubscribed', 1)
    tallies.addSeries(activityId, at, 'unsubscribed', 1)
  }
}

type OptOutKey = Address & { topicId: number | null }

const optOutKey = (one: OptOutKey) => `${addressKey(one)}/${one.topicId}`

const topicsOf = ({ topicIds }: OptOut): (number | null)[] =>
  topicIds === null || topicIds.length === 0 ? [null] : [...new Set(topicIds)]

const activeRows = rowsNamed('opt-outs-active', {
  workspaceId: int,
  channel: oneOf(channelKeys),
  address: text,
  topicId: orNull(int),
})

function readActive(tx: Db, inputs: readonly OptOut[]): Promise<OptOutKey[]> {
  return tx.query<OptOutKey>(
    sql`select o.workspace_id as "workspaceId", o.channel, o.address, o.topic_id as "topicId" from opt_outs o
      where (o.workspace_id, o.channel, o.address) in (select u.workspace_id, u.channel, u.address from ${addressRows(inputs)})
        and o.released_at is null`,
    activeRows,
  )
}

async function insertOptOuts(tx: Db, rows: readonly (OptOut & { topicId: number | null })[]): Promise<void> {
  if (rows.length === 0) return
  await tx.run(
    sql`insert into opt_outs (id, workspace_id, channel, address, topic_id, at, source, activity_id, profile_id, evidence)
      select nextval('opt_out_ids'), u.workspace_id, u.channel, u.address, u.topic_id, u.at, u.source, u.activity_id, u.profile_id, u.evidence::jsonb
      from unnest(${rows.map(row => row.workspaceId)}::int[], ${rows.map(row => row.channel)}::text[], ${rows.map(row => row.address)}::text[], ${rows.map(row => row.topicId)}::int[],
        ${rows.map(row => row.now)}::timestamptz[], ${rows.map(row => row.source)}::text[], ${rows.map(row => row.activityId ?? null)}::bigint[],
        ${rows.map(row => row.profileId ?? null)}::bigint[], ${rows.map(row => JSON.stringify(row.evidence))}::text[])
        as u (workspace_id, channel, address, topic_id, at, source, activity_id, profile_id, evidence)`,
    'opt-outs-insert',
  )
}
