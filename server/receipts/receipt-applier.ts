/** Makes facts of the receipts in the inbox. A receipt that matches no message yet waits (waiting.ts). */
import { makeApplier, type Registration } from '../inbox/applier.ts'
import { wipeRecords } from '../inbox/forget.ts'
import type { MessageChange } from '../messages/message-change.ts'
import { matchReceipts } from './match.ts'
import { type ReceiptRow, receiptKind } from './receipt-kind.ts'
import { type AfterDelivered, changeOf, isOfErased, recordReceipts, toMatch } from './record-receipts.ts'
import { retryWaiting } from './waiting.ts'
import { keepWaiting } from './waiting-store.ts'

export const receipts = (afterDelivered: AfterDelivered): Registration => ({
  kinds: [receiptKind],
  retryWaiting: context => retryWaiting({ ...context, afterDelivered }),
  makeApplier: context =>
    makeApplier([receiptKind], async (rows, finish) => {
      const { db, clock } = context
      const matches = await matchReceipts(db, rows.map(toMatch), clock.now())
      const changes: MessageChange[] = []
      const unmatched: ReceiptRow[] = []
      const ofErased: ReceiptRow[] = []
      rows.forEach((row, i) => {
        const match = matches[i]
        if (match === undefined) unmatched.push(row)
        else changes.push(changeOf(row, match))
        if (isOfErased(match)) ofErased.push(row)
      })
      await recordReceipts({ ...context, afterDelivered }, changes, async tx => {
        await keepWaiting(tx, unmatched)
        await wipeRecords(tx, ofErased, [receiptKind])
        await finish(tx)
      })
    }),
})
