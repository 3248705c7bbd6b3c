/** What a gateway delivered, as records for the inbox: receipts, replies of people, and visibly what could not be read. */
import { cleanText } from '../../../core/clean-text.ts'
import { encodeUcs2 } from '../../../core/sms/gsm-alphabet.ts'
import { classifyReply } from '../../../core/sms/keywords.ts'
import type { Delivered, ReplyBody } from '../delivered.ts'
import { isReply, parseReceipt } from './receipt.ts'
import { readReply } from './reply.ts'
import type { ReceivedMessage } from './short-message.ts'

/** at: business time of arrival. Never throws. */
export function inboxRecordOf(message: ReceivedMessage, gatewayId: number, at: Date): Delivered {
  const unreadable = (why: string): Delivered => ({
    kind: 'unreadable',
    gatewayId,
    at,
    body: { hex: message.raw.subarray(0, maxRaw).toString('hex'), why },
  })
  if (message.malformed !== undefined) return unreadable(message.malformed)
  const receipt = parseReceipt(message)
  if (receipt === null)
    return isReply(message)
      ? { kind: 'reply', gatewayId, at, body: replyOf(message) }
      : unreadable('neither receipt nor reply')
  if (receipt.providerId === '') {
    // Some gateways mark everything as a receipt: a clear STOP among it is a person's word.
    const body = replyOf(message)
    const { kind } = classifyReply(body.text)
    if (kind === 'opt_out' || kind === 'opt_out_all') return { kind: 'reply', gatewayId, at, body }
    return unreadable('a receipt without an id')
  }
  const { providerId, otherIds, state, counts, code, covers, afterMs } = receipt
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
      // By the book the person is the source of a receipt; some gateways leave both as they were in the submit.
      number: isNumber(message.source) ? digits(message.source) : '',
      sender: cleanText(message.dest).slice(0, maxAddress),
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

function replyOf(message: ReceivedMessage): ReplyBody {
  const { text, part } = readReply(message)
  const body = {
    number: cleanText(message.source).slice(0, maxAddress),
    ton: message.sourceTon,
    sender: cleanText(message.dest).slice(0, maxAddress),
    text: cleanText(text),
  }
  // An emoji may be cut between two parts: they are joined as they came, and cleaned then.
  return part === undefined
    ? body
    : { ...body, part: { ...part, units: Buffer.from(encodeUcs2(text)).toString('hex') } }
}
