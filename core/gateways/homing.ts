/**
 * What does Homing itself say of a submission that no code of a gateway came for? `homing:` and the key. Where a message was taken back
 * before it was submitted, the key is the reason why it is not sent (core/audience/not-sent-reasons.ts).
 */
import { type Code, type CodeClass, type CodeRow, type CodeScope, codeRow } from './code.ts'

interface OwnCode {
  readonly key: string
  readonly class: CodeClass
  /** bind: of the connection, in words for people. process: how a process ended, of which a marketer need not know. */
  readonly scope: Extract<CodeScope, 'bind' | 'message' | 'process'>
  readonly words: string
}

// biome-ignore format: a table reads by its columns
const own = [
  { key: 'not_bound', class: 'fault', scope: 'bind', words: 'The gateway is not connected' },
  { key: 'connection_lost', class: 'fault', scope: 'bind', words: 'The connection to the gateway was lost before the message was written' },
  { key: 'connection_lost_after_write', class: 'pending', scope: 'bind', words: 'The connection to the gateway was lost before it answered' },
  { key: 'no_answer', class: 'pending', scope: 'bind', words: 'The gateway did not answer in time' },
  { key: 'unreadable_answer', class: 'pending', scope: 'bind', words: 'The answer of the gateway could not be read' },
  { key: 'closing', class: 'fault', scope: 'bind', words: 'Sending was stopped' },
  { key: 'not_written', class: 'fault', scope: 'bind', words: 'Sending was held back' },
  { key: 'session_full', class: 'fault', scope: 'bind', words: 'Too many messages wait for the gateway' },
  { key: 'invalid_item', class: 'fault', scope: 'message', words: 'The message does not fit into a request to the gateway' },
  { key: 'other_channel', class: 'fault', scope: 'bind', words: 'The gateway carries no messages of this channel' },
  { key: 'claim_broke_off', class: 'fault', scope: 'process', words: 'The claim of the message was interrupted' },
  { key: 'not_checked', class: 'fault', scope: 'process', words: 'The check before sending failed' },
  { key: 'never_written', class: 'fault', scope: 'process', words: 'The worker ended before it wrote the message' },
  { key: 'process_died', class: 'pending', scope: 'process', words: 'The worker ended before the gateway answered' },
  { key: 'settled', class: 'dropped', scope: 'process', words: 'The message had its outcome already' },
] as const satisfies readonly OwnCode[]

type OwnKey = (typeof own)[number]['key']

/** What a connection says of a message that it did not write, or that was not answered. */
export type LocalCode = Extract<(typeof own)[number], { scope: 'bind' | 'message' }>['key']

export const homingCodes: readonly CodeRow[] = own.map(({ key, ...known }) =>
  codeRow({ ...known, code: `homing:${key}`, name: key, counts: false, source: 'Homing' }),
)

const byCode: ReadonlyMap<string, CodeRow> = new Map(homingCodes.map(row => [row.code, row]))

export const homingCode = (key: OwnKey): Code => `homing:${key}`

const droppedPrefix = 'homing:'
/** Of a message that was taken back: the reason why it is not sent. */
export const droppedCode = (reason: string): Code => `${droppedPrefix}${reason}`

export const isHomingCode = (code: string): boolean => code.startsWith(droppedPrefix)

/** Undefined where no row has the code. */
export const homingRow = (code: string): CodeRow | undefined => byCode.get(code)
