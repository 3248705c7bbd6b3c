/**
 * The apply lane: makes facts of what came in. One process of the installation has it at a time (an advisory lock that dies
 * with its connection). Source by source it reads behind the watermark, writes facts, status and sums in one transaction with
 * the new watermark, and goes on. What matches nothing yet waits and is tried again; a replay changes nothing, since the
 * inbox key stands in the keys of the facts.
 */
import type pg from 'pg'
import { applyVisits, isVisit, judgeDelivered, newVisits } from '../clicks/apply.ts'
import { applyReplies } from '../clicks/apply-replies.ts'
import type { LinkRanges } from '../links/range.ts'
import { type Grouping, groupForWriting } from '../messages/group.ts'
import { type Change, record } from '../messages/record.ts'
import { Tallies } from '../messages/tallies.ts'
import { insertTestFacts, type NewTestFact } from '../messages/test-sms.ts'
import type { Clock } from '../platform/clock.ts'
import { type Complain, makeComplaints } from '../platform/complaints.ts'
import { type Database, type Db, overClient } from '../platform/db.ts'
import type { Log } from '../platform/log.ts'
import { Nap } from '../platform/nap.ts'
import { sql } from '../platform/sql.ts'
import { matchReceipts, matchUnknown } from '../receipts/match.ts'
import { acceptedAfterAll, matchUnknownTest, testFactOf } from '../receipts/match-tests.ts'
import { wipeRecords, wipeVisitsOfErased } from './forget.ts'
import type { InboxRow } from './record.ts'

const batchSize = 2000
const pollMs = 25
const lockKey = 4_401_001

export interface ApplyInput {
  db: Database
  clock: Clock
  log: Log
  grouping: Grouping
  ranges: LinkRanges
}

type ReceiptRow = InboxRow & { kind: 'receipt' }
const isReceipt = (row: InboxRow): row is ReceiptRow => row.kind === 'receipt'

export class ApplyLane {
  readonly #input: ApplyInput
  #stopped = false
  readonly #nap = new Nap()
  readonly #complain: Complain

  constructor(input: ApplyInput) {
    this.#input = input
    this.#complain = makeComplaints(input.log)
  }

  wake(): void {
    this.#nap.wake()
  }

  stop(): void {
    this.#stopped = true
    this.#nap.wake()
  }

  /** Works until stop(); waits while another process has the lane. */
  async run(): Promise<void> {
    while (!this.#stopped) {
      let client: pg.PoolClient | undefined
      let broken: Error | undefined
      try {
        client = await this.#input.db.connect()
        const onError = (error: Error) => {
          broken = error
        }
        client.on('error', onError)
        const [row] = await overClient(client).query<{ ours: boolean }>(
          sql`select pg_try_advisory_lock(${lockKey}) as ours`,
        )
        if (row?.ours === true) {
          while (!this.#stopped && broken === undefined) {
            const n = (await this.#round()) + (await this.#retryWaiting())
            if (n === 0) await this.#nap.take(pollMs)
          }
          if (broken === undefined) await overClient(client).query(sql`select pg_advisory_unlock(${lockKey})`)
        } else await this.#nap.take(1000)
      } catch (error) {
        broken = error as Error
        this.#complain(error, 'the apply lane pauses: the database does not answer')
        await this.#nap.take(500)
      } finally {
        client?.release(broken)
      }
    }
  }

  /** One batch of each source that has something; how many records. */
  async #round(): Promise<number> {
    const { db } = this.#input
    const sources = await db.query<{ id: number; watermark: number }>(
      // "limit 1" holds the planner to the key, also while it knows nothing of what has just come in.
      sql`select s.id, s.watermark from inbox_sources s,
          lateral (select i.seq from inbox i where i.source = s.id and i.seq > s.watermark order by i.seq limit 1) waiting
        order by s.id`,
      'apply-sources',
    )
    let n = 0
    for (const source of sources) n += await this.#applySource(source)
    return n
  }

