/**
 * What do the PDUs of SMPP 3.4 look like on the wire? Ids, the header, binds and the small PDUs; messages are in
 * short-message.ts, optional parameters in tlv.ts, cutting the stream in framer.ts.
 *
 * Always holds: writers put exactly the bytes of one PDU at `offset` and return the offset behind it; they throw
 * RangeError for a value that has no place on the wire. Readers never throw: bytes of a peer that break the rules come
 * back as `Malformed` with the command_status to answer. Source: SMPP 3.4 issue 1.2.
 */

/** command_id, SMPP 3.4 §5.1.2.1 */
export const command = {
  genericNack: 0x8000_0000,
  bindReceiver: 0x0000_0001,
  bindReceiverResp: 0x8000_0001,
  bindTransmitter: 0x0000_0002,
  bindTransmitterResp: 0x8000_0002,
  submitSm: 0x0000_0004,
  submitSmResp: 0x8000_0004,
  deliverSm: 0x0000_0005,
  deliverSmResp: 0x8000_0005,
  unbind: 0x0000_0006,
  unbindResp: 0x8000_0006,
  bindTransceiver: 0x0000_0009,
  bindTransceiverResp: 0x8000_0009,
  enquireLink: 0x0000_0015,
  enquireLinkResp: 0x8000_0015,
  dataSm: 0x0000_0103,
  dataSmResp: 0x8000_0103,
} as const

/** Set in the command_id of every response, §5.1.2 */
export const responseBit = 0x8000_0000

/** The statuses that the protocol itself answers with, §5.1.3; what they mean for a message: core/gateways/smpp.ts */
export const status = {
  ok: 0x00,
  invalidMessageLength: 0x01,
  invalidCommandLength: 0x02,
  invalidCommandId: 0x03,
  invalidBindStatus: 0x04,
  alreadyBound: 0x05,
  systemError: 0x08,
  invalidSource: 0x0a,
  invalidDestination: 0x0b,
  bindFailed: 0x0d,
  invalidPassword: 0x0e,
  invalidSystemId: 0x0f,
  queueFull: 0x14,
  invalidEsmClass: 0x43,
  throttled: 0x58,
  invalidSchedule: 0x61,
  invalidExpiry: 0x62,
  temporaryAppError: 0x64,
  invalidOptionalPart: 0xc0,
} as const

export const headerLength = 16
/** Above this a command_length is taken for garbage: message_payload alone may be 64 KiB (§5.3.2.32), nothing we use is. */
export const maxPduLength = 65_536
export const maxSequence = 0x7fff_ffff

export type Malformed = { readonly malformed: string; readonly status: number }

export function isMalformed(value: object): value is Malformed {
  return 'malformed' in value
}

/** Sequence numbers run 1 … 0x7fffffff and start again, §3.2 */
export function nextSequence(sequence: number): number {
  return sequence >= maxSequence ? 1 : sequence + 1
}

export function writeHeader(
  buffer: Buffer,
  offset: number,
  length: number,
  id: number,
  commandStatus: number,
  sequence: number,
): number {
  buffer.writeUInt32BE(length, offset)
  buffer.writeUInt32BE(id, offset + 4)
  buffer.writeUInt32BE(commandStatus, offset + 8)
  buffer.writeUInt32BE(sequence, offset + 12)
  return offset + headerLength
}

/** The PDUs that are a header only: enquire_link, unbind, their responses, generic_nack, error responses (§4.1.1, §4.2, §4.11). */
export function headerOnly(id: number, commandStatus: number, sequence: number): Buffer {
  const buffer = Buffer.allocUnsafe(headerLength)
  writeHeader(buffer, 0, headerLength, id, commandStatus, sequence)
  return buffer
}

/** A C-Octet String (§3.1): at most `max` octets with its NUL, and only characters that have one octet. */
export function writeCString(buffer: Buffer, offset: number, text: string, max: number, field: string): number {
  const length = text.length
  if (length >= max) throw new RangeError(`${field} has ${length} characters, SMPP allows ${max - 1}`)
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i)
    if (code === 0 || code > 0xff) throw new RangeError(`${field} has a character that SMPP cannot carry`)
    buffer[offset + i] = code
  }
  buffer[offset + length] = 0
  return offset + length + 1
}

