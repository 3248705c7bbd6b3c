/** All messages of an activity with all their facts, in key order. */

import type { ClickVerdict } from '../../core/clicks/count-clicks.ts'
import type { Code } from '../../core/gateways/code.ts'
import type { AnswerFact, AnswerOutcome, AttemptFact, ReceiptFact, ReceiptOutcome } from '../../core/messages/facts.ts'
import type { MessageStatus } from '../../core/messages/fold.ts'
import type { PageSeen } from '../clicks/judge.ts'
import { everyBucket } from '../platform/db/buckets.ts'
import { type Sql, sql } from '../platform/db/sql.ts'
import { inKeyOrder, RowCursor, type SnapshotReader } from './cursors.ts'

/** The row in the table. */
export interface StoredMessage {
  profileId: number
  status: MessageStatus
  attempts: number
  t0: Date | null
  statusAt: Date | null
  due: Date | null
  code: Code | null
  charged: boolean
  resend: number | null
  bouncedAt: Date | null
  parts: number | null
  credits: string | null
  country: string | null
  gatewayId: number | null
  route: number | null
  excluded: string | null
  stopReason: string | null
  stopAt: Date | null
  windowOverAt: Date | null
  noReceiptAt: Date | null
  firstClickAt: Date | null
  unsubscribedAt: Date | null
  firstVisitAt: Date | null
}

/** What a click told, and what was made of it. */
export interface VerifiedClick {
  source: number
  seq: number
  linkId: number
  at: Date
  verdict: ClickVerdict
  reason: string | null
  device: string
  ownReason: string | null
  ownSign: boolean
  signed: boolean
  crowd: boolean
  counts: boolean | null
  agent: string | null
  addressHash: string | null
}

/** A visit to the page behind the unsubscribe link. */
export interface StoredView {
  at: Date
  ownReason: string | null
  agent: string | null
  addressHash: string | null
}

export interface MessageWithFacts {
  /** undefined: there are facts of a message that does not exist */
  message: StoredMessage | undefined
  profileId: number
  attempts: AttemptFact[]
  answers: AnswerFact[]
  receipts: (ReceiptFact & { afterMs: number | null })[]
  clicks: VerifiedClick[]
  views: StoredView[]
  pagesSeen: PageSeen[]
  optedOut: boolean
}

type Time = Date | null
type Text = string | null
// biome-ignore format: a row as it is asked for below
type MessageRow = [number, MessageStatus, number, Time, Time, Time, Code | null, boolean, number | null, Time, number | null, Text, Text, number | null, Text, Text, Time, Time, Time, Time, Time, Time, number | null]
type AttemptRow = [profileId: number, n: number, tryN: number, parts: number | null, at: Date]
type AnswerRow = [
  profileId: number,
  n: number,
  part: number,
  outcome: AnswerOutcome,
  counts: boolean,
  at: Date,
  code: Code | null,
]
type ReceiptRow = [
  profileId: number,
  n: number,
  part: number,
  outcome: ReceiptOutcome,
  counts: boolean,
  at: Date,
  code: Code | null,
  afterMs: number | null,
]
// biome-ignore format: a row as it is asked for below
type ClickRow = [profileId: number, linkId: number, at: Date, verdict: ClickVerdict, reason: Text, device: string, ownReason: Text, ownSign: boolean, signed: boolean, crowd: boolean, agent: Text, addressHash: Text, source: number, seq: number, counts: boolean | null]
type ViewRow = [profileId: number, at: Date, ownReason: Text, agent: Text, addressHash: Text]

