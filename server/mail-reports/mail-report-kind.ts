/** E-mails to a return path as records of the inbox: as they came, cut. */
import { Type } from 'typebox'
import { testRecipient } from '../../core/messages/test-sms.ts'
import { type InboxRow, type RecordKey, recordKind } from '../inbox/record-kind.ts'
import { pgArray, sql } from '../platform/db/sql.ts'

export const MailReportBody = Type.Object({
  /** to whom it was sent: of the envelope; '': not known */
  recipient: Type.String(),
  /** base64 of at most `reportBytes` */
  raw: Type.String(),
})

/** A report and the headers that it returns are far shorter. */
export const reportBytes = 64 * 1024

export type MailReportRow = InboxRow<'mail_report', { recipient: string; raw: string }>

export const mailReportKind = recordKind({
  name: 'mail_report',
  lane: 'gateway',
  label: 'Returned e-mail',
  schema: MailReportBody,
  reference: 'recipient',
  erase: () => ({ recipient: '', raw: '' }),
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
