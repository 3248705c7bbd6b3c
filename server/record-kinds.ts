/**
 * All kinds of inbox records, each declared by the owner of its facts. The lanes apply them, an erase overwrites them, and the list of
 * unmatched records shows them, from this one list. In the order in which a batch of several kinds is applied.
 */
import { judgeDelivered, visits } from './clicks/visit-applier.ts'
import { unreadable } from './gateways/unreadable-kind.ts'
import type { Registration } from './inbox/applier.ts'
import { mailReports } from './mail-reports/mail-report-applier.ts'
import { receipts } from './receipts/receipt-applier.ts'
import { replies } from './replies/reply-applier.ts'
import { websiteEvents } from './website/event-applier.ts'

export const registrations: readonly Registration[] = [
  visits,
  replies,
  unreadable,
  receipts(judgeDelivered),
  mailReports(judgeDelivered),
  websiteEvents,
]

export const recordKinds = registrations.flatMap(({ kinds }) => kinds)
