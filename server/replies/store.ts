/** The SQL of replies: whose gateway it was, which message was answered, and the facts. */
import { readSendTo } from '../../core/activities/send-to.ts'
import type { ReplyKind } from '../../core/sms/keywords.ts'
import type { Db } from '../platform/db/database.ts'
import { anything, int, orNull, rowsNamed, text, time } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'
import { isSameSender } from './reply-address.ts'

export interface ReplyGateway {
  workspaceId: number
  /** the workspace's name: what may follow a keyword ("STOP ACME") */
  workspace: string
  /** ISO 3166: of numbers as they are dialled at home */
  country: string
}

export interface LastMessage {
  workspaceId: number
  address: string
  activityId: number
  profileId: number
  /** the topics of the activity's Send to; empty: it was sent without one */
  topicIds: number[]
  /** when it was first submitted */
  at: Date
}

const gatewayRows = rowsNamed('reply-gateways', { id: int, workspaceId: int, workspace: text, country: text })

export async function readGateways(tx: Db, ids: readonly number[]): Promise<Map<number, ReplyGateway>> {
  const rows = await tx.query<ReplyGateway & { id: number }>(
    sql`select g.id, g.workspace_id as "workspaceId", w.name as workspace, w.default_country as country
      from gateways g join workspaces w on w.id = g.workspace_id where g.id = any(${[...new Set(ids)]}::int[])`,
    gatewayRows,
  )
  return new Map(rows.map(({ id, ...gateway }) => [id, gateway]))
}

export interface AnsweredAddress {
  workspaceId: number
  address: string
  sender: string
  /** when the reply came */
  before: Date
}

interface SentRow {
  workspaceId: number
  address: string
  activityId: number
  profileId: number
  at: Date
}

/** For each question the last message that had been sent to the number from that sender. */
export async function readLastMessages(
  tx: Db,
  asked: readonly AnsweredAddress[],
): Promise<(LastMessage | undefined)[]> {
  const sent = await readSent(tx, asked)
  const activities = new Map((await readActivities(tx, sent)).map(row => [row.id, row]))
  const byNumber = Map.groupBy(sent, row => `${row.workspaceId}/${row.address}`)
  const isOurs = rememberSenders()
  return asked.map(({ workspaceId, address, sender, before }) => {
    let last: SentRow | undefined
    for (const row of byNumber.get(`${workspaceId}/${address}`) ?? []) {
      if (
        isOurs(activities.get(row.activityId)?.sender ?? '', sender) &&
        row.at <= before &&
        (last === undefined || row.at > last.at)
      )
        last = row
    }
    return (
      last && {
        workspaceId,
        address,
        activityId: last.activityId,
        profileId: last.profileId,
        topicIds: activities.get(last.activityId)!.topics,
        at: last.at,
      }
    )
  })
}

const holderRows = rowsNamed('reply-holders', { profileId: int })

const messageRows = rowsNamed('reply-messages', {
  workspaceId: int,
  address: text,
  activityId: int,
  profileId: int,
  at: orNull(time),
})

/** Submitted messages to the numbers, through who has them now. */
async function readSent(tx: Db, asked: readonly AnsweredAddress[]): Promise<SentRow[]> {
  if (asked.length === 0) return []
  const addresses = [...new Set(asked.map(row => row.address))]
  const holders = await tx.query<{ profileId: number }>(
    sql`select k.profile_id as "profileId" from profile_keys k
      where k.value = any(${addresses}::text[]) and k.kind = 'phone'
        and k.workspace_id = any(${[...new Set(asked.map(row => row.workspaceId))]}::int[])`,
    holderRows,
  )
  const ids = [...new Set(holders.map(row => row.profileId))]
  if (ids.length === 0) return []
  // A quick answer may come before the commit of the gateway's own: then the attempt tells that it was sent.
  const rows = await tx.query<Omit<SentRow, 'at'> & { at: Date | null }>(
    sql`select m.workspace_id as "workspaceId", m.address, m.activity_id as "activityId", m.profile_id as "profileId",
        coalesce(m.t0, (select min(t.at) from attempts t
          where t.bucket = m.bucket and t.activity_id = m.activity_id and t.profile_id = m.profile_id
            and not exists (select from answers s where s.bucket = t.bucket and s.activity_id = t.activity_id
              and s.profile_id = t.profile_id and s.n = t.n))) as at
      from messages m
      where m.bucket = any(${[...new Set(ids.map(id => id & 255))]}::int[]) and m.profile_id = any(${ids}::bigint[])
        and m.address = any(${addresses}::text[]) and m.excluded is null`,
    messageRows,
  )
  return rows.flatMap(row => (row.at === null ? [] : [{ ...row, at: row.at }]))
}

const activityRows = rowsNamed('reply-activities', { id: int, sender: text, sendTo: anything })

async function readActivities(
  tx: Db,
  sent: readonly SentRow[],
): Promise<{ id: number; sender: string; topics: number[] }[]> {
  const rows = await tx.query<{ id: number; sender: string; sendTo: unknown }>(
    sql`select a.id, a.sender, a.send_to as "sendTo" from activities a
      where a.id = any(${[...new Set(sent.map(row => row.activityId))]}::bigint[])`,
    activityRows,
  )
  return rows.map(({ sendTo, ...row }) => ({ ...row, topics: readSendTo(sendTo).value.topics }))
}

/** A batch has thousands of replies to a handful of senders. */
function rememberSenders(): typeof isSameSender {
  const known = new Map<string, boolean>()
  return (ours, given) => {
    const key = `${ours}\n${given}`
    const same = known.get(key) ?? isSameSender(ours, given)
    known.set(key, same)
    return same
  }
}

export interface NewReply {
  source: number
  seq: number
  bucket: number
  /** 0: no message was sent to the number */
  profileId: number
  activityId: number | null
  workspaceId: number
  gatewayId: number
  /** E.164; the address as it came where it is no number */
  address: string
  sender: string
  text: string
  kind: ReplyKind
  at: Date
}

const insertedRows = rowsNamed('replies-insert', { source: int, seq: int })

/** Returns which of them were new. */
export async function insertReplies(tx: Db, replies: readonly NewReply[]): Promise<(reply: NewReply) => boolean> {
  if (replies.length === 0) return () => false
  const fresh = await tx.query<{ source: number; seq: number }>(
    sql`insert into replies (bucket, profile_id, source, seq, workspace_id, gateway_id, activity_id, address, sender, text, kind, at)
      select u.* from unnest(${replies.map(reply => reply.bucket)}::int[], ${replies.map(reply => reply.profileId)}::bigint[],
        ${replies.map(reply => reply.source)}::bigint[], ${replies.map(reply => reply.seq)}::bigint[], ${replies.map(reply => reply.workspaceId)}::int[],
        ${replies.map(reply => reply.gatewayId)}::int[], ${replies.map(reply => reply.activityId)}::bigint[], ${replies.map(reply => reply.address)}::text[],
        ${replies.map(reply => reply.sender)}::text[], ${replies.map(reply => reply.text)}::text[], ${replies.map(reply => reply.kind)}::text[],
        ${replies.map(reply => reply.at)}::timestamptz[]) u
      on conflict (bucket, profile_id, source, seq) do nothing
      returning source, seq`,
    insertedRows,
  )
  const keys = new Set(fresh.map(row => `${row.source}/${row.seq}`))
  return reply => keys.has(`${reply.source}/${reply.seq}`)
}