export type Bind = {
  readonly id: number
  readonly systemId: string
  readonly password: string
  readonly systemType: string
  readonly interfaceVersion: number
  readonly addressTon: number
  readonly addressNpi: number
  readonly addressRange: string
}

/** Longer than the standard's 8 characters (§5.2.2): many operators hand out longer passwords and take them. */
const maxPassword = 65

/** bind_transceiver, bind_transmitter, bind_receiver: §4.1 */
export function bindPdu(bind: Bind, sequence: number): Buffer {
  const buffer = Buffer.allocUnsafe(256)
  let at = headerLength
  at = writeCString(buffer, at, bind.systemId, 16, 'system_id')
  at = writeCString(buffer, at, bind.password, maxPassword, 'password')
  at = writeCString(buffer, at, bind.systemType, 13, 'system_type')
  buffer[at++] = bind.interfaceVersion
  buffer[at++] = bind.addressTon
  buffer[at++] = bind.addressNpi
  at = writeCString(buffer, at, bind.addressRange, 41, 'address_range')
  writeHeader(buffer, 0, at, bind.id, status.ok, sequence)
  return buffer.subarray(0, at)
}

export function readBind(pdu: Buffer): Bind | Malformed {
  const reader = new PduReader(pdu)
  const bind: Bind = {
    id: pdu.readUInt32BE(4),
    systemId: reader.cString('system_id'),
    password: reader.cString('password'),
    systemType: reader.cString('system_type'),
    interfaceVersion: reader.octet(),
    addressTon: reader.octet(),
    addressNpi: reader.octet(),
    addressRange: reader.cString('address_range'),
  }
  return reader.fault ?? bind
}

/** A response whose body is one C string: bind_*_resp (system_id), submit_sm_resp and deliver_sm_resp (message_id). §4.1.2, §4.4.2, §4.6.2 */
export function writeIdResp(
  buffer: Buffer,
  offset: number,
  id: number,
  commandStatus: number,
  sequence: number,
  text: string,
): number {
  const end = writeCString(buffer, offset + headerLength, text, 65, 'message_id')
  writeHeader(buffer, offset, end - offset, id, commandStatus, sequence)
  return end
}

/** Longer than any id in the field (§5.2.23: 64); what is longer is cut, in answers and receipts alike. */
export const maxIdLength = 255

/** The message_id of a submit_sm_resp in `buffer[start, end)`, with or without its NUL; '' where it is empty or left out (§4.4.2). */
export function readMessageId(buffer: Buffer, start: number, end: number): string {
  const from = start + headerLength
  let to = from
  while (to < end && buffer[to] !== 0) to++
  return to <= from ? '' : buffer.toString('latin1', from, Math.min(to, from + maxIdLength)).trim()
}

/** Walks over the body of one PDU. The first broken rule is kept in `fault`; later reads give '' and 0. */
export class PduReader {
  readonly #pdu: Buffer
  at: number = headerLength
  fault: Malformed | undefined

  constructor(pdu: Buffer) {
    this.#pdu = pdu
  }

  fail(malformed: string, commandStatus: number): void {
    this.fault ??= { malformed, status: commandStatus }
  }

  octet(): number {
    if (this.at < this.#pdu.length) return this.#pdu[this.at++]!
    this.fail('the body ends before its last field', status.invalidCommandLength)
    return 0
  }

  /** Lengths above the standard's are let through where the PDU holds them; a missing NUL is not. */
  cString(field: string): string {
    const pdu = this.#pdu
    const start = this.at
    let to = start
    while (to < pdu.length && pdu[to] !== 0) to++
    if (to >= pdu.length) {
      this.fail(`${field} has no NUL`, status.invalidCommandLength)
      this.at = pdu.length
      return ''
    }
    this.at = to + 1
    return to === start ? '' : pdu.toString('latin1', start, to)
  }
}
