/**
 * submit_sm and deliver_sm: the same body both ways (SMPP 3.4 §4.4.1, §4.6.1). Texts are bytes here; what they say is
 * core/sms. The writers are the hot path of sending: no objects, one pass, bounded size.
 */
import {
  command,
  headerLength,
  isMalformed,
  type Malformed,
  PduReader,
  status,
  writeCString,
  writeHeader,
} from './pdu.ts'
import { findTlv, tag, tlvsFit, tlvsWithin } from './tlv.ts'

export type ShortMessage = {
  readonly serviceType?: string
  readonly sourceTon: number
  readonly sourceNpi: number
  readonly source: string
  readonly destTon: number
  readonly destNpi: number
  /** Digits without plus. */
  readonly dest: string
  /** 0x40: the bytes open with a user data header; deliver_sm: 0x04 receipt. §5.2.12 */
  readonly esmClass: number
  readonly protocolId?: number
  readonly priority?: number
  readonly scheduleDeliveryTime?: string
  /** `YYMMDDhhmmss000R`, §7.1.1 */
  readonly validityPeriod?: string
  /** 1: a final receipt is wanted. §5.2.17 */
  readonly registeredDelivery: number
  readonly replaceIfPresent?: number
  /** 0 the SMSC's default alphabet (GSM), 8 UCS-2. §5.2.19 */
  readonly dataCoding: number
  /** At most 254 octets, header included. */
  readonly shortMessage: Uint8Array
  /** Encoded optional parameters, see tlv.ts. */
  readonly tlvs?: Uint8Array
}

export type ReceivedMessage = Required<ShortMessage> & {
  readonly sequence: number
  /** The whole PDU as it came, for those who keep it raw. */
  readonly raw: Buffer
  /** Why nothing of it could be read but its sequence number; never set by readShortMessage. */
  readonly malformed?: string
}

/** The most octets that writeShortMessage can need for this message. */
export function shortMessageSize(message: ShortMessage): number {
  return headerLength + 110 + message.shortMessage.length + (message.tlvs?.length ?? 0)
}

export function writeSubmitSm(buffer: Buffer, offset: number, sequence: number, message: ShortMessage): number {
  return writeShortMessage(buffer, offset, command.submitSm, sequence, message)
}

export function writeDeliverSm(buffer: Buffer, offset: number, sequence: number, message: ShortMessage): number {
  return writeShortMessage(buffer, offset, command.deliverSm, sequence, message)
}

function writeShortMessage(buffer: Buffer, offset: number, id: number, sequence: number, m: ShortMessage): number {
  const text = m.shortMessage
  if (text.length > 254) throw new RangeError(`short_message has ${text.length} octets, SMPP allows 254`)
  let at = offset + headerLength
  at = writeCString(buffer, at, m.serviceType ?? '', 6, 'service_type')
  buffer[at++] = m.sourceTon
  buffer[at++] = m.sourceNpi
  at = writeCString(buffer, at, m.source, 21, 'source_addr')
  buffer[at++] = m.destTon
  buffer[at++] = m.destNpi
  at = writeCString(buffer, at, m.dest, 21, 'destination_addr')
  buffer[at++] = m.esmClass
  buffer[at++] = m.protocolId ?? 0
  buffer[at++] = m.priority ?? 0
  at = writeCString(buffer, at, m.scheduleDeliveryTime ?? '', 17, 'schedule_delivery_time')
  at = writeCString(buffer, at, m.validityPeriod ?? '', 17, 'validity_period')
  buffer[at++] = m.registeredDelivery
  buffer[at++] = m.replaceIfPresent ?? 0
  buffer[at++] = m.dataCoding
  buffer[at++] = 0 // sm_default_msg_id
  buffer[at++] = text.length
  buffer.set(text, at)
  at += text.length
  if (m.tlvs && m.tlvs.length > 0) {
    buffer.set(m.tlvs, at)
    at += m.tlvs.length
  }
  writeHeader(buffer, offset, at - offset, id, status.ok, sequence)
  return at
}

const noBytes = new Uint8Array(0)

/** Reads a submit_sm or deliver_sm that fills `pdu`, by the book. Texts and parameters are views into it. */
export function readShortMessage(pdu: Buffer): ReceivedMessage | Malformed {
  const message = readBody(pdu, 'whole')
  if (isMalformed(message)) return message
  const { source, dest, tlvs } = message
  if (source.length > 64) return { malformed: 'source_addr is too long', status: status.invalidSource }
  if (dest.length > 64) return { malformed: 'destination_addr is too long', status: status.invalidDestination }
  if (!tlvsFit(tlvs)) {
    return { malformed: 'an optional parameter points past the end', status: status.invalidOptionalPart }
  }
  if ((message.esmClass & udhi) !== 0 && !headerFits(messageBytes(message))) {
    return { malformed: 'the user data header points past the end', status: status.invalidEsmClass }
  }
  return message
}

const udhi = 0x40

/**
 * Reads a deliver_sm or data_sm for somebody who must not lose it: lengths that point past the end, octets too many, a user
 * data header that is none. Never fails: where nothing can be read, `malformed` says why and `raw` has it all.
 */
export function readDelivery(pdu: Buffer): ReceivedMessage {
  const message = pdu.readUInt32BE(4) === command.dataSm ? readDataSm(pdu) : readBody(pdu, 'cut')
  if (isMalformed(message))
    return { ...nothing, sequence: pdu.readUInt32BE(12), raw: pdu, malformed: message.malformed }
  const tlvs = message.tlvs.length === 0 ? message.tlvs : tlvsWithin(message.tlvs)
  const whole = tlvs === message.tlvs ? message : { ...message, tlvs }
  const headless = (whole.esmClass & udhi) !== 0 && !headerFits(messageBytes(whole))
  return headless ? { ...whole, esmClass: whole.esmClass & ~udhi } : whole
}

