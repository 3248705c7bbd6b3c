/**
 * One profile and all that is known of it (the Profile View), and the profiles of a workspace page by page. Newest first; what a
 * profile has more than the limits below is older.
 */
import type { PhoneType } from '../../core/phone.ts'
import { problem } from '../../core/problems.ts'
import type { Db } from '../platform/db.ts'
import { sql } from '../platform/sql.ts'

export interface ProfileRow {
  profileId: number
  externalKey: string | null
  phone: string | null
  email: string | null
  firstName: string | null
  lastName: string | null
  createdAt: Date
}

export interface ProfileView {
  profile: ProfileRow & {
    /** what was given, where it is no valid number */
    phoneGiven: string | null
    phoneType: PhoneType
    country: string | null
    emailValid: boolean
    attributes: Record<string, string | number>
    tags: string[]
  }
  /** The whole history, newest first: the first of a topic and channel holds. */
  consents: { topic: string; channel: string; granted: boolean; at: Date; source: string }[]
  /** Of the number. topic null: of everything. */
  optOuts: { topic: string | null; at: Date; source: string; releasedAt: Date | null }[]
  suppressions: { reason: string; at: Date; releasedAt: Date | null }[]
  messages: ProfileMessage[]
}

export interface ProfileMessage {
  activityId: number
  activityName: string
  status: string
  /** why it was not sent or was stopped; a key of core/audience/reasons.ts */
  reason: string | null
  code: string | null
  at: Date | null
  parts: number
  credits: string
  attempts: { n: number; at: Date; outcome: string | null; code: string | null }[]
  receipts: { at: Date; outcome: string; code: string | null }[]
  clicks: { at: Date; linkId: number; url: string; verdict: string }[]
}

const maxMessages = 100
const maxFacts = 1000

/** Throws `not_found`. */
export async function viewProfile(db: Db, workspaceId: number, profileId: number): Promise<ProfileView> {
  const [profile] = await db.query<ProfileView['profile']>(
    sql`select p.profile_id as "profileId", p.external_key as "externalKey", p.phone, p.phone_given as "phoneGiven", p.phone_type as "phoneType",
        p.country, p.email, p.email_valid as "emailValid", p.first_name as "firstName", p.last_name as "lastName", p.attrs as attributes,
        p.tags, p.created_at as "createdAt"
      from profiles p where p.bucket = ${bucketOf(profileId)} and p.profile_id = ${profileId} and p.workspace_id = ${workspaceId}`,
    'profile-view',
  )
  if (profile === undefined) throw problem('not_found', { what: 'profile' })
  const consents = await db.query<ProfileView['consents'][number]>(sql`
    select t.name as topic, c.channel, c.granted, c.at, c.source
    from consents c join topics t on t.id = c.topic_id
    where c.bucket = ${bucketOf(profileId)} and c.profile_id = ${profileId} and c.workspace_id = ${workspaceId}
    order by c.at desc limit ${maxFacts}`)
  return {
    profile,
    consents,
    ...(await closures(db, workspaceId, profile.phone)),
    messages: await messagesOf(db, workspaceId, profileId),
  }
}

async function closures(
  db: Db,
  workspaceId: number,
  phone: string | null,
): Promise<Pick<ProfileView, 'optOuts' | 'suppressions'>> {
  if (phone === null) return { optOuts: [], suppressions: [] }
  const optOuts = await db.query<ProfileView['optOuts'][number]>(sql`
    select (select t.name from topics t where t.id = o.topic_id) as topic, o.at, o.source, o.released_at as "releasedAt"
    from opt_outs o where o.workspace_id = ${workspaceId} and o.phone = ${phone} order by o.at desc limit ${maxFacts}`)
  const suppressions = await db.query<ProfileView['suppressions'][number]>(sql`
    select s.reason, s.at, s.released_at as "releasedAt" from suppressions s
    where s.workspace_id = ${workspaceId} and s.channel = 'sms' and s.address = ${phone} order by s.at desc limit ${maxFacts}`)
  return { optOuts, suppressions }
}

async function messagesOf(db: Db, workspaceId: number, profileId: number): Promise<ProfileMessage[]> {
  const messages = await db.query<Omit<ProfileMessage, 'attempts' | 'receipts' | 'clicks'>>(sql`
    select m.activity_id as "activityId", a.name as "activityName", m.status, coalesce(m.excluded, m.stop_reason) as reason, m.code,
      m.status_at as at, coalesce(m.parts, 0) as parts, coalesce(m.credits, 0)::text as credits
    from messages m join activities a on a.id = m.activity_id
    where m.bucket = ${bucketOf(profileId)} and m.profile_id = ${profileId} and m.workspace_id = ${workspaceId}
    order by m.activity_id desc limit ${maxMessages}`)
  const ids = messages.map(({ activityId }) => activityId)
  if (ids.length === 0) return []
  const attempts = await attemptsOf(db, profileId, ids)
  const receipts = await db.query<{ activityId: number } & ProfileMessage['receipts'][number]>(sql`
    select r.activity_id as "activityId", r.at, r.outcome, r.code from receipts r
    where r.bucket = ${bucketOf(profileId)} and r.activity_id = any(${ids}::bigint[]) and r.profile_id = ${profileId}
    order by r.at limit ${maxFacts}`)
  const clicks = await db.query<{ activityId: number } & ProfileMessage['clicks'][number]>(sql`
    select c.activity_id as "activityId", c.at, c.link_id as "linkId", coalesce(l.url, '') as url, c.verdict
    from clicks c join links l on l.id = c.link_id
    where c.bucket = ${bucketOf(profileId)} and c.activity_id = any(${ids}::bigint[]) and c.profile_id = ${profileId}
    order by c.at limit ${maxFacts}`)
  return messages.map(message => ({
    ...message,
    attempts: ofActivity(attempts, message.activityId),
    receipts: ofActivity(receipts, message.activityId),
    clicks: ofActivity(clicks, message.activityId),
  }))
}

/** An attempt with what its gateway said last; null: nothing yet. */
async function attemptsOf(db: Db, profileId: number, activityIds: number[]) {
  const bucket = bucketOf(profileId)
  const attempts = await db.query<{ activityId: number; n: number; at: Date }>(sql`
    select t.activity_id as "activityId", t.n, t.at from attempts t
    where t.bucket = ${bucket} and t.activity_id = any(${activityIds}::bigint[]) and t.profile_id = ${profileId}
    order by t.activity_id, t.n limit ${maxFacts}`)
  const answers = await db.query<{ activityId: number; n: number; outcome: string; code: string | null }>(sql`
    select w.activity_id as "activityId", w.n, w.outcome, w.code from answers w
    where w.bucket = ${bucket} and w.activity_id = any(${activityIds}::bigint[]) and w.profile_id = ${profileId}
    order by w.at, w.part limit ${maxFacts}`)
  const last = new Map(answers.map(answer => [`${answer.activityId} ${answer.n}`, answer]))
  return attempts.map(attempt => {
    const answer = last.get(`${attempt.activityId} ${attempt.n}`)
    return { ...attempt, outcome: answer?.outcome ?? null, code: answer?.code ?? null }
  })
}

function ofActivity<Fact extends { activityId: number }>(
  facts: readonly Fact[],
  activityId: number,
): Omit<Fact, 'activityId'>[] {
  return facts.filter(fact => fact.activityId === activityId).map(({ activityId: _, ...fact }) => fact)
}

/** The bucket of a profile: its last eight bits. */
function bucketOf(profileId: number): number {
  return profileId % 256
}
