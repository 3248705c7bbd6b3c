/**
 * One profile in full (the Profile View): its data, whether it can get an SMS and why not, its consents and opt-outs, and the opt-outs and
 * closings of its addresses on each channel. Its messages: messages.ts. Newest first; entries beyond the limit below are older.
 */
import type { AttributeType } from '../../core/attributes.ts'
import type { NotSentReasonKey } from '../../core/audience/not-sent-reasons.ts'
import { kindConditions, reasonsThatHold } from '../../core/audience/verdict.ts'
import { channelKeys, channels } from '../../core/channels.ts'
import type { PhoneFault, PhoneType } from '../../core/phone.ts'
import { problem } from '../../core/problems.ts'
import type { Db } from '../platform/db/database.ts'
import { type Sql, sql } from '../platform/db/sql.ts'
import { type Address, addressRows } from '../suppression/addresses.ts'
import { faultOfWriting } from './phone-writing.ts'

export interface ProfileRow {
  profileId: number
  externalKey: string | null
  phone: string | null
  /** the given text, if it is no valid number */
  phoneGiven: string | null
  /** why it is no valid number */
  phoneFault: PhoneFault | null
  country: string | null
  email: string | null
  firstName: string | null
  lastName: string | null
  createdAt: Date
}

export interface ProfileView {
  profile: ProfileRow & {
    phoneType: PhoneType
    /** other profiles have the number too */
    phoneShared: boolean
    emailValid: boolean
    attributes: Record<string, string | number>
    /** how a value was written, where its type does not give that back; also one that is none of the type, and so not in `attributes` */
    attributesWritten: Record<string, string>
    /** of all of these, by the catalogue */
    attributeTypes: Record<string, AttributeType>
    tags: string[]
    updatedAt: Date
    /** null: not locked */
    lockedReason: string | null
    /** null: not erased */
    erasedAt: Date | null
  }
  /** why it gets no SMS on any topic, in the order of core/audience/verdict.ts; empty: it can get one */
  blockers: NotSentReasonKey[]
  /** The whole history, newest first: the first of a topic and channel holds. */
  consents: Consent[]
  /** Of its addresses. topic null: of everything. */
  optOuts: AddressOptOut[]
  suppressions: Suppression[]
  /** how many activities have targeted it, not sent included */
  messages: number
}

export interface Consent {
  topic: string
  channel: string
  granted: boolean
  at: Date
  source: string
  /** where and how it was given, as stored: file, line, word, actor */
  evidence: Record<string, string | number | null>
}

export interface AddressOptOut {
  id: number
  /** as in core/channels.ts */
  channel: string
  address: string
  topic: string | null
  at: Date
  source: string
  /** the SMS through which it came */
  activity: { id: number; name: string } | null
  /** of a keyword: the text of the reply */
  text: string | null
  releasedAt: Date | null
  /** person: their own opt-in; else who released it */
  releasedBy: string | null
  releaseReason: string | null
}

export interface Suppression {
  id: number
  /** as in core/channels.ts */
  channel: string
  address: string
  reason: 'hard_bounces' | 'by_hand'
  at: Date
  /** the hard bounces that closed the address */
  bounces: { activityId: number; activity: string; at: string }[]
  releasedAt: Date | null
  /** delivery: an SMS was delivered after all; else who released it */
  releasedBy: string | null
  releaseReason: string | null
}

const maxFacts = 1000

/** Throws `not_found`. */
export async function viewProfile(db: Db, workspaceId: number, profileId: number): Promise<ProfileView> {
  const found = await readProfile(db, workspaceId, profileId)
  if (found === undefined) throw problem('not_found', { what: 'profile' })
  const { phoneGiven } = found
  const phoneFault = phoneGiven === null ? null : faultOfWriting(phoneGiven)
  const profile = {
    ...found,
    phoneFault,
    attributeTypes: await typesOf(db, workspaceId, Object.keys({ ...found.attributes, ...found.attributesWritten })),
  }
  const addresses = profileAddresses(workspaceId, profile)
  const optOuts = await optOutsOf(db, workspaceId, addresses)
  const suppressions = await suppressionsOf(db, workspaceId, addresses)
  const [messages] = await db.query<{ n: number }>(
    sql`select count(*) as n from messages m
      where m.bucket = ${profileId & 255} and m.profile_id = ${profileId} and m.workspace_id = ${workspaceId}`,
    'profile-messages',
  )
  return {
    profile,
    blockers: blockersOf(profile, optOuts, suppressions),
    consents: await consentsOf(db, workspaceId, profileId),
    optOuts,
    suppressions,
    messages: messages?.n ?? 0,
  }
}

type Found = Omit<ProfileView['profile'], 'attributeTypes' | 'phoneFault'>

async function readProfile(db: Db, workspaceId: number, profileId: number): Promise<Found | undefined> {
  const [row] = await db.query<Found>(
    sql`select p.profile_id as "profileId", p.external_key as "externalKey", p.phone, p.phone_given as "phoneGiven", p.phone_type as "phoneType",
        p.phone_shared as "phoneShared", p.country, p.email, p.email_valid as "emailValid", p.first_name as "firstName", p.last_name as "lastName",
        p.attrs as attributes, p.written as "attributesWritten", p.tags, p.created_at as "createdAt", p.updated_at as "updatedAt", p.locked_reason as "lockedReason", p.erased_at as "erasedAt"
      from profiles p where p.bucket = ${profileId & 255} and p.profile_id = ${profileId} and p.workspace_id = ${workspaceId}`,
    'profile-view',
  )
  return row
}