export async function* readMessages(reader: SnapshotReader, activityId: number): AsyncGenerator<MessageWithFacts> {
  const inOrder = (columns: Sql, table: Sql) =>
    sql`select f.profile_id, ${columns} from ${table} f
      where f.bucket = ${everyBucket} and f.activity_id = ${activityId} order by f.bucket, f.profile_id`
  const messages = await RowCursor.open<MessageRow>(
    reader,
    'verify_messages',
    inOrder(
      sql`f.status, f.attempts, f.t0, f.status_at, f.due, f.code, f.charged, f.resend, f.bounced_at, f.parts, f.credits, f.country,
        f.gateway_id, f.excluded, f.stop_reason, f.stop_at, f.window_over_at, f.no_receipt_at, f.first_click_at, f.unsubscribed_at, f.first_visit_at, f.route`,
      sql`messages`,
    ),
  )
  const attempts = await RowCursor.open<AttemptRow>(
    reader,
    'verify_attempts',
    inOrder(sql`f.n, f.try, f.parts, f.at`, sql`attempts`),
  )
  const said = sql`f.n, f.part, f.outcome, f.counts, f.at, f.code`
  const answers = await RowCursor.open<AnswerRow>(reader, 'verify_answers', inOrder(said, sql`answers`))
  const receipts = await RowCursor.open<ReceiptRow>(
    reader,
    'verify_receipts',
    inOrder(sql`${said}, f.after_ms`, sql`receipts`),
  )
  const clicks = await RowCursor.open<ClickRow>(
    reader,
    'verify_clicks',
    inOrder(
      sql`f.link_id, f.at, f.verdict, f.reason, f.device, f.own_reason, f.own_sign, f.signed, f.crowd, f.agent, f.address_hash, f.source, f.seq, f.counts`,
      sql`clicks`,
    ),
  )
  const views = await RowCursor.open<ViewRow>(
    reader,
    'verify_views',
    inOrder(sql`f.at, f.own_reason, f.agent, f.address_hash`, sql`opt_out_views`),
  )
  const pagesSeen = await RowCursor.open<[profileId: number, linkId: number, at: Date]>(
    reader,
    'verify_pages_seen',
    inOrder(sql`f.link_id, f.clicked_at`, sql`visitor_links`),
  )
  const optOuts = await RowCursor.open<[profileId: number]>(
    reader,
    'verify_opt_outs',
    sql`select o.profile_id from opt_outs o where o.activity_id = ${activityId} and o.profile_id is not null
      group by o.profile_id order by o.profile_id & 255, o.profile_id`,
  )
  const cursors = [messages, attempts, answers, receipts, clicks, views, pagesSeen, optOuts]
  for (;;) {
    const first = firstProfile(cursors)
    if (first === undefined) break
    const found: MessageWithFacts = {
      message: undefined,
      profileId: first,
      attempts: [],
      answers: [],
      receipts: [],
      clicks: [],
      views: [],
      pagesSeen: [],
      optedOut: false,
    }
    for (let row = messages.row; row?.[0] === first; row = messages.row) {
      found.message = storedOf(row)
      if (messages.advance()) await messages.fill()
    }
    for (let row = attempts.row; row?.[0] === first; row = attempts.row) {
      found.attempts.push({ n: row[1], try: row[2], parts: row[3], at: row[4] })
      if (attempts.advance()) await attempts.fill()
    }
    for (let row = answers.row; row?.[0] === first; row = answers.row) {
      found.answers.push({ n: row[1], part: row[2], outcome: row[3], counts: row[4], at: row[5], code: row[6] })
      if (answers.advance()) await answers.fill()
    }
    for (let row = receipts.row; row?.[0] === first; row = receipts.row) {
      const [, n, part, outcome, counts, at, code, afterMs] = row
      found.receipts.push({ n, part, outcome, counts, at, code, afterMs })
      if (receipts.advance()) await receipts.fill()
    }
    for (let row = clicks.row; row?.[0] === first; row = clicks.row) {
      found.clicks.push(clickOf(row))
      if (clicks.advance()) await clicks.fill()
    }
    for (let row = views.row; row?.[0] === first; row = views.row) {
      found.views.push({ at: row[1], ownReason: row[2], agent: row[3], addressHash: row[4] })
      if (views.advance()) await views.fill()
    }
    for (let row = pagesSeen.row; row?.[0] === first; row = pagesSeen.row) {
      found.pagesSeen.push({ linkId: row[1], at: row[2] })
      if (pagesSeen.advance()) await pagesSeen.fill()
    }
    for (let row = optOuts.row; row?.[0] === first; row = optOuts.row) {
      found.optedOut = true
      if (optOuts.advance()) await optOuts.fill()
    }
    yield found
  }
  for (const cursor of cursors) await cursor.close()
}

function firstProfile(cursors: readonly { row: [number, ...unknown[]] | undefined }[]): number | undefined {
  let first: number | undefined
  for (const { row } of cursors)
    if (row !== undefined && (first === undefined || inKeyOrder(row[0], first) < 0)) first = row[0]
  return first
}

function clickOf(row: ClickRow): VerifiedClick {
  const [
    ,
    linkId,
    at,
    verdict,
    reason,
    device,
    ownReason,
    ownSign,
    signed,
    crowd,
    agent,
    addressHash,
    source,
    seq,
    counts,
  ] = row
  return {
    source,
    seq,
    linkId,
    at,
    verdict,
    reason,
    device,
    ownReason,
    ownSign,
    signed,
    crowd,
    counts,
    agent,
    addressHash,
  }
}

function storedOf(row: MessageRow): StoredMessage {
  return {
    profileId: row[0],
    status: row[1],
    attempts: row[2],
    t0: row[3],
    statusAt: row[4],
    due: row[5],
    code: row[6],
    charged: row[7],
    resend: row[8],
    bouncedAt: row[9],
    parts: row[10],
    credits: row[11],
    country: row[12],
    gatewayId: row[13],
    excluded: row[14],
    stopReason: row[15],
    stopAt: row[16],
    windowOverAt: row[17],
    noReceiptAt: row[18],
    firstClickAt: row[19],
    unsubscribedAt: row[20],
    firstVisitAt: row[21],
    route: row[22],
  }
}
