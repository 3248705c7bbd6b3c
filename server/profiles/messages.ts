/**
 * The messages of a profile: each SMS that targeted it, those not sent too, with attempts, receipts and clicks. Newest first, paged by the
 * activity: page 1,000 costs as much as page 1.
 */
import { type Channel, channelInWords } from '../../core/channels.ts'
import { problem } from '../../core/problems.ts'
import { gatewayJoin, isSimulated } from '../messages/simulated.ts'
import type { Db } from '../platform/db/database.ts'
import { empty, sql } from '../platform/db/sql.ts'
import { cursorOf } from '../platform/http/cursor.ts'
import { type Page, type PageRequest, stretchOf, turnPage } from '../platform/http/page.ts'

export interface ProfileMessage {
  activityId: number
  activityName: string
  channel: Channel
  status: string
  /** why it was not sent or was stopped; a key of core/audience/not-sent-reasons.ts */
  reason: string | null
  /** the gateway's own code of a bounce */
  code: string | null
  sentAt: Date | null
  /** when it got its status */
  at: Date | null
  /** of a soft bounce that will be retried */
  nextTry: Date | null
  unsubscribedAt: Date | null
  parts: number
  credits: string
  /** sent over the built-in simulator: nobody pays for it */
  simulated: boolean
  attempts: AttemptView[]
  receipts: { at: Date; outcome: string; code: string | null; n: number; part: number }[]
  clicks: { at: Date; linkId: number; url: string; verdict: string; reason: string | null }[]
}

export interface AttemptView {
  n: number
  at: Date
  gateway: string
  /** the gateway's latest outcome; null: none yet */
  outcome: string | null
  code: string | null
  answeredAt: Date | null
}

type MessageRow = Omit<ProfileMessage, 'channel' | 'attempts' | 'receipts' | 'clicks'> & { channel: string }

export const MESSAGES_A_PAGE = 25
/** Per kind and page: no real profile has more. */
const maxFacts = 2000

const cursor = cursorOf('profile-messages', { activityId: 'id' })
const keyOf = ({ activityId }: { activityId: number }) => ({ activityId })

/** Throws `not_found` for a profile of another workspace. */
export async function profileMessages(
  db: Db,
  workspaceId: number,
  profileId: number,
  asked: PageRequest = {},
): Promise<Page<ProfileMessage>> {
  const [known] = await db.query(
    sql`select from profiles p where p.bucket = ${profileId & 255} and p.profile_id = ${profileId} and p.workspace_id = ${workspaceId}`,
    'profile-known',
  )
  if (known === undefined) throw problem('not_found', { what: 'profile' })
  const { read, ...cursors } = await turnPage(
    cursor,
    asked,
    async (from, backwards) =>
      stretchOf(
        await readMessages(db, workspaceId, profileId, from?.activityId, backwards),
        MESSAGES_A_PAGE,
        backwards,
        keyOf,
      ),
    keyOf,
  )
  const ids = read.rows.map(({ activityId }) => activityId)
  const attempts = await attemptsOf(db, profileId, ids)
  const receipts = await receiptsOf(db, profileId, ids)
  const clicks = await clicksOf(db, profileId, ids)
  const items = read.rows.map(message => ({
    ...message,
    channel: channelInWords(message.channel),
    attempts: ofActivity(attempts, message.activityId),
    receipts: ofActivity(receipts, message.activityId),
    clicks: ofActivity(clicks, message.activityId),
  }))
  return { items, ...cursors, total: null }
}