async function typesOf(db: Db, workspaceId: number, names: string[]): Promise<Record<string, AttributeType>> {
  if (names.length === 0) return {}
  const rows = await db.query<{ name: string; type: AttributeType }>(
    sql`select name, type from attributes where workspace_id = ${workspaceId} and name = any(${names}::text[])`,
    'profile-attributes',
  )
  return Object.fromEntries(rows.map(({ name, type }) => [name, type]))
}

function blockersOf(
  { phone, phoneType, erasedAt }: Pick<ProfileView['profile'], 'phone' | 'phoneType' | 'erasedAt'>,
  optOuts: readonly AddressOptOut[],
  suppressions: readonly Suppression[],
): NotSentReasonKey[] {
  const closed = (reason: Suppression['reason']) =>
    suppressions.some(one => one.channel === 'sms' && one.reason === reason && one.releasedAt === null)
  return reasonsThatHold({
    erased: erasedAt !== null,
    opted_out: optOuts.some(one => one.channel === 'sms' && one.topic === null && one.releasedAt === null),
    suppressed: closed('by_hand'),
    hard_bounces: closed('hard_bounces'),
    ...kindConditions.sms({ phone, phoneType }),
  })
}

/** Its address on each channel. */
export function profileAddresses(workspaceId: number, profile: Pick<ProfileRow, 'phone' | 'email'>): Address[] {
  return channelKeys.flatMap(channel => {
    const address = profile[channels[channel].addressColumn]
    return address === null ? [] : [{ workspaceId, channel, address }]
  })
}

function consentsOf(db: Db, workspaceId: number, profileId: number): Promise<Consent[]> {
  return db.query<Consent>(sql`
    select t.name as topic, c.channel, c.granted, c.at, c.source, c.evidence
    from consents c join topics t on t.id = c.topic_id
    where c.bucket = ${profileId & 255} and c.profile_id = ${profileId} and c.workspace_id = ${workspaceId}
    order by c.at desc, t.name limit ${maxFacts}`)
}

function optOutsOf(db: Db, workspaceId: number, addresses: readonly Address[]): Promise<AddressOptOut[]> {
  return db.query<AddressOptOut>(sql`
    select o.id, o.channel, o.address, (select t.name from topics t where t.id = o.topic_id) as topic, o.at, o.source,
      (select json_build_object('id', a.id, 'name', a.name) from activities a where a.id = o.activity_id and a.workspace_id = o.workspace_id) as activity,
      o.evidence->>'text' as text, o.released_at as "releasedAt", ${who(sql`o.released_by`)} as "releasedBy", o.evidence->>'release' as "releaseReason"
    from opt_outs o where o.workspace_id = ${workspaceId}
      and (o.workspace_id, o.channel, o.address) in (select u.workspace_id, u.channel, u.address from ${addressRows(addresses)})
    order by o.at desc, o.id desc limit ${maxFacts}`)
}

async function suppressionsOf(db: Db, workspaceId: number, addresses: readonly Address[]): Promise<Suppression[]> {
  const rows = await db.query<
    Omit<Suppression, 'bounces'> & { messages: { activityId: number; at: string }[] | null }
  >(sql`
    select s.id, s.channel, s.address, s.reason, s.at, s.evidence->'messages' as messages, s.released_at as "releasedAt",
      ${who(sql`s.released_by`)} as "releasedBy", s.evidence->>'release' as "releaseReason"
    from suppressions s where s.workspace_id = ${workspaceId}
      and (s.workspace_id, s.channel, s.address) in (select u.workspace_id, u.channel, u.address from ${addressRows(addresses)})
    order by s.at desc, s.id desc limit ${maxFacts}`)
  const ids = [...new Set(rows.flatMap(row => (row.messages ?? []).map(one => one.activityId)))]
  const names = new Map(
    (
      await db.query<{ id: number; name: string }>(
        sql`select id, name from activities where workspace_id = ${workspaceId} and id = any(${ids}::bigint[])`,
      )
    ).map(({ id, name }) => [id, name]),
  )
  return rows.map(({ messages, ...row }) => ({
    ...row,
    bounces: (messages ?? []).map(({ activityId, at }) => ({
      activityId,
      activity: names.get(activityId) ?? `SMS ${activityId}`,
      at,
    })),
  }))
}

/** "user ID" becomes the person's name; any other actor is unchanged. */
function who(actor: Sql): Sql {
  return sql`coalesce((select u.name from users u where 'user ' || u.id = ${actor}), ${actor})`
}

/** The same type with dates as ISO 8601, at any depth. */
type WithTimes<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? WithTimes<Item>[]
    : T extends object
      ? { [Key in keyof T]: WithTimes<T[Key]> }
      : T

export function withTimes<T>(value: T): WithTimes<T> {
  return JSON.parse(JSON.stringify(value))
}
