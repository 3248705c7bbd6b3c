/** E-mails to a return path as records of the inbox: as they came, cut. */
import { type Static, Type } from 'typebox'
import { testRecipient } from '../../core/messages/test-sms.ts'
import { type InboxRow, type RecordKey, recordKind } from '../inbox/record-kind.ts'
import { pgArray, sql } from '../platform/db/sql.ts'

export const MailReportBody = Type.Object({
  /** to whom it was sent: of the envelope; '': not known */
  recipient: Type.String(),
  /** base64 of at most `reportBytes` */
  raw: Type.String(),
  /** of its message, where it is listed: an erase finds it by this */
  address: Type.Optional(Type.String()),
})

/** A report and the headers that it returns are far shorter. */
export const reportBytes = 64 * 1024

export type MailReportRow = InboxRow<'mail_report', Static<typeof MailReportBody>>

export const mailReportKind = recordKind({
  name: 'mail_report',
  lane: 'gateway',
  label: 'Returned e-mail',
  schema: MailReportBody,
  reference: 'recipient',
  erase: () => ({ recipient: '', raw: '' }),
  async recordsOf(db, { workspaceId, profileId, addresses, tests }) {
    const own = await db.query<RecordKey>(
      sql`select f.source, f.seq from receipts f where f.bucket = ${profileId & 255} and f.profile_id = ${profileId}`,
    )
    const ofTests = await db.query<RecordKey>(
      sql`select f.source, f.seq from receipts f where f.bucket = ${testRecipient & 255} and f.profile_id = ${testRecipient}
        and f.activity_id = any(${pgArray(tests)}::bigint[])`,
    )
    // A complaint and a letter that says nothing become no receipt.
    const complaints = await db.query<RecordKey>(
      sql`select (o.evidence->>'source')::bigint as source, (o.evidence->>'seq')::bigint as seq from opt_outs o
        where o.workspace_id = ${workspaceId} and o.profile_id = ${profileId} and o.channel = 'email' and o.source = 'provider'
          and o.evidence->>'seq' is not null`,
    )
    const listed = await db.query<RecordKey>(
      sql`select w.source, w.seq from waiting w join gateways g on g.id = w.gateway_id
        where w.kind = 'mail_report' and g.workspace_id = ${workspaceId} and w.body->>'address' = any(${pgArray(addresses.email)}::text[])`,
    )
    return [...own, ...ofTests, ...complaints, ...listed]
  },
})
