/**
 * Receipts that match nothing yet are looked at again, in sets: however many belong to nobody (another system shares the
 * account), a batch costs the same few statements. Only a receipt that may settle an attempt whose outcome is unknown is looked
 * at alone.
 */
import { readRows } from '../inbox/applier.ts'
import { isOfRecords, reasonOf } from '../inbox/failures.ts'
import { wipeRecords } from '../inbox/forget.ts'
import { isolating } from '../inbox/isolate.ts'
import { setAside } from '../inbox/set-aside.ts'
import type { MessageChange } from '../messages/message-change.ts'
import { matchReceipts } from './match.ts'
import { matchUnknown } from './match-unknown.ts'
import { receiptKind } from './receipt-kind.ts'
import { changeOf, isOfErased, type ReceiptInput, recordReceipts, toMatch } from './record-receipts.ts'
import { mayBeUnknown } from './unknown-numbers.ts'
import { comeBack, postpone, readDue, removeMatched, triesOf30Seconds, type WaitingRow } from './waiting-store.ts'

const batchSize = 500

/** One batch of those that are due; how many. */
export async function retryWaiting(input: ReceiptInput): Promise<number> {
  const due = await readDue(input.db, batchSize)
  const { readable: rows, faulty } = readRows([receiptKind], due)
  await setAside(input.db, faulty)
  if (rows.length === 0) return due.length
  // Postponed before they are looked at: what ends the process does not end the next one at once.
  await postpone(input.db, rows)
  const look = (some: readonly WaitingRow[]) => lookAgain(input, some)
  try {
    await isolating(rows, look, {
      isOfRecords,
      alone: (row, error) => setAside(input.db, [{ row, why: reasonOf(error) }]),
    })
  } catch (error) {
    // The fault is not theirs: they were not looked at.
    await comeBack(input.db, rows).catch(() => {})
    throw error
  }
  return due.length
}

async function lookAgain(input: ReceiptInput, rows: readonly WaitingRow[]): Promise<void> {
  const old = (await match(input, rows)).filter(row => row.tries >= triesOf30Seconds)
  if (old.length > 0) await settleUnknown(input, old)
}

/** Those that are matched by now become facts; returns the others. */
async function match(input: ReceiptInput, rows: readonly WaitingRow[]): Promise<WaitingRow[]> {
  const matches = await matchReceipts(input.db, rows.map(toMatch), input.clock.now())
  const matched = rows.filter((_, i) => matches[i] !== undefined)
  if (matched.length === 0) return [...rows]
  const changes: MessageChange[] = []
  rows.forEach((row, i) => {
    const one = matches[i]
    if (one !== undefined) changes.push(changeOf(row, one))
  })
  await recordReceipts(input, changes, async tx => {
    await removeMatched(tx, matched)
    await wipeRecords(
      tx,
      rows.filter((_, i) => isOfErased(matches[i])),
      [receiptKind],
    )
  })
  return rows.filter((_, i) => matches[i] === undefined)
}

/** Receipts that can only mean an attempt of which nobody knows, one after the other. */
async function settleUnknown(input: ReceiptInput, rows: readonly WaitingRow[]): Promise<void> {
  for (const row of await mayBeUnknown(input.db, rows, input.clock.now())) {
    const found = await unknownOf(input, row)
    if (found !== undefined) await recordReceipts(input, [found], tx => removeMatched(tx, [row]))
  }
}

async function unknownOf({ db, clock }: ReceiptInput, row: WaitingRow): Promise<MessageChange | undefined> {
  const receipt = toMatch(row)
  // One before it in this batch may have made its id known: a receipt that came twice is of one part, not of two.
  const [known] = await matchReceipts(db, [receipt], clock.now())
  if (known !== undefined) return changeOf(row, known)
  const { match: unknown } = await matchUnknown(db, receipt, clock.now())
  if (unknown === undefined) return undefined
  // The gateway's word that it had it after all: later receipts of this part find their way by the id.
  const accepted = {
    n: unknown.n,
    part: unknown.part,
    outcome: 'accepted' as const,
    counts: false,
    at: row.at,
    code: null,
    gatewayId: receipt.gatewayId,
    providerId: row.body.providerId,
  }
  return { ...changeOf(row, unknown), answers: [accepted] }
}
