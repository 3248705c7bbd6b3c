/** Receipts as records of the inbox. */
import { testRecipient } from '../../core/messages/test-sms.ts'
import { keptSender, ReceiptBody } from '../gateways/delivered.ts'
import { type InboxRow, type RecordKey, recordKind } from '../inbox/record-kind.ts'
import { pgArray, sql } from '../platform/db/sql.ts'

export type ReceiptRow = InboxRow<'receipt', ReceiptBody>

export const receiptKind = recordKind({
  name: 'receipt',
  lane: 'gateway',
  label: 'Delivery receipt',
  schema: ReceiptBody,
  reference: 'providerId',
  // An empty number matches by the gateway's id alone: a receipt that waits still finds its message.
  erase: ({ providerId, otherIds, state, counts, code, covers, sender }) => ({
    providerId,
    ...(otherIds === undefined ? {} : { otherIds }),
    state,
    counts,
    code,
    ...(covers === undefined ? {} : { covers }),
    ...keptSender(sender),
    number: '',
  }),
  async recordsOf(db, { profileId, tests }) {
    const own = await db.query<RecordKey>(
      sql`select f.source, f.seq from receipts f where f.bucket = ${profileId & 255} and f.profile_id = ${profileId}`,
    )
    const ofTests = await db.query<RecordKey>(
      sql`select f.source, f.seq from receipts f where f.bucket = ${testRecipient & 255} and f.profile_id = ${testRecipient}
        and f.activity_id = any(${pgArray(tests)}::bigint[])`,
    )
    return [...own, ...ofTests]
  },
})
