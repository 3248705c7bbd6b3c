/**
 * What does a delivery say: a receipt (of which message, with what verdict) or a person's reply?
 *
 * The text of SMPP 3.4 Appendix B is a habit, not a rule: keys come in any order and case, with missing or extra fields,
 * so each key is looked for separately. Optional parameters win over the text: receipted_message_id, message_state,
 * network_error_code (§5.3.2.12, .35, .31); the id of the text is kept beside that of the parameter, for some gateways put
 * an id of their own into one of them. esm_class and data_coding are often wrong: the octets decide what they are.
 * Dates have no zone: what counts is our own clock's time of arrival, and only the time between "submit date" and "done
 * date", which are of one zone, is read.
 */
import { cleanText } from '../../../core/clean-text.ts'
import type { Code } from '../../../core/gateways/code.ts'
import { classifyReceipt, type ErrTable, type ReceiptState, statOfState } from '../../../core/gateways/dlr.ts'
import { trimEndWhere } from '../../../core/trim.ts'
import { maxIdLength } from './pdu.ts'
import { messageBytes, partOf, type ReceivedMessage } from './short-message.ts'
import { encodeTlvs, findTlv, type Tlv, tag } from './tlv.ts'

export type SmppReceipt = {
  /** As the gateway wrote it, at most 255 characters; '' where it named none. */
  readonly providerId: string
  /** What else may be its id: that of the text beside that of the parameter. */
  readonly otherIds: readonly string[]
  readonly state: ReceiptState
  /** The Appendix B word, upper case: `DELIVRD`. */
  readonly stat: string
  /** The reason as it came, '' where there is none. */
  readonly err: string
  /** Evidence against the number. */
  readonly counts: boolean
  /** see classifyReceipt */
  readonly code: Code
  /** "sub:003 dlvrd:003": one receipt for all parts of a message, with their number; undefined: of one part. */
  readonly covers?: number
  /** Delivered at least this long after the submission, by its own dates; undefined where it names none that can be read. */
  readonly afterMs?: number
}

/** Bits 5–2 of esm_class, §5.2.12 */
const messageType = { receipt: 0x04, deliveryAck: 0x08, userAck: 0x10, abort: 0x18, intermediate: 0x20 } as const

/** A text that a person wrote: no receipt, not the empty acknowledgement of a phone, and nothing under a reserved mark. */
export function isReply(message: ReceivedMessage): boolean {
  const type = message.esmClass & 0x3c
  const isWritten =
    type === 0 ||
    type === messageType.userAck ||
    ((type === messageType.deliveryAck || type === messageType.abort) && receiptText(message).trim() !== '')
  return isWritten && parseReceipt(message) === null
}

/**
 * Null where the message is no receipt. Never throws; what cannot be read is pending with the word as it came.
 * `table`: how this gateway's `err` is read; a network_error_code of type GSM is always read as MAP.
 */
export function parseReceipt(message: ReceivedMessage, table: ErrTable = 'none'): SmppReceipt | null {
  const { tlvs } = message
  const type = message.esmClass & 0x3c
  const marked = type === messageType.receipt || type === messageType.intermediate
  const idValue = tlvs.length > 0 ? findTlv(tlvs, tag.receiptedMessageId) : undefined
  const stateValue = tlvs.length > 0 ? findTlv(tlvs, tag.messageState)?.[0] : undefined
  const text = receiptText(message)
  // Some gateways forget the mark; and a reply may name the message that it answers.
  if (!marked && !(idValue && stateValue !== undefined) && !looksLikeReceipt(text)) return null

  const statByTlv = stateValue === undefined ? undefined : statOfState(stateValue)
  const ids = idsOf(idValue && cText(idValue), text)
  // Most receipts are "delivered" with both parameters: of their text only dates and parts are looked at.
  if (idValue && statByTlv === 'DELIVRD' && type !== messageType.intermediate) {
    const delivered = { state: 'delivered', stat: 'DELIVRD', err: '', counts: false, code: 'dlr:delivrd' } as const
    return { ...ids, ...delivered, ...covers(text), ...after(text) }
  }

  const network = tlvs.length > 0 ? findTlv(tlvs, tag.networkErrorCode) : undefined
  const err = network?.length === 3 ? String((network[1]! << 8) | network[2]!) : field(text, errPattern)
  const stat = (statByTlv ?? (statOf(text) || statByCounts(text, err))).toUpperCase()
  const of = network?.length === 3 ? (network[0] === 3 ? 'gsm' : 'none') : table
  const verdict = classifyReceipt(stat, /^\d{1,9}$/.test(err) ? Number(err) : null, of)
  const final = type === messageType.intermediate ? { ...verdict, state: 'pending' as const, counts: false } : verdict
  return { ...ids, stat, err, ...final, ...(final.state === 'delivered' ? { ...covers(text), ...after(text) } : {}) }
}

const idKeyPattern = /\b(?:(?:message|msg)[_ -]?)?id\s*[:=]/i
/** What follows an empty id is the next key, not its value. */
const idPattern =
  /\b(?:(?:message|msg)[_ -]?)?id\s*[:=]\s*(?!(?:sub|dlvrd|submit ?date|done ?date|stat(?:us)?|err|text)\s*[:=])([^\s;,|&]+)/i
