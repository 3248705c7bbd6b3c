/** What a gateway delivered, as records for the inbox: receipts, replies of people, and visibly what could not be read. */
import { cleanText } from '../../core/clean-text.ts'
import { decodeGsm, decodeUcs2 } from '../../core/sms/gsm.ts'
import { isReply, parseReceipt } from '../gateways/smpp/receipt.ts'
import { messageBytes, partOf, type ReceivedMessage } from '../gateways/smpp/short-message.ts'
import type { InboxRecord } from '../inbox/record.ts'

/** at: business time of arrival. Never throws. */
export function recordOf(message: ReceivedMessage, gatewayId: number, at: Date): InboxRecord {
  const unreadable = (why: string): InboxRecord => ({
    kind: 'unreadable',
    gatewayId,
    at,
    body: { hex: message.raw.subarray(0, maxRaw).toString('hex'), why },
  })
  if (message.malformed !== undefined) return unreadable(message.malformed)
  const receipt = parseReceipt(message)
  if (receipt === null)
    return isReply(message)
      ? {
          kind: 'reply',
          gatewayId,
          at,
          body: { number: digits(message.source), sender: cleanText(message.dest), text: textOf(message) },
        }
      : unreadable('neither receipt nor reply')
  if (receipt.providerId === '') return unreadable('a receipt without an id')
  const { providerId, otherIds, state, counts, code, covers, afterMs } = receipt
  // By the book the person is the source of a receipt; some gateways leave both as they were in the submit.
  const isTurned = !isNumber(message.source) && isNumber(message.dest)
  const [person, sender] = isTurned ? [message.dest, message.source] : [message.source, message.dest]
  return {
    kind: 'receipt',
    gatewayId,
    at,
    body: {
      providerId,
      ...(otherIds.length === 0 ? {} : { otherIds: [...otherIds] }),
      state,
      counts,
      code: code.slice(0, maxCode),
      number: isNumber(person) ? digits(person) : '',
      sender: cleanText(sender).slice(0, maxAddress),
      ...(covers === undefined ? {} : { covers }),
      ...(afterMs === undefined ? {} : { afterMs }),
    },
  }
}

/** Octets of a PDU that is kept raw: enough of it to see what it is. */
const maxRaw = 8192
const maxAddress = 64
const maxCode = 64

const isNumber = (address: string) => /^\+?[\d\s().-]{6,40}$/.test(address)
const digits = (address: string) =>
  cleanText(address)
    .slice(0, maxAddress)
    .trim()
    .replace(/^\+|^00/, '')
    .replace(/[\s().-]/g, '')

const maxReply = 2000

function textOf(message: ReceivedMessage): string {
  let bytes = messageBytes(message)
  bytes = bytes.subarray(partOf(message).textFrom)
  const text =
    message.dataCoding === 8
      ? decodeUcs2(bytes)
      : message.dataCoding === 3 || message.dataCoding === 1
        ? Buffer.from(bytes).toString('latin1')
        : decodeGsm(bytes)
  // Cut first: the cut may halve a surrogate pair.
  return cleanText(text.slice(0, maxReply))
}
