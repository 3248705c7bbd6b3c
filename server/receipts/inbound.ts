/** What a gateway delivered, as records for the inbox: receipts, replies of people, and visibly what could not be read. */
import { decodeGsm, decodeUcs2 } from '../../core/sms/gsm.ts'
import { isReply, parseReceipt } from '../gateways/smpp/receipt.ts'
import { messageBytes, type ReceivedMessage } from '../gateways/smpp/short-message.ts'
import type { InboxRecord } from '../inbox/record.ts'

/** at: business time of arrival. Never throws. */
export function recordOf(message: ReceivedMessage, gatewayId: number, at: Date): InboxRecord {
  const receipt = parseReceipt(message)
  if (receipt !== null && receipt.providerId !== '') {
    const { providerId, state, counts, code, afterMs } = receipt
    return {
      kind: 'receipt',
      gatewayId,
      at,
      body: {
        providerId,
        state,
        counts,
        code,
        number: digits(message.source),
        sender: message.dest,
        ...(afterMs === undefined ? {} : { afterMs }),
      },
    }
  }
  if (receipt === null && isReply(message))
    return {
      kind: 'reply',
      gatewayId,
      at,
      body: { number: digits(message.source), sender: message.dest, text: textOf(message) },
    }
  return {
    kind: 'unreadable',
    gatewayId,
    at,
    body: {
      hex: message.raw.toString('hex'),
      why: receipt === null ? 'neither receipt nor reply' : 'a receipt without an id',
    },
  }
}

const digits = (address: string) => address.replace(/^\+|^00/, '')

const maxReply = 2000

function textOf(message: ReceivedMessage): string {
  let bytes = messageBytes(message)
  if ((message.esmClass & 0x40) !== 0) bytes = bytes.subarray(Math.min(bytes.length, 1 + (bytes[0] ?? 0)))
  const text =
    message.dataCoding === 8
      ? decodeUcs2(bytes)
      : message.dataCoding === 3 || message.dataCoding === 1
        ? Buffer.from(bytes).toString('latin1')
        : decodeGsm(bytes)
  // PostgreSQL takes no NUL; nobody writes one.
  return text.replaceAll('\0', '').slice(0, maxReply)
}
