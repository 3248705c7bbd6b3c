/**
 * What does a deliver_sm say: a receipt (of which message, with what verdict) or a person's reply?
 *
 * The text of SMPP 3.4 Appendix B is a habit, not a rule: keys come in any order and case, with missing or extra fields,
 * so each key is looked for by itself. Optional parameters win over the text: receipted_message_id, message_state,
 * network_error_code (§5.3.2.12, .35, .31). Dates have no zone: what counts is our own clock's time of arrival, and only the
 * time between "submit date" and "done date", which are of one zone, is read.
 */
import { classifyReceipt, type ErrTable, type ReceiptState, statOfState } from '../../../core/messages/outcomes.ts'
import { messageBytes, type ReceivedMessage } from './short-message.ts'
import { encodeTlvs, findTlv, type Tlv, tag } from './tlv.ts'

export type Receipt = {
  /** As the gateway wrote it; '' where it named none. */
  readonly providerId: string
  readonly state: ReceiptState
  /** The Appendix B word, upper case: `DELIVRD`. */
  readonly stat: string
  /** The reason as it came, '' where there is none. */
  readonly err: string
  /** Evidence against the number. */
  readonly counts: boolean
  /** For storing and showing, see classifyReceipt. */
  readonly code: string
  /** Delivered at least this long after the submission, by its own dates; undefined where it names none that can be read. */
  readonly afterMs?: number
}

export type ReceiptReading = {
  /** How this gateway's `err` is read; a network_error_code of type GSM is always read as MAP. */
  readonly errTable: ErrTable
  /** Also take an unmarked deliver_sm for a receipt when its text has `id:` and `stat:` (some gateways forget esm_class). */
  readonly byText: boolean
}

export const plainReading: ReceiptReading = { errTable: 'none', byText: false }

/** Bits 5–2 of esm_class, §5.2.12 */
const messageType = { receipt: 0x04, deliveryAck: 0x08, userAck: 0x10, intermediate: 0x20 } as const

/** A text that a person wrote: no receipt and no acknowledgement of the phone. */
export function isReply(message: ReceivedMessage, reading: ReceiptReading = plainReading): boolean {
  const type = message.esmClass & 0x3c
  return (type === 0 || type === messageType.userAck) && parseReceipt(message, reading) === null
}

/** Null where the message is no receipt. Never throws; what cannot be read is pending with the word as it came. */
export function parseReceipt(message: ReceivedMessage, reading: ReceiptReading = plainReading): Receipt | null {
  const type = message.esmClass & 0x3c
  const marked = type === messageType.receipt || type === messageType.intermediate
  const tlvs = message.tlvs
  const idValue = tlvs.length > 0 ? findTlv(tlvs, tag.receiptedMessageId) : undefined
  if (!marked && !idValue && !(reading.byText && type === 0)) return null

  const stateValue = tlvs.length > 0 ? findTlv(tlvs, tag.messageState)?.[0] : undefined
  const statByTlv = stateValue === undefined ? undefined : statOfState(stateValue)
  const idByTlv = idValue && cText(idValue)
  const text = receiptText(message)
  // Most receipts are "delivered" with both parameters: of their text only the dates are looked at.
  if (idByTlv && statByTlv === 'DELIVRD' && type !== messageType.intermediate) {
    const delivered = { state: 'delivered', stat: 'DELIVRD', err: '', counts: false, code: 'DELIVRD' } as const
    return { providerId: idByTlv, ...delivered, ...after(text) }
  }

  const idByText = field(text, /\bid\s*:\s*([^\s;,]+)/i)
  const statByText = field(text, /\bstat\s*:\s*([a-z]+)/i)
  if (!marked && !idValue && (idByText === '' || statByText === '')) return null

  const stat = (statByTlv ?? statByText).toUpperCase()
  const network = tlvs.length > 0 ? findTlv(tlvs, tag.networkErrorCode) : undefined
  const err = network?.length === 3 ? String((network[1]! << 8) | network[2]!) : field(text, /\berr\s*:\s*([\w-]+)/i)
  const table = network?.length === 3 ? (network[0] === 3 ? 'gsm' : 'none') : reading.errTable
  const verdict = classifyReceipt(stat, /^\d{1,9}$/.test(err) ? Number(err) : null, table)
  const final = type === messageType.intermediate ? { ...verdict, state: 'pending' as const, counts: false } : verdict
  return { providerId: idByTlv || idByText, stat, err, ...final, ...(final.state === 'delivered' ? after(text) : {}) }
}