const nothing: Required<ShortMessage> = {
  serviceType: '',
  sourceTon: 0,
  sourceNpi: 0,
  source: '',
  destTon: 0,
  destNpi: 0,
  dest: '',
  esmClass: 0,
  protocolId: 0,
  priority: 0,
  scheduleDeliveryTime: '',
  validityPeriod: '',
  registeredDelivery: 0,
  replaceIfPresent: 0,
  dataCoding: 0,
  shortMessage: noBytes,
  tlvs: noBytes,
}

/** §4.7.1: the addresses, three octets, and everything else as parameters. */
function readDataSm(pdu: Buffer): ReceivedMessage | Malformed {
  const reader = new PduReader(pdu)
  const message = {
    ...nothing,
    sequence: pdu.readUInt32BE(12),
    serviceType: reader.cString('service_type'),
    sourceTon: reader.octet(),
    sourceNpi: reader.octet(),
    source: reader.cString('source_addr'),
    destTon: reader.octet(),
    destNpi: reader.octet(),
    dest: reader.cString('destination_addr'),
    esmClass: reader.octet(),
    registeredDelivery: reader.octet(),
    dataCoding: reader.octet(),
    raw: pdu,
  }
  return reader.fault ?? { ...message, tlvs: pdu.subarray(reader.at) }
}

/** `cut`: a text that is shorter than its length says is taken as it is. */
function readBody(pdu: Buffer, text: 'whole' | 'cut'): ReceivedMessage | Malformed {
  const reader = new PduReader(pdu)
  const serviceType = reader.cString('service_type')
  const sourceTon = reader.octet()
  const sourceNpi = reader.octet()
  const source = reader.cString('source_addr')
  const destTon = reader.octet()
  const destNpi = reader.octet()
  const dest = reader.cString('destination_addr')
  const esmClass = reader.octet()
  const protocolId = reader.octet()
  const priority = reader.octet()
  const scheduleDeliveryTime = reader.cString('schedule_delivery_time')
  const validityPeriod = reader.cString('validity_period')
  const registeredDelivery = reader.octet()
  const replaceIfPresent = reader.octet()
  const dataCoding = reader.octet()
  reader.octet() // sm_default_msg_id
  const length = reader.octet()
  const start = reader.at
  if (text === 'whole' && start + length > pdu.length)
    reader.fail('sm_length points past the end', status.invalidMessageLength)
  if (reader.fault) return reader.fault
  const textEnd = Math.min(start + length, pdu.length)
  return {
    sequence: pdu.readUInt32BE(12),
    serviceType,
    sourceTon,
    sourceNpi,
    source,
    destTon,
    destNpi,
    dest,
    esmClass,
    protocolId,
    priority,
    scheduleDeliveryTime,
    validityPeriod,
    registeredDelivery,
    replaceIfPresent,
    dataCoding,
    shortMessage: pdu.subarray(start, textEnd),
    tlvs: textEnd === pdu.length ? noBytes : pdu.subarray(textEnd),
    raw: pdu,
  }
}

/** The user data: short_message, or message_payload where that is empty (§5.3.2.32: never both). */
export function messageBytes(message: Pick<ReceivedMessage, 'shortMessage' | 'tlvs'>): Uint8Array {
  if (message.shortMessage.length > 0 || message.tlvs.length === 0) return message.shortMessage
  return findTlv(message.tlvs, tag.messagePayload) ?? message.shortMessage
}

/** UDHL and each element within the bytes: 3GPP TS 23.040 §9.2.3.24 */
function headerFits(bytes: Uint8Array): boolean {
  const length = bytes[0]
  if (length === undefined || length + 1 > bytes.length) return false
  let at = 1
  while (at < length + 1) {
    if (at + 2 > length + 1) return false
    at += 2 + bytes[at + 1]!
  }
  return at === length + 1
}

export type Concatenation = { readonly reference: number; readonly total: number; readonly number: number }

/**
 * The part of a long message that this is, by its user data header (8- or 16-bit reference, 3GPP TS 23.040 §9.2.3.24.1
 * and .8) or its sar_ parameters (§5.3.2.22–24), and where its text begins. A header that fits is taken for granted.
 */
export function partOf(message: ReceivedMessage): { part: Concatenation | undefined; textFrom: number } {
  const bytes = messageBytes(message)
  if ((message.esmClass & 0x40) !== 0) {
    const textFrom = 1 + bytes[0]!
    for (let at = 1; at + 2 <= textFrom; at += 2 + bytes[at + 1]!) {
      const size = bytes[at + 1]!
      if (bytes[at] === 0x00 && size === 3) {
        return { part: { reference: bytes[at + 2]!, total: bytes[at + 3]!, number: bytes[at + 4]! }, textFrom }
      }
      if (bytes[at] === 0x08 && size === 4) {
        const reference = (bytes[at + 2]! << 8) | bytes[at + 3]!
        return { part: { reference, total: bytes[at + 4]!, number: bytes[at + 5]! }, textFrom }
      }
    }
    return { part: undefined, textFrom }
  }
  const reference = message.tlvs.length > 0 ? findTlv(message.tlvs, tag.sarMessageReference) : undefined
  const total = reference && findTlv(message.tlvs, tag.sarTotalSegments)?.[0]
  const number = reference && findTlv(message.tlvs, tag.sarSegmentSequence)?.[0]
  if (reference?.length !== 2 || total === undefined || number === undefined) return { part: undefined, textFrom: 0 }
  return { part: { reference: (reference[0]! << 8) | reference[1]!, total, number }, textFrom: 0 }
}