const idStartPattern = /\b(?:(?:message|msg)[_ -]?)?id\s*[:=]\s*/i
const nextKeyPattern = /\b(?:sub|dlvrd|submit ?date|done ?date|stat(?:us)?|err|text)\s*[:=]/i
const statPattern = /\bstat(?:us)?\s*[:=]\s*["']?([a-z]{1,20}|\d{1,2})/i
const errPattern = /\berr\s*[:=]\s*([\w-]{1,20})/i
const subPattern = /\bsub\s*[:=]\s*(\d{1,4})/i
const dlvrdPattern = /\bdlvrd\s*[:=]\s*(\d{1,4})/i
const firstKeyPattern =
  /^[\s"']*(?:(?:message|msg)[_ -]?)?(?:id|sub|dlvrd|stat(?:us)?|err|submit ?date|done ?date)\s*[:=]/i
const datePattern = /\b(?:submit|done) ?date\s*[:=]\s*\d/i

/** A text that nobody writes by hand: it begins with a key, has an id and at least a known state or two other fields. */
function looksLikeReceipt(text: string): boolean {
  if (!firstKeyPattern.test(text) || !idKeyPattern.test(text)) return false
  if (classifyReceipt(statOf(text), null, 'none').state !== 'pending') return true
  return [statPattern, errPattern, subPattern, dlvrdPattern, datePattern].filter(one => one.test(text)).length >= 2
}

/** The word of the text; message_state as a number, as some write it, is taken too. */
function statOf(text: string): string {
  const word = field(text, statPattern)
  return /^\d+$/.test(word) ? (statOfState(Number(word)) ?? word) : word
}

/** A receipt without a state still counts what it delivered. */
function statByCounts(text: string, err: string): string {
  const delivered = field(text, dlvrdPattern)
  if (delivered === '') return ''
  if (Number(delivered) > 0) return Number(delivered) >= Number(field(text, subPattern)) ? 'DELIVRD' : ''
  return /^0*$/.test(err) ? '' : 'UNDELIV'
}

function covers(text: string): { covers?: number } {
  const parts = Number(field(text, subPattern))
  return parts > 1 && Number(field(text, dlvrdPattern)) >= parts ? { covers: parts } : {}
}

/** In the order in which they are to be believed. A C string in the text ends at its NUL, or the NUL is a slip within it. */
function idsOf(byTlv: string | undefined, text: string): { providerId: string; otherIds: string[] } {
  if (byTlv && text.startsWith(`id:${byTlv} `)) return { providerId: byTlv, otherIds: [] }
  const token = field(text, idPattern)
  const [providerId = '', ...otherIds] = new Set(
    [byTlv ?? '', token.split('\0')[0] ?? '', token, wholeId(text)]
      .map(id => bareId(cleanText(id.slice(0, maxIdLength))))
      .filter(id => id !== ''),
  )
  return { providerId, otherIds }
}

/** All between the key of the id and the next key. */
function wholeId(text: string): string {
  const start = idStartPattern.exec(text)
  if (start === null) return ''
  const rest = text.slice(start.index + start[0].length)
  const end = rest.search(nextKeyPattern)
  return trimEndWhere(end < 0 ? rest : rest.slice(0, end), character => /[\s;,|&]/.test(character))
}

const bareId = (id: string): string => trimEndWhere(id.replace(/^[\s"'<]+/, ''), character => /[\s"'>]/.test(character))

const datesPattern = /\bsubmit date\s*:\s*(\d{10}(?:\d\d)?)\b.*?\bdone date\s*:\s*(\d{10}(?:\d\d)?)\b/i
const maxReceiptLength = 2000
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
  const text = Buffer.from(value.buffer, value.byteOffset, end < 0 ? value.length : end).toString('latin1')
  return text.slice(0, maxIdLength)
}

const longestText = 1024

/** Of two texts (§5.3.2.32 allows one) the one that has an id: some put a blank or a NUL into short_message. */
/** The beginning of it: a receipt has some 150 characters, and its patterns look for one field behind another. */
function receiptText(message: ReceivedMessage): string {
  return wholeText(message).slice(0, maxReceiptLength)
}

function wholeText(message: ReceivedMessage): string {
  const text = decoded(messageBytes(message).subarray(partOf(message).textFrom))
  if (message.tlvs.length === 0 || message.shortMessage.length === 0 || idPattern.test(text)) return text
  const payload = findTlv(message.tlvs, tag.messagePayload)
  return payload === undefined ? text : decoded(payload)
}

function decoded(whole: Uint8Array): string {
  const bytes = whole.subarray(0, longestText)
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  // data_coding is not to be believed: ASCII goes by 8, UTF-16 by 0, in either order of its octets.
  let even = 0
  let odd = 0
  for (let i = 0; i < bytes.length; i++) if (bytes[i] === 0) i & 1 ? odd++ : even++
  const isWide = (even + odd) * 3 > bytes.length
  if (!isWide) return buffer.toString('latin1')
  const units = Buffer.from(buffer.subarray(0, bytes.length & ~1))
  return (even >= odd ? units.swap16() : units).toString('utf16le')
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

/** The text of a receipt, Appendix B, without the first characters of the message. */
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