  async #applySource(source: { id: number; watermark: number }): Promise<number> {
    const { db } = this.#input
    const rows = await db.query<InboxRow>(
      sql`select source, seq, kind, gateway_id as "gatewayId", at, body from inbox
        where source = ${source.id} and seq > ${source.watermark} order by seq limit ${batchSize}`,
      'apply-read',
    )
    const last = rows.at(-1)
    if (last === undefined) return 0
    await this.#apply(rows, tx =>
      tx.run(
        sql`update inbox_sources set watermark = ${last.seq} where id = ${source.id} and watermark < ${last.seq}`,
        'apply-mark',
      ),
    )
    return rows.length
  }

  /** Facts first, then the mark; in one transaction where the grouping allows it. */
  async #apply(rows: readonly InboxRow[], mark: (tx: Db) => Promise<unknown>): Promise<void> {
    const { db, clock, grouping } = this.#input
    const receipts = rows.filter(isReceipt)
    const matches = await matchReceipts(
      db,
      receipts.map(row => ({ gatewayId: row.gatewayId ?? 0, body: row.body })),
      clock.now(),
    )
    const changes: Change[] = []
    const ofTests: NewTestFact[] = []
    const unmatched: ReceiptRow[] = []
    const ofErased: ReceiptRow[] = []
    receipts.forEach((row, i) => {
      const match = matches[i]
      if (match === undefined) unmatched.push(row)
      else if ('testId' in match) ofTests.push(testFactOf(toMatch(row), match))
      else changes.push(changeOf(row, match))
      if (isOfErased(match)) ofErased.push(row)
    })
    await this.#applyPeople(rows)
    // A cluster has one transaction a bucket: facts are idempotent, the mark comes last.
    const groups = groupForWriting(changes, grouping)
    for (const { items, tallyBucket } of grouping.byBucket ? groups : [])
      await this.#inTransaction(tallyBucket, (tx, tallies) => recordReceipts(tx, items, tallies))
    await this.#inTransaction(grouping.writer, async (tx, tallies) => {
      if (!grouping.byBucket && changes.length > 0) await recordReceipts(tx, changes, tallies)
      await insertTestFacts(tx, ofTests)
      if (unmatched.length > 0) await wait(tx, unmatched)
      await wipeRecords(tx, ofErased)
      // the mark stands with the facts; the sums are written after it, in the same transaction
      await mark(tx)
    })
  }

  /**
   * Clicks and replies in transactions of their own: with the receipts' messages locked as well, key order would not hold over
   * the whole transaction, and it could meet a sender's answers head-on.
   */
  async #applyPeople(rows: readonly InboxRow[]): Promise<void> {
    const { db, grouping, ranges } = this.#input
    const replies = rows.filter(row => row.kind === 'reply')
    const visits = await newVisits(db, rows.filter(isVisit), ranges)
    await applyVisits(db, visits, grouping)
    const hits = visits.map(visit => ('click' in visit ? visit.click : visit.view))
    await wipeVisitsOfErased(db, hits)
    if (replies.length > 0)
      await this.#inTransaction(grouping.writer, (tx, tallies) => applyReplies(tx, replies, tallies))
  }

  #inTransaction(tallyBucket: number, work: (tx: Db, tallies: Tallies) => Promise<unknown>): Promise<void> {
    return this.#input.db.tx(async tx => {
      const tallies = new Tallies()
      await work(tx, tallies)
      await tallies.flush(tx, tallyBucket)
    })
  }

  /** What waits and is due again. A receipt that has matched nothing for 30 s may settle an attempt whose outcome is unknown. */
  async #retryWaiting(): Promise<number> {
    const { db, clock } = this.#input
    const rows = await db.query<ReceiptRow & { tries: number }>(
      sql`select source, seq, kind, gateway_id as "gatewayId", at, body, tries from waiting
        where settled is null and next_try_at <= ${new Date()} order by next_try_at limit 500`,
      'waiting-due',
    )
    if (rows.length === 0) return 0
    const matches = await matchReceipts(
      db,
      rows.map(row => ({ gatewayId: row.gatewayId ?? 0, body: row.body })),
      clock.now(),
    )
    for (const [i, row] of rows.entries()) {
      const found = await this.#waited(row, matches[i])
      await db.tx(async tx => {
        if (found === undefined) {
          await tx.run(sql`update waiting set tries = tries + 1, next_try_at = ${nextTry(row.tries + 1)}, settled = ${row.tries >= maxTries ? 'given up' : null}
            where source = ${row.source} and seq = ${row.seq}`)
          return
        }
        if (found.kind === 'test') await insertTestFacts(tx, found.facts)
        else {
          const { change } = found
          const tallies = new Tallies()
          await recordReceipts(tx, [change], tallies)
          await tallies.flush(tx, this.#input.grouping.byBucket ? change.bucket : this.#input.grouping.writer)
        }
        await tx.run(sql`update waiting set settled = 'matched' where source = ${row.source} and seq = ${row.seq}`)
        if (isOfErased(matches[i])) await wipeRecords(tx, [row])
      })
    }
    return rows.length
  }

  async #waited(
    row: ReceiptRow & { tries: number },
    match: Awaited<ReturnType<typeof matchReceipts>>[number],
  ): Promise<Waited | undefined> {
    const receipt = toMatch(row)
    const foundBy = (one: NonNullable<typeof match>): Waited =>
      'testId' in one
        ? { kind: 'test', facts: [testFactOf(receipt, one)] }
        : { kind: 'message', change: changeOf(row, one) }
    if (match !== undefined) return foundBy(match)
    if (row.tries < triesOf30Seconds) return undefined
    const { db, clock } = this.#input
    // One before it in this batch may have made its id known: a receipt that came twice is of one part, not of two.
    const [known] = await matchReceipts(db, [receipt], clock.now())
    if (known !== undefined) return foundBy(known)
    const message = await matchUnknown(db, receipt, clock.now())
    const unknownTest = await matchUnknownTest(db, receipt, clock.now())
    if (message.candidates + unknownTest.candidates !== 1) return undefined
    if (unknownTest.match !== undefined)
      return {
        kind: 'test',
        facts: [testFactOf(receipt, unknownTest.match), acceptedAfterAll(receipt, unknownTest.match)],
      }
    if (message.match === undefined) return undefined
    const change = changeOf(row, message.match)
    // The gateway's word that it had it after all: later receipts of this part find their way by the id.
    const accepted = {
      n: message.match.n,
      part: message.match.part,
      outcome: 'accepted' as const,
      counts: false,
      at: row.at,
      code: null,
      gatewayId: receipt.gatewayId,
      providerId: row.body.providerId,
    }
    return { kind: 'message', change: { ...change, answers: [accepted] } }
  }
}

