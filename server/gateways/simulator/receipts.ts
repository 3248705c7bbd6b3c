/**
 * Receipts on their way back: over the session that submitted; where that one is gone, over another of the same account.
 * Kept until acknowledged, sent again after a lost connection, a time-out or an error (at least once). Each is a deliver_sm of
 * SMPP 3.4 Appendix B with its optional parameters.
 */
import { command, headerLength, status, writeCString, writeHeader } from '../smpp/pdu.ts'
import type { ServerSession } from '../smpp/server.ts'
import { tag } from '../smpp/tlv.ts'

/** Its owner. `systemId` '': of a journal that did not tell, so anybody's. */
export type ReceiptOwner = {
  readonly systemId: string
  /** the session that submitted; undefined after a restart */
  readonly session: ServerSession<SimulatedReceipt> | undefined
}

/** One attempt of a message, and how many of its receipts are still to be acknowledged. */
export type SimulatedAttempt = {
  readonly message: number
  readonly number: string
  /** From 1. */
  readonly attempt: number
  readonly sender: string
  readonly owner: ReceiptOwner
  readonly ids: readonly string[]
  readonly at: number
  left: number
}

export type SimulatedVerdict = 'delivered' | 'expired' | 'undeliverable'

const verdicts = {
  delivered: { text: 'stat:DELIVRD err:000 text:', dlvrd: '001', state: 2, gsmError: 0 },
  expired: { text: 'stat:EXPIRED err:000 text:', dlvrd: '000', state: 3, gsmError: 0 },
  // MAP 1, unknown subscriber: evidence against the number.
  undeliverable: { text: 'stat:UNDELIV err:001 text:', dlvrd: '000', state: 5, gsmError: 1 },
} as const

/** One receipt of one part. */
export type SimulatedReceipt = {
  readonly attempt: SimulatedAttempt
  readonly id: string
  readonly verdict: SimulatedVerdict
}

/** Above every receipt: two addresses of 21, an id of 65 twice, the text and the parameters around them. */
export const receiptSize = 400

/** Writes it as deliver_sm: one pass, no objects. */
export function writeReceipt(
  buffer: Buffer,
  offset: number,
  sequence: number,
  { attempt, id, verdict }: SimulatedReceipt,
): number {
  const words = verdicts[verdict]
  const { number, sender } = attempt
  const first = sender.charCodeAt(0)
  const numeric = first >= 0x30 && first <= 0x39
  let at = offset + headerLength
  buffer[at++] = 0 // service_type
  buffer[at++] = 1
  buffer[at++] = 1
  at = writeCString(buffer, at, number, 21, 'source_addr')
  buffer[at++] = numeric ? 1 : 5
  buffer[at++] = numeric ? 1 : 0
  at = writeCString(buffer, at, sender, 21, 'destination_addr')
  buffer[at++] = 0x04 // esm_class: receipt
  buffer.fill(0, at, at + 8) // protocol_id … sm_default_msg_id
  at += 8
  const dates = ` sub:001 dlvrd:${words.dlvrd} submit date:${minuteOf(attempt.at)} done date:${minuteOf(Date.now())} `
  const length = buffer.write(`id:${id}${dates}${words.text}`, at + 1, 'latin1')
  buffer[at] = length
  at += 1 + length
  at = writeTag(buffer, at, tag.receiptedMessageId, id.length + 1)
  at = writeCString(buffer, at, id, 65, 'receipted_message_id')
  at = writeTag(buffer, at, tag.messageState, 1)
  buffer[at++] = words.state
  if (words.gsmError > 0) {
    at = writeTag(buffer, at, tag.networkErrorCode, 3)
    buffer[at++] = 3 // GSM
    buffer[at++] = 0
    buffer[at++] = words.gsmError
  }
  writeHeader(buffer, offset, at - offset, command.deliverSm, status.ok, sequence)
  return at
}

function writeTag(buffer: Buffer, at: number, name: number, length: number): number {
  buffer.writeUInt16BE(name, at)
  buffer.writeUInt16BE(length, at + 2)
  return at + 4
}

type Sessions = ReadonlySet<ServerSession<SimulatedReceipt>>

export class ReceiptQueue {
  readonly #sessions: () => Sessions
  /** By session, and by account for what no living session submitted. */
  readonly #lines = new Map<ServerSession<SimulatedReceipt> | string, Line>()
  #open = 0

  constructor(sessions: () => Sessions) {
    this.#sessions = sessions
  }

  /** Receipts that nobody has acknowledged yet. */
  get open(): number {
    return this.#open
  }

  add(receipt: SimulatedReceipt): void {
    this.#open++
    this.again(receipt)
  }

  /** Sends what the windows of the bound sessions have room for. */
  pump(): void {
    for (const session of this.#sessions())
      for (const key of [session, session.systemId, '']) {
        const line = this.#lines.get(key)
        if (line === undefined) continue
        const receipts = line.take(session.room)
        if (receipts.length > 0) session.deliverWritten(receipts, receiptSize, writeReceipt)
        if (line.size === 0) this.#lines.delete(key)
      }
  }

  /** True: it was the last of its attempt. */
  acknowledged(receipt: SimulatedReceipt): boolean {
    this.#open--
    return --receipt.attempt.left === 0
  }

  /** Was not acknowledged: it waits for its turn again. */
  again(receipt: SimulatedReceipt): void {
    const { session, systemId } = receipt.attempt.owner
    const key = session !== undefined && this.#sessions().has(session) ? session : systemId
    const line = this.#lines.get(key)
    if (line !== undefined) line.add(receipt)
    else this.#lines.set(key, new Line(receipt))
  }

  /** A session has ended: what waits for it goes to others of its account. */
  ended(session: ServerSession<SimulatedReceipt>): void {
    const line = this.#lines.get(session)
    this.#lines.delete(session)
    for (const receipt of line?.take(line.size) ?? []) this.again(receipt)
  }
}

/** First in, first out. */
class Line {
  #waiting: SimulatedReceipt[]
  #head = 0

  constructor(first: SimulatedReceipt) {
    this.#waiting = [first]
  }

  get size(): number {
    return this.#waiting.length - this.#head
  }

  add(receipt: SimulatedReceipt): void {
    this.#waiting.push(receipt)
  }

  /** The limit. */
  take(most: number): SimulatedReceipt[] {
    const taken = this.#waiting.slice(this.#head, this.#head + most)
    this.#head += taken.length
    if (this.#head > 10_000) {
      this.#waiting.splice(0, this.#head)
      this.#head = 0
    }
    return taken
  }
}

let knownMinute = -1
let knownText = ''

/** YYMMDDhhmm in UTC, Appendix B */
function minuteOf(time: number): string {
  const minute = Math.floor(time / 60_000)
  if (minute !== knownMinute) {
    knownMinute = minute
    knownText = new Date(time).toISOString().replace(/\D/g, '').slice(2, 12)
  }
  return knownText
}
