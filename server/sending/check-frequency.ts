/**
 * The frequency of Send to, asked once more of what was claimed: between the freeze and the claim, which may be days, something else may have been
 * sent. Only before the first submission: a retry brings no second message.
 */
import { channels } from '../../core/channels.ts'
import { testRecipient } from '../../core/messages/test-sms.ts'
import { isRecent, type Recent, readRecent, sentRecently } from '../audience/recent.ts'
import type { Db } from '../platform/db/database.ts'
import { flag, int, rowsNamed, text } from '../platform/db/rows.ts'
import { pgArray, type Sql, sql } from '../platform/db/sql.ts'
import type { CheckedMessage } from './claim.ts'
import type { SendingPlan } from './plan.ts'

type Sparing = Pick<SendingPlan, 'activityId' | 'workspaceId' | 'channel' | 'frequency' | 'frozenAt' | 'reminds'>

/** `checked`, read after the claim was committed, with those barred whom the frequency leaves out by now. */
export async function checkFrequency(
  db: Db,
  plan: Sparing,
  checked: CheckedMessage[],
  now: Date,
): Promise<CheckedMessage[]> {
  const { activityId: id, workspaceId, channel, frequency, frozenAt, reminds } = plan
  if (frequency === null || frozenAt === null) return checked
  const asked = checked.filter(
    ({ barred, settled, t0, profileId, address }) =>
      barred === null && !settled && t0 === null && profileId !== testRecipient && address !== null,
  )
  if (asked.length === 0) return checked
  const recent = await readRecent(db, { workspaceId, channel, frequency, now, activity: { id, frozenAt }, reminds })
  if (recent === null) return checked
  const held = await recentAmong(db, plan, recent, asked)
  return checked.map(one => (held.has(one.profileId) ? { ...one, barred: 'frequency' } : one))
}

const ownRows = rowsNamed('frequency-own', { profileId: int, shares: flag, held: flag })
const sharingRows = rowsNamed('frequency-sharing', { address: text, profileId: int })
const othersRows = rowsNamed('frequency-others', { profileId: int })

type Person = Pick<CheckedMessage, 'bucket' | 'profileId' | 'address'>

async function recentAmong(
  db: Db,
  { workspaceId, channel }: Sparing,
  recent: Recent,
  asked: readonly Person[],
): Promise<Set<number>> {
  const { sharedColumn, addressColumn } = channels[channel]
  const shares = sharedColumn === null ? sql`true` : sql`coalesce(p.phone_shared, false)`
  const own = await db.query<{ profileId: number; shares: boolean; held: boolean }>(
    sql`select p.profile_id as "profileId", ${shares} as shares, ${sentRecently(sql`p`, recent, bucketsOf(asked))} as held from profiles p
      where (p.bucket, p.profile_id) in (select u.bucket, u.profile_id from ${people(asked)}) and p.bucket = ${bucketsOf(asked)}`,
    ownRows,
  )
  const held = new Set(own.filter(one => one.held).map(({ profileId }) => profileId))
  const unsure = new Set(own.filter(one => one.shares && !one.held).map(({ profileId }) => profileId))
  const byAddress = Map.groupBy(
    asked.filter(({ profileId }) => unsure.has(profileId)),
    ({ address }) => address,
  )
  if (byAddress.size === 0) return held
  const sharing = await db.query<{ address: string; profileId: number }>(
    sql`select k.value as address, k.profile_id as "profileId" from profile_keys k
      where k.value = any(${pgArray([...byAddress.keys()])}::text[]) and k.workspace_id = ${workspaceId}::int and k.kind = ${addressColumn}`,
    sharingRows,
  )
  const others = sharing.map(({ profileId }) => ({ bucket: profileId & 255, profileId, address: null }))
  const sent = await db.query<{ profileId: number }>(
    sql`select distinct r.profile_id as "profileId" from messages r
      where (r.bucket, r.profile_id) in (select u.bucket, u.profile_id from ${people(others)}) and r.bucket = ${bucketsOf(others)}
        and ${isRecent(recent)}`,
    othersRows,
  )
  const ids = new Set(sent.map(({ profileId }) => profileId))
  for (const { address, profileId } of sharing)
    if (ids.has(profileId)) for (const person of byAddress.get(address) ?? []) held.add(person.profileId)
  return held
}

const people = (of: readonly Person[]): Sql =>
  sql`unnest(${pgArray(of.map(({ bucket }) => bucket))}::int[], ${pgArray(of.map(({ profileId }) => profileId))}::bigint[]) as u (bucket, profile_id)`

const bucketsOf = (of: readonly Person[]): Sql => sql`any(${[...new Set(of.map(({ bucket }) => bucket))]}::int[])`
