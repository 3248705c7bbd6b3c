/** Writes receipts that have been matched as facts of their messages. */
import { withPrefix } from '../../core/gateways/codes.ts'
import type { ApplyContext } from '../inbox/applier.ts'
import { groupForWriting } from '../messages/group.ts'
import type { MessageChange } from '../messages/message-change.ts'
import { record } from '../messages/record.ts'
import { Tallies } from '../messages/tallies.ts'
import type { Db } from '../platform/db/database.ts'
import type { ReceiptMatch } from './candidate.ts'
import type { ReceiptRow } from './receipt-kind.ts'

/** What else a receipt changes, in the transaction that has locked its message: a click may have come before "delivered". */
export type AfterDelivered = (tx: Db, delivered: readonly MessageChange[], tallies: Tallies) => Promise<void>

export interface ReceiptInput extends ApplyContext {
  afterDelivered: AfterDelivered
}

/**
 * Facts first, then `finish`; in one transaction where the grouping allows it. A cluster has one transaction per bucket: facts
 * are idempotent, the mark comes last.
 */
export async function recordReceipts(
  { db, grouping, afterDelivered }: Pick<ReceiptInput, 'db' | 'grouping' | 'afterDelivered'>,
  changes: readonly MessageChange[],
  finish: (tx: Db) => Promise<void>,
): Promise<void> {
  const write = async (tx: Db, some: readonly MessageChange[], tallyBucket: number, andThen: () => Promise<void>) => {
    const tallies = new Tallies()
    if (some.length > 0) {
      await record(tx, some, tallies)
      await afterDelivered(tx, some.filter(isDelivered), tallies)
    }
    // The watermark moves with the facts. The sums are written last, in the same transaction, because other writers wait for their rows.
    await andThen()
    await tallies.flush(tx, tallyBucket)
  }
  if (grouping.byBucket)
    for (const { items, tallyBucket } of groupForWriting(changes, grouping))
      await db.tx(tx => write(tx, items, tallyBucket, async () => {}))
  await db.tx(tx => write(tx, grouping.byBucket ? [] : changes, grouping.writer, () => finish(tx)))
}

export const toMatch = ({ source, seq, at, gatewayId, body }: ReceiptRow) => ({
  source,
  seq,
  at,
  gatewayId: gatewayId ?? 0,
  body,
})

export function changeOf(
  row: ReceiptRow,
  match: { bucket: number; activityId: number; profileId: number; n: number; part: number },
): MessageChange {
  const { bucket, activityId, profileId, n, part } = match
  const { state, counts, code, afterMs } = row.body
  return {
    bucket,
    activityId,
    profileId,
    receipts: [
      {
        n,
        part,
        outcome: state,
        counts,
        at: row.at,
        code: withPrefix(code),
        source: row.source,
        seq: row.seq,
        afterMs: afterMs ?? null,
      },
    ],
  }
}

export const isOfErased = (match: ReceiptMatch | undefined) => match?.erased === true

const isDelivered = (change: MessageChange) => change.receipts?.some(({ outcome }) => outcome === 'delivered') === true
