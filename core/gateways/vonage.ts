/** What do the `err` numbers in the SMPP receipts of Vonage mean? `vonage:` and the number. Source: help.nexmo.com 204015663. Checked November 2026. */
import { type CodeRow, codeRow, type NetworkClass } from './code.ts'

const reason = (number: number, name: string, outcome: NetworkClass, counts: boolean, words: string): CodeRow =>
  codeRow({
    code: `vonage:${number}`,
    name,
    class: outcome,
    scope: 'recipient',
    counts,
    words,
    source: 'help.nexmo.com 204015663',
  })

// biome-ignore format: a table reads by its columns
export const vonageErrors: readonly CodeRow[] = [
  reason(0, 'Delivered', 'delivered', false, 'Delivered'),
  reason(1, 'Unknown', 'soft', false, 'The gateway gave no reason'),
  reason(2, 'Absent subscriber, temporary', 'soft', false, 'The phone is off or out of reach'),
  reason(3, 'Absent subscriber, permanent', 'hard', true, 'The number is not in use'),
  reason(4, 'Call barred by user', 'hard', false, 'The recipient has barred messages'),
  reason(5, 'Portability error', 'soft', false, 'A temporary fault while the number changes network'),
  reason(6, 'Anti-spam rejection', 'hard', false, 'A spam filter stopped the message'),
  reason(7, 'Handset busy', 'soft', false, 'The phone is busy'),
  reason(8, 'Network error', 'soft', false, 'A temporary fault in the network'),
  reason(9, 'Illegal number', 'hard', true, 'The number is not valid'),
  reason(10, 'Illegal (invalid) message', 'hard', false, 'The message was refused on the way to the phone'),
  reason(11, 'Unroutable', 'soft', false, 'No route to this number just now'),
]

const byCode: ReadonlyMap<string, CodeRow> = new Map(vonageErrors.map(row => [row.code, row]))

/** Undefined where no row has the code. */
export const vonageRow = (code: string): CodeRow | undefined => byCode.get(code)
