/**
 * Makes facts of what comes to the return paths of e-mails: a report of a failure is a receipt of its message, a complaint is an opt-out of its
 * address from everything on this channel.
 *
 * Always: the sealed token says of which message a report is, never an address, which may be in the report of somebody else's newsletter.
 * What has no token that opens, or says nothing that can be read, is kept and listed; it changes no message.
 */
import { type Faulty, makeApplier, type Registration } from '../inbox/applier.ts'
import { wipeRecords } from '../inbox/forget.ts'
import { listUnreadable } from '../inbox/set-aside.ts'
import { type MailTokens, makeMailTokens } from '../links/mail-token.ts'
import { type LinkRanges, makeLinkRanges } from '../links/range.ts'
import type { MessageChange, MessageKey } from '../messages/message-change.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { int, json, orNull, rowsNamed, text } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'
import { readInstallation } from '../platform/installation/installation.ts'
import { type AfterDelivered, recordReceipts } from '../receipts/record-receipts.ts'
import { optOut } from '../suppression/opt-out.ts'
import { type MailReportRow, mailReportKind } from './mail-report-kind.ts'
import { type MailReport, outcomeFor, type ReportOutcome, readMailReport } from './read-report.ts'

/** How many reports of one outcome of an attempt are read: more of them are an attack on its figures. */
const mostReports = 5

interface Message {
  /** null: erased */
  address: string | null
  /** null: no attempt of it that it can be about */
  n: number | null
  gatewayId: number | null
  /** the outcomes of the reports on that attempt that are known */
  reported: string[]
}

interface Read {
  row: MailReportRow
  report: MailReport
  /** of the e-mail to the address of the message */
  outcome: ReportOutcome | undefined
  /** it is one of too many of this outcome */
  isSurplus: boolean
  of: (MessageKey & Message & { workspaceId: number }) | undefined
}

export const mailReports = (afterDelivered: AfterDelivered): Registration => ({
  kinds: [mailReportKind],
  makeApplier({ db, clock, grouping }) {
    const places = makePlaces(db)
    return makeApplier([mailReportKind], async (rows, finish) => {
      const read: Read[] = []
      const together = new Map<string, number>()
      for (const row of rows) {
        const report = await readMailReport(Buffer.from(row.body.raw, 'base64'), row.body.recipient)
        const of = await places.of(report)
        const outcome = outcomeFor(report, of?.address ?? null)
        const same = [of?.activityId, of?.profileId, of?.n, outcome?.state].join('/')
        const before = together.get(same) ?? 0
        together.set(same, before + 1)
        const known = of?.reported.filter(one => one === outcome?.state).length ?? 0
        read.push({ row, report, outcome, isSurplus: known + before >= mostReports, of })
      }
      for (const { row, report, of } of read)
        if (report.kind === 'complaint' && of !== undefined && of.address !== null)
          await optOut(db, {
            ...{
              workspaceId: of.workspaceId,
              channel: 'email',
              address: of.address,
              topicIds: null,
              source: 'provider',
            },
            ...{
              activityId: of.activityId,
              profileId: of.profileId,
              evidence: { complaint: row.at.toISOString(), source: row.source, seq: row.seq },
            },
            now: clock.now(),
          })
      await recordReceipts(
        { db, grouping, afterDelivered },
        read.flatMap(one => changeOf(one) ?? []),
        async tx => {
          const listed = read.flatMap(one => {
            const why = whyListed(one)
            return why === undefined ? [] : [{ row: listedAs(one), why }]
          })
          if (listed.length > 0) await listUnreadable(tx, listed)
          const ofErased = read.filter(({ of }) => of !== undefined && of.address === null).map(({ row }) => row)
          await wipeRecords(tx, ofErased, [mailReportKind])
          await finish(tx)
        },
      )
    })
  },
})

function whyListed({ report, outcome, of }: Read): string | undefined {
  if (of === undefined) return 'It names no message of this installation.'
  if (report.kind === 'complaint' || (outcome !== undefined && of.n !== null)) return undefined
  return 'It is no report of a delivery that can be read.'
}

/** With its gateway, and so for its workspace alone; with its address, by which an erase finds it. */
function listedAs({ row, of }: Read): Faulty['row'] {
  if (of === undefined) return row
  return { ...row, gatewayId: of.gatewayId, body: { ...row.body, address: of.address ?? '' } }
}

function changeOf({ row, outcome, isSurplus, of }: Read): MessageChange | undefined {
  if (of === undefined || of.n === null || outcome === undefined || isSurplus) return undefined
  const { bucket, activityId, profileId, n } = of
  const { state, counts, code } = outcome
  const key = { source: row.source, seq: row.seq }
  return { bucket, activityId, profileId, receipts: [{ n, part: 0, outcome: state, counts, at: row.at, code, ...key }] }
}

interface Places {
  of(report: MailReport): Promise<Read['of']>
}

/** From the tokens of a report to the message: the first that opens, and is the number of one. */
function makePlaces(db: Database): Places {
  let known: Promise<{ tokens: MailTokens; ranges: LinkRanges }> | undefined
  const load = async () => ({
    tokens: makeMailTokens((await readInstallation(db)).linkKeys),
    ranges: makeLinkRanges(db),
  })
  return {
    async of({ tokens: found }) {
      known ??= load().catch(error => {
        known = undefined
        throw error
      })
      const { tokens, ranges } = await known
      for (const { token, n } of found) {
        const number = tokens.open(token)
        const target = number === undefined ? undefined : await ranges.resolve(number)
        if (target === undefined) continue
        const { activityId, profileId, workspaceId } = target
        const key = { bucket: profileId & 255, activityId, profileId }
        const message = await readMessage(db, key, n)
        if (message !== undefined) return { ...message, workspaceId }
      }
      return undefined
    },
  }
}

const messageRows = rowsNamed('mail-report-message', {
  bucket: int,
  activityId: int,
  profileId: int,
  address: orNull(text),
  n: orNull(int),
  gatewayId: orNull(int),
  reported: json<string[]>(),
})

/**
 * `n`: the attempt that the report names, else the last that the gateway took or may have. A report may be here before the answer is: a relay
 * on the same machine returns an e-mail within milliseconds, and an answer is lost with its process.
 */
async function readMessage(db: Db, { bucket, activityId, profileId }: MessageKey, n: number | null) {
  const [row] = await db.query(
    sql`select m.bucket, m.activity_id as "activityId", m.profile_id as "profileId", m.address, t.n, t.gateway_id as "gatewayId",
        array(select r.outcome from receipts r where r.bucket = m.bucket and r.activity_id = m.activity_id and r.profile_id = m.profile_id
          and r.n = t.n) as reported
      from messages m
      left join lateral (select a.n, a.gateway_id from attempts a
        where a.bucket = m.bucket and a.activity_id = m.activity_id and a.profile_id = m.profile_id and (${n}::int is null or a.n = ${n}::int)
          and not exists (select from answers f where f.bucket = a.bucket and f.activity_id = a.activity_id and f.profile_id = a.profile_id
            and f.n = a.n and f.outcome in ('refused', 'dropped'))
        order by a.n desc limit 1) t on true
      where m.bucket = ${bucket} and m.activity_id = ${activityId} and m.profile_id = ${profileId}`,
    messageRows,
  )
  return row
}