/** A click may have been applied before the receipt that says that the phone did not have the SMS yet. */
async function recordReceipts(tx: Db, changes: readonly Change[], tallies: Tallies): Promise<void> {
  await record(tx, changes, tallies)
  const delivered = changes.filter(change => change.receipts?.some(({ outcome }) => outcome === 'delivered'))
  await judgeDelivered(tx, delivered, tallies)
}

type Waited = { kind: 'message'; change: Change } | { kind: 'test'; facts: NewTestFact[] }

const toMatch = ({ source, seq, at, gatewayId, body }: ReceiptRow) => ({
  source,
  seq,
  at,
  gatewayId: gatewayId ?? 0,
  body,
})

function changeOf(
  row: ReceiptRow,
  match: { bucket: number; activityId: number; profileId: number; n: number; part: number },
): Change {
  const { bucket, activityId, profileId, n, part } = match
  const { state, counts, code, afterMs } = row.body
  return {
    bucket,
    activityId,
    profileId,
    receipts: [
      { n, part, outcome: state, counts, at: row.at, code, source: row.source, seq: row.seq, afterMs: afterMs ?? null },
    ],
  }
}

type Matched = Awaited<ReturnType<typeof matchReceipts>>[number]

const isOfErased = (match: Matched) => match !== undefined && 'erased' in match && match.erased === true

// Real time: this is back-off, not business.
const waitsMs = [200, 1000, 5000, 30_000]
const triesOf30Seconds = waitsMs.length - 1
/** One a minute for four days. */
const maxTries = 4 * 24 * 60

const nextTry = (tries: number) => new Date(Date.now() + (waitsMs[tries] ?? 60_000))

async function wait(tx: Db, rows: readonly ReceiptRow[]): Promise<void> {
  await tx.run(
    sql`insert into waiting (source, seq, kind, gateway_id, at, body, tries, next_try_at)
      select u.source, u.seq, 'receipt', u.gateway_id, u.at, u.body::json, 0, u.next_try_at
      from unnest(${rows.map(row => row.source)}::bigint[], ${rows.map(row => row.seq)}::bigint[], ${rows.map(row => row.gatewayId)}::int[],
        ${rows.map(row => row.at)}::timestamptz[], ${rows.map(row => JSON.stringify(row.body))}::text[], ${rows.map(() => nextTry(0))}::timestamptz[])
        as u (source, seq, gateway_id, at, body, next_try_at)
      on conflict (source, seq) do nothing`,
    'waiting-insert',
  )
}
