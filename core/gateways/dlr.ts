/**
 * What does a delivery receipt say? `dlr:` and its stat word in lower case, with `/` and the number of `err` behind it where no table
 * explains that: `dlr:undeliv/001`. Where a table does, the code is that of the table: `gsm:1`.
 *
 * Sources: SMPP 3.4 issue 1.2 §5.2.28 and Appendix B; states 0 and 9 are from SMPP 5.0. Checked November 2026.
 */
import { type Code, type CodeClass, type CodeRow, codeRow } from './code.ts'
import { gsmRow } from './gsm.ts'
import { vonageRow } from './vonage.ts'

export type ReceiptState = Extract<CodeClass, 'pending' | 'delivered' | 'soft' | 'hard'>

export interface DlrState extends CodeRow {
  /** message_state */
  readonly state: number
  /** the word of Appendix B, upper case */
  readonly stat: string
  readonly class: ReceiptState
}

const source = 'SMPP 3.4 §5.2.28'
const row = (state: number, stat: string, outcome: ReceiptState, words: string): DlrState => {
  const code: Code = `dlr:${stat.toLowerCase()}`
  const known = codeRow({ code, name: stat, class: outcome, scope: 'message', counts: false, words, source })
  return { ...known, state, stat, class: outcome }
}

/** ACCEPTD is "the network has it", not delivered. */
export const messageStates: readonly DlrState[] = [
  row(0, 'SCHEDLD', 'pending', 'Waiting at the gateway'),
  row(1, 'ENROUTE', 'pending', 'On its way'),
  row(2, 'DELIVRD', 'delivered', 'Delivered'),
  row(3, 'EXPIRED', 'soft', 'The phone could not be reached in time'),
  row(4, 'DELETED', 'hard', 'The network deleted the message'),
  row(5, 'UNDELIV', 'hard', 'The message could not be delivered'),
  row(6, 'ACCEPTD', 'pending', 'Accepted by the network'),
  row(7, 'UNKNOWN', 'soft', 'The network does not know what became of it'),
  row(8, 'REJECTD', 'hard', 'The network refused the message'),
  row(9, 'SKIPPED', 'hard', 'The network skipped the message'),
]

/** Words seen in the field for the same states (OpenMarket, 8x8, Aldeamo, Telesign, Kannel's users). */
const statAliases: ReadonlyMap<string, string> = new Map([
  ['DELIVERED', 'DELIVRD'],
  ['EXPIRE', 'EXPIRED'],
  ['UNDELIVERABLE', 'UNDELIV'],
  ['UNDELIVERED', 'UNDELIV'],
  ['UNDELIVRD', 'UNDELIV'],
  ['FAILED', 'UNDELIV'],
  ['ACCEPTED', 'ACCEPTD'],
  ['ACCPTED', 'ACCEPTD'],
  ['REJECTED', 'REJECTD'],
  ['SCHEDULED', 'SCHEDLD'],
  ['SUBMITD', 'ENROUTE'],
  ['BUFFERED', 'ENROUTE'],
  ['NOROUTE', 'EXPIRED'],
  ['BLIST', 'REJECTD'],
])

const byStat = new Map(messageStates.map(known => [known.stat, known]))
const byState = new Map(messageStates.map(known => [known.state, known]))

/** `DELIVRD` of 2; undefined for a number outside the standard. */
export function statOfState(state: number): string | undefined {
  return byState.get(state)?.stat
}

/** Of a receipt that names no state. */
const noState: CodeRow = codeRow({
  code: 'dlr:none',
  name: '',
  class: 'pending',
  scope: 'message',
  counts: false,
  words: 'The gateway sent a receipt without a state',
  source,
})

/** Undefined where no row has the stat word. A number behind it explains nothing. */
export function dlrRow(code: string): CodeRow | undefined {
  if (code === noState.code) return noState
  const [stat = ''] = code.slice('dlr:'.length).toUpperCase().split('/')
  const known = byStat.get(statAliases.get(stat) ?? stat)
  return code.startsWith('dlr:') && known !== undefined ? known : undefined
}

/** Which table a gateway's `err` is read by. There is no common meaning (001 is four different things), hence `none`. */
export type ErrTable = 'none' | 'gsm' | 'vonage'

export interface DlrOutcome {
  readonly state: ReceiptState
  readonly counts: boolean
  /** `dlr:undeliv`, `dlr:undeliv/001` (no table, or not in it), `gsm:1`, `vonage:3` */
  readonly code: Code
}

/**
 * The verdict of a receipt. `stat` is the Appendix B word, `err` the number beside it (null: none), `table` tells how to
 * read it. A word that nobody knows is pending: it proves nothing, so nothing is sent again because of it.
 * The reason refines only UNDELIV, DELETED and REJECTD; DELIVRD and EXPIRED stay as they are.
 */
export function classifyReceipt(stat: string, err: number | null, table: ErrTable): DlrOutcome {
  const upper = stat.toUpperCase()
  const word = statAliases.get(upper) ?? upper
  const known = byStat.get(word)
  if (known === undefined)
    return { state: 'pending', counts: false, code: word === '' ? noState.code : `dlr:${word.toLowerCase()}` }
  if (known.class !== 'hard' || err === null || err === 0)
    return { state: known.class, counts: false, code: known.code }
  const found = table === 'gsm' ? gsmRow(`gsm:${err}`) : table === 'vonage' ? vonageRow(`vonage:${err}`) : undefined
  if (found?.class === 'soft' || found?.class === 'hard')
    return { state: found.class, counts: found.counts, code: found.code }
  const number = String(err).padStart(3, '0')
  return { state: 'hard', counts: false, code: `${known.code}/${table === 'none' ? '' : `${table}:`}${number}` }
}
