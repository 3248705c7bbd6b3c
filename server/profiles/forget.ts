/**
 * Erases a person: everything personal is overwritten permanently, in every table; keys and figures stay, so that reports still add up. Each
 * folder overwrites its own tables; they are passed in the order in which they lock.
 *
 * Invariants: all of it or nothing, in one transaction. Opt-outs still hold (suppression/sealed-address.ts). The consents end by facts of
 * their own. A locked profile is not erased. A second erase changes nothing.
 */
import { problem } from '../../core/problems.ts'
import { audit } from '../access/audit.ts'
import type { PersonalDataOwner } from '../messages/personal.ts'
import { Tallies } from '../messages/tallies.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { lockProfiles } from './locks.ts'
import { readPerson } from './personal.ts'
import { writtenForms } from './phone-check.ts'

export interface ForgetInput {
  workspaceId: number
  profileId: number
  actor: string
  now: Date
  /** absolute; null: files are not searched */
  dataFolder: string | null
}

interface Known {
  externalKey: string | null
  phone: string | null
  phoneGiven: string | null
  email: string | null
  firstName: string | null
  lastName: string | null
  lockedReason: string | null
  erasedAt: Date | null
}

/** Returns when it was erased: now or earlier. Throws `not_found`, `profile_locked`. */
export async function forgetProfile(
  db: Database,
  input: ForgetInput,
  owners: readonly PersonalDataOwner[],
): Promise<Date> {
  const { workspaceId, profileId, actor, now } = input
  await forgetFiles(db, input, owners)
  return db.tx(async tx => {
    await lockProfiles(tx, workspaceId)
    const profile = await readKnown(tx, workspaceId, profileId)
    if (profile === undefined) throw problem('not_found', { what: 'profile' })
    if (profile.erasedAt !== null) return profile.erasedAt
    if (profile.lockedReason !== null) throw problem('profile_locked')
    const tallies = new Tallies()
    const own = { sms: profile.phone, email: profile.email }
    const person = await readPerson(tx, { workspaceId, profileId, own }, 'without shared addresses')
    for (const { forget } of owners) await forget(tx, { ...person, now }, tallies)
    await endConsents(tx, workspaceId, profileId, now)
    await emptyProfile(tx, workspaceId, profileId, now)
    await removeKeys(tx, workspaceId, profileId, profile)
    await audit(tx, { workspaceId, actor, action: 'profile.erase', subject: `profile ${profileId}` }, now)
    await tallies.flush(tx, profileId & 255)
    return now
  })
}

/** First, while the tables still contain the words: an interrupted erase can be repeated. */
async function forgetFiles(
  db: Database,
  { workspaceId, profileId, dataFolder }: ForgetInput,
  owners: readonly PersonalDataOwner[],
): Promise<void> {
  const profile = await readKnown(db, workspaceId, profileId)
  if (dataFolder === null || profile === undefined || profile.erasedAt !== null || profile.lockedReason !== null) return
  const { phone, phoneGiven, email, externalKey, firstName, lastName } = profile
  const own = { sms: phone, email }
  const { addresses } = await readPerson(db, { workspaceId, profileId, own }, 'without shared addresses')
  const numbers = addresses.sms.flatMap(writtenForms)
  const words = [...numbers, ...addresses.email, phoneGiven, email, externalKey, firstName, lastName].filter(
    word => word !== null,
  )
  for (const owner of owners) await owner.forgetFiles?.(db, dataFolder, { workspaceId, addresses, words })
}

async function readKnown(tx: Db, workspaceId: number, profileId: number): Promise<Known | undefined> {
  const [row] = await tx.query<Known>(sql`
    select p.external_key as "externalKey", p.phone, p.phone_given as "phoneGiven", p.email, p.first_name as "firstName", p.last_name as "lastName", p.locked_reason as "lockedReason", p.erased_at as "erasedAt"
    from profiles p where p.bucket = ${profileId & 255} and p.profile_id = ${profileId} and p.workspace_id = ${workspaceId}`)
  return row
}

/** A consent ends as usual, by a later one. What was said, where and in which list is overwritten; that and when stays. */
async function endConsents(tx: Db, workspaceId: number, profileId: number, now: Date): Promise<void> {
  const mine = sql`bucket = ${profileId & 255} and profile_id = ${profileId} and workspace_id = ${workspaceId}`
  await tx.run(sql`update consents set source = 'erased', evidence = '{}' where ${mine}`)
  const ended = await tx.query<{ topicId: number; channel: string; at: Date }>(sql`
    update current_consents set granted = false, at = greatest(${now}::timestamptz, at + interval '1 millisecond')
    where ${mine} and granted returning topic_id as "topicId", channel, at`)
  if (ended.length === 0) return
  await tx.run(sql`
    insert into consents (bucket, profile_id, workspace_id, topic_id, channel, at, granted, source, evidence)
    select ${profileId & 255}::int, ${profileId}::bigint, ${workspaceId}::int, u.topic_id, u.channel, u.at, false, 'erased', '{}'
    from unnest(${ended.map(row => row.topicId)}::int[], ${ended.map(row => row.channel)}::text[], ${ended.map(row => row.at)}::timestamptz[])
      as u (topic_id, channel, at)`)
}

async function emptyProfile(tx: Db, workspaceId: number, profileId: number, now: Date): Promise<void> {
  await tx.run(sql`
    update profiles set external_key = null, phone = null, phone_given = null, phone_type = 'none', phone_shared = false, country = null,
      email = null, email_valid = false, first_name = null, last_name = null, attrs = '{}', written = '{}', tags = '{}', updated_at = ${now}, erased_at = ${now}
    where bucket = ${profileId & 255} and profile_id = ${profileId} and workspace_id = ${workspaceId}`)
}

async function removeKeys(
  tx: Db,
  workspaceId: number,
  profileId: number,
  { externalKey, phone, email }: Known,
): Promise<void> {
  const values = [externalKey, phone, email].filter(value => value !== null)
  await tx.run(sql`
    delete from profile_keys where value = any(${values}::text[]) and workspace_id = ${workspaceId} and profile_id = ${profileId}`)
  if (phone === null) return
  const holders = await tx.query<{ id: number }>(sql`
    select k.profile_id as id from profile_keys k where k.value = ${phone} and k.workspace_id = ${workspaceId} and k.kind = 'phone'`)
  const [only] = holders
  if (only !== undefined && holders.length === 1)
    await tx.run(sql`
      update profiles set phone_shared = false
      where bucket = ${only.id & 255} and profile_id = ${only.id} and workspace_id = ${workspaceId}`)
}