function readMessages(
  db: Db,
  workspaceId: number,
  profileId: number,
  from: number | undefined,
  backwards: boolean,
): Promise<MessageRow[]> {
  const beyond = from === undefined ? empty : sql`and m.activity_id ${backwards ? sql`>` : sql`<`} ${from}`
  return db.query<MessageRow>(sql`
    select m.activity_id as "activityId", a.name as "activityName", a.channel, m.status, coalesce(m.excluded, m.stop_reason) as reason, m.code,
      m.t0 as "sentAt", coalesce(m.status_at, a.frozen_at) as at, case when m.status = 'bounced_soft_retrying' then m.due end as "nextTry",
      m.unsubscribed_at as "unsubscribedAt", coalesce(m.parts, 0) as parts, coalesce(m.credits, 0)::text as credits, ${isSimulated} as simulated
    from messages m join activities a on a.id = m.activity_id ${gatewayJoin}
    where m.bucket = ${profileId & 255} and m.profile_id = ${profileId} and m.workspace_id = ${workspaceId} ${beyond}
    order by m.activity_id ${backwards ? sql`asc` : sql`desc`} limit ${MESSAGES_A_PAGE + 1}`)
}

async function attemptsOf(db: Db, profileId: number, activityIds: number[]): Promise<(AttemptView & OfActivity)[]> {
  if (activityIds.length === 0) return []
  const bucket = profileId & 255
  const attempts = await db.query<Pick<AttemptView, 'n' | 'at'> & OfActivity & { gatewayId: number }>(sql`
    select t.activity_id as "activityId", t.n, t.at, t.gateway_id as "gatewayId" from attempts t
    where t.bucket = ${bucket} and t.activity_id = any(${activityIds}::bigint[]) and t.profile_id = ${profileId}
    order by t.activity_id, t.n limit ${maxFacts}`)
  const answers = await db.query<OfActivity & { n: number; outcome: string; code: string | null; at: Date }>(sql`
    select w.activity_id as "activityId", w.n, w.outcome, w.code, w.at from answers w
    where w.bucket = ${bucket} and w.activity_id = any(${activityIds}::bigint[]) and w.profile_id = ${profileId}
    order by w.at, w.part limit ${maxFacts}`)
  const gateways = await db.query<{ id: number; name: string }>(
    sql`select id, name from gateways where id = any(${[...new Set(attempts.map(one => one.gatewayId))]}::int[])`,
  )
  const names = new Map(gateways.map(({ id, name }) => [id, name]))
  const last = new Map(answers.map(answer => [`${answer.activityId} ${answer.n}`, answer]))
  return attempts.map(({ activityId, n, at, gatewayId }) => {
    const answer = last.get(`${activityId} ${n}`)
    return {
      activityId,
      n,
      at,
      gateway: names.get(gatewayId) ?? `Gateway ${gatewayId}`,
      outcome: answer?.outcome ?? null,
      code: answer?.code ?? null,
      answeredAt: answer?.at ?? null,
    }
  })
}

async function receiptsOf(db: Db, profileId: number, activityIds: number[]) {
  return db.query<OfActivity & ProfileMessage['receipts'][number]>(sql`
    select r.activity_id as "activityId", r.at, r.outcome, r.code, r.n, r.part from receipts r
    where r.bucket = ${profileId & 255} and r.activity_id = any(${activityIds}::bigint[]) and r.profile_id = ${profileId}
    order by r.at, r.part limit ${maxFacts}`)
}

async function clicksOf(db: Db, profileId: number, activityIds: number[]) {
  return db.query<OfActivity & ProfileMessage['clicks'][number]>(sql`
    select c.activity_id as "activityId", c.at, c.link_id as "linkId", coalesce(l.url, '') as url, c.verdict, c.reason
    from clicks c join links l on l.id = c.link_id
    where c.bucket = ${profileId & 255} and c.activity_id = any(${activityIds}::bigint[]) and c.profile_id = ${profileId}
    order by c.at limit ${maxFacts}`)
}

interface OfActivity {
  activityId: number
}

function ofActivity<Fact extends OfActivity>(facts: readonly Fact[], activityId: number): Omit<Fact, 'activityId'>[] {
  return facts.filter(fact => fact.activityId === activityId).map(({ activityId: _, ...fact }) => fact)
}
