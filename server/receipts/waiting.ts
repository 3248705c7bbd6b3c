/**
 * Receipts that match nothing yet are looked at again, in a loop of their own: however many belong to nobody (another system
 * shares the account), no live receipt waits for them. A batch costs the same few statements whatever its size; only a
 * receipt that may settle an attempt whose outcome is unknown is looked at alone.
 */
import { wipeRecords } from '../inbox/forget.ts'
import { Turn } from '../inbox/turn.ts'
import type { Change } from '../messages/record.ts'
import type { NewTestFact } from '../messages/test-sms.ts'
import { type Complain, makeComplaints } from '../platform/complaints.ts'
import type { Db } from '../platform/db.ts'
import type { Log } from '../platform/log.ts'
import { Nap } from '../platform/nap.ts'
import { changeOf, isOfErased, type ReceiptInput, recordReceipts, toMatch } from './apply.ts'
import { matchReceipts } from './match.ts'
import { acceptedAfterAll, matchUnknownTest, testFactOf } from './match-tests.ts'
import { matchUnknown } from './match-unknown.ts'
import { mayBeUnknown } from './unknown-numbers.ts'
import { postpone, readDue, settleMatched, triesOf30Seconds, type WaitingRow } from './waiting-store.ts'

const batchSize = 500
const pollMs = 100

export interface WaitingInput extends ReceiptInput {
  leases: Db
  log: Log
}

export class WaitingReceipts {
  readonly #input: WaitingInput
  readonly #complain: Complain
  readonly #turn: Turn
  readonly #nap = new Nap()
  #stopped = false

  constructor(input: WaitingInput) {
    this.#input = input
    this.#complain = makeComplaints(input.log)
    this.#turn = new Turn(input.leases, 'waiting', this.#complain)
  }

  stop(): void {
    this.#stopped = true
    this.#turn.stop()
    this.#nap.wake()
  }

  /** Works until stop(); waits while another process has the lane. */
  async run(): Promise<void> {
    await this.#turn.run(async lease => {
      while (!this.#stopped && lease.holds) {
        try {
          if ((await this.#round()) === 0) await this.#nap.take(pollMs)
        } catch (error) {
          this.#complain(error, 'receipts that wait for their message are tried again in a moment')
          await this.#nap.take(500)
        }
      }
    })
  }

  async #round(): Promise<number> {
    const { db } = this.#input
    const rows = await readDue(db, batchSize)
    if (rows.length === 0) return 0
    const left = await this.#match(rows)
    const old = left.filter(row => row.tries >= triesOf30Seconds)
    const settled = old.length === 0 ? [] : await this.#settleUnknown(old)
    await postpone(
      db,
      left.filter(row => !settled.includes(row)),
    )
    return rows.length
  }

  /** Those that are matched by now; returns the others. */
  async #match(rows: readonly WaitingRow[]): Promise<WaitingRow[]> {
    const { db, clock } = this.#input
    const matches = await matchReceipts(db, rows.map(toMatch), clock.now())
    const matched = rows.filter((_, i) => matches[i] !== undefined)
    if (matched.length > 0) {
      const changes: Change[] = []
      const ofTests: NewTestFact[] = []
      rows.forEach((row, i) => {
        const match = matches[i]
        if (match === undefined) return
        if ('testId' in match) ofTests.push(testFactOf(toMatch(row), match))
        else changes.push(changeOf(row, match))
      })
      await recordReceipts(this.#input, { changes, ofTests }, async tx => {
        await settleMatched(tx, matched)
        await wipeRecords(
          tx,
          rows.filter((_, i) => isOfErased(matches[i])),
        )
      })
    }
    return rows.filter((_, i) => matches[i] === undefined)
  }

  /** Receipts that can only mean an attempt of which nobody knows, one after the other. Returns those that did. */
  async #settleUnknown(rows: readonly WaitingRow[]): Promise<WaitingRow[]> {
    const { db, clock } = this.#input
    const candidates = await mayBeUnknown(db, rows, clock.now())
    const settled: WaitingRow[] = []
    for (const row of candidates) {
      const found = await this.#unknownOf(row)
      if (found === undefined) continue
      await recordReceipts(this.#input, found, tx => settleMatched(tx, [row]))
      settled.push(row)
    }
    return settled
  }

  async #unknownOf(row: WaitingRow): Promise<{ changes: Change[]; ofTests: NewTestFact[] } | undefined> {
    const { db, clock } = this.#input
    const receipt = toMatch(row)
    // One before it in this batch may have made its id known: a receipt that came twice is of one part, not of two.
    const [known] = await matchReceipts(db, [receipt], clock.now())
    if (known !== undefined)
      return 'testId' in known
        ? { changes: [], ofTests: [testFactOf(receipt, known)] }
        : { changes: [changeOf(row, known)], ofTests: [] }
    const message = await matchUnknown(db, receipt, clock.now())
    const unknownTest = await matchUnknownTest(db, receipt, clock.now())
    if (message.candidates + unknownTest.candidates !== 1) return undefined
    if (unknownTest.match !== undefined)
      return {
        changes: [],
        ofTests: [testFactOf(receipt, unknownTest.match), acceptedAfterAll(receipt, unknownTest.match)],
      }
    if (message.match === undefined) return undefined
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
    return { changes: [{ ...changeOf(row, message.match), answers: [accepted] }], ofTests: [] }
  }
}