const datesPattern = /\bsubmit date\s*:\s*(\d{10}(?:\d\d)?)\b.*?\bdone date\s*:\s*(\d{10}(?:\d\d)?)\b/i
const longestMs = 20 * 24 * 3_600_000

/** Appendix B has minutes, many gateways seconds: the least that lies between the two. */
function after(text: string): { afterMs?: number } {
  const [, submitted = '', done = ''] = datesPattern.exec(text) ?? []
  if (submitted === '') return {}
  const grainMs = submitted.length === 12 && done.length === 12 ? 1_000 : 60_000
  const betweenMs = dateMs(done) - dateMs(submitted)
  if (!(betweenMs >= 0 && betweenMs <= longestMs)) return {}
  return { afterMs: Math.max(0, betweenMs - grainMs) }
}

/** YYMMDDhhmm[ss]; NaN where there is no such day. */
function dateMs(digits: string): number {
  const [year, month, day, hour, minute, second = '00'] = digits.match(/\d\d/g) ?? []
  return Date.parse(`20${year}-${month}-${day}T${hour}:${minute}:${second}Z`)
}

function field(text: string, pattern: RegExp): string {
  return pattern.exec(text)?.[1] ?? ''
}

/** A C string in a parameter; its NUL is often forgotten. */
function cText(value: Uint8Array): string {
  const end = value.indexOf(0)
  return Buffer.from(value.buffer, value.byteOffset, end < 0 ? value.length : end).toString('latin1')
}

function receiptText(message: ReceivedMessage): string {
  let bytes = messageBytes(message)
  if ((message.esmClass & 0x40) !== 0) bytes = bytes.subarray(1 + bytes[0]!)
  bytes = bytes.subarray(0, 1024)
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  return message.dataCoding === 8
    ? Buffer.from(buffer.subarray(0, bytes.length & ~1))
        .swap16()
        .toString('utf16le')
    : buffer.toString('latin1')
}

/** What Appendix B prints; `at` as YYMMDDhhmm. */
export type ReceiptContent = {
  readonly providerId: string
  readonly stat: string
  readonly state: number
  /** MAP error; 0 none. */
  readonly gsmError: number
  readonly submittedAt: string
  readonly doneAt: string
}

/** The text of a receipt, Appendix B, without the first signs of the message. */
export function receiptLine(content: ReceiptContent): Buffer {
  const delivered = content.stat === 'DELIVRD' ? '001' : '000'
  const err = String(content.gsmError).padStart(3, '0')
  return Buffer.from(
    `id:${content.providerId} sub:001 dlvrd:${delivered} submit date:${content.submittedAt} done date:${content.doneAt} stat:${content.stat} err:${err} text:`,
    'latin1',
  )
}

/** receipted_message_id, message_state and, where there is a reason, network_error_code of type GSM. */
export function receiptTlvs(content: ReceiptContent): Uint8Array {
  const tlvs: Tlv[] = [
    { tag: tag.receiptedMessageId, value: Buffer.from(`${content.providerId}\0`, 'latin1') },
    { tag: tag.messageState, value: Uint8Array.of(content.state) },
  ]
  if (content.gsmError > 0) {
    tlvs.push({ tag: tag.networkErrorCode, value: Uint8Array.of(3, content.gsmError >> 8, content.gsmError & 0xff) })
  }
  return encodeTlvs(tlvs)
}
