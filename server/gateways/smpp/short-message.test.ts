import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bindPdu, command, isMalformed, nextSequence, readBind, readMessageId, status, writeIdResp } from './pdu.ts'
import {
  messageBytes,
  partOf,
  type ReceivedMessage,
  readShortMessage,
  type ShortMessage,
  shortMessageSize,
  writeDeliverSm,
  writeSubmitSm,
} from './short-message.ts'
import { encodeTlvs, findTlv, tag } from './tlv.ts'

const octet = fc.integer({ min: 0, max: 255 })
const cString = (max: number) =>
  fc.string({ unit: fc.integer({ min: 1, max: 255 }).map(c => String.fromCharCode(c)), maxLength: max })
const message: fc.Arbitrary<ShortMessage> = fc.record({
  serviceType: cString(5),
  sourceTon: octet,
  sourceNpi: octet,
  source: cString(20),
  destTon: octet,
  destNpi: octet,
  dest: cString(20),
  esmClass: octet.map(o => o & ~0x40),
  protocolId: octet,
  priority: octet,
  scheduleDeliveryTime: cString(16),
  validityPeriod: cString(16),
  registeredDelivery: octet,
  replaceIfPresent: octet,
  dataCoding: octet,
  shortMessage: fc.uint8Array({ maxLength: 254 }),
  tlvs: fc
    .array(fc.record({ tag: fc.integer({ min: 0, max: 0xffff }), value: fc.uint8Array({ maxLength: 300 }) }), {
      maxLength: 4,
    })
    .map(encodeTlvs),
})

const plain: ShortMessage = {
  sourceTon: 5,
  sourceNpi: 0,
  source: 'Homing',
  destTon: 1,
  destNpi: 1,
  dest: '46701234567',
  esmClass: 0,
  registeredDelivery: 1,
  dataCoding: 0,
  shortMessage: Buffer.from('Hello'),
}

function encode(m: ShortMessage, write = writeSubmitSm): Buffer {
  const buffer = Buffer.alloc(shortMessageSize(m))
  return buffer.subarray(0, write(buffer, 0, 7, m))
}

function read(pdu: Buffer): ReceivedMessage {
  const result = readShortMessage(pdu)
  if (isMalformed(result)) throw new Error(result.malformed)
  return result
}

describe('submit_sm and deliver_sm', () => {
  test('what is written is read back, field by field, both ways', () => {
    fc.assert(
      fc.property(message, fc.boolean(), (m, deliver) => {
        const pdu = encode(m, deliver ? writeDeliverSm : writeSubmitSm)
        expect(pdu.readUInt32BE(0)).toBe(pdu.length)
        expect(pdu.readUInt32BE(4)).toBe(deliver ? command.deliverSm : command.submitSm)
        const { raw, sequence, shortMessage, tlvs, ...fields } = read(pdu)
        expect(sequence).toBe(7)
        expect(raw).toBe(pdu)
        expect({ ...fields, shortMessage: [...shortMessage], tlvs: [...tlvs] }).toEqual({
          ...m,
          shortMessage: [...m.shortMessage],
          tlvs: [...(m.tlvs ?? [])],
        })
      }),
    )
  })

  test('a PDU that is cut anywhere, its length made right, is read or refused, and never throws', () => {
    const whole = encode({ ...plain, tlvs: encodeTlvs([{ tag: tag.messageState, value: Uint8Array.of(2) }]) })
    for (let length = 16; length < whole.length; length++) {
      const cut = Buffer.from(whole.subarray(0, length))
      const result = readShortMessage(cut)
      if (!isMalformed(result)) expect(length).toBe(whole.length - 5)
    }
  })

  test('random octets never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 400 }), bytes => {
        const result = readShortMessage(Buffer.from(bytes))
        if (!isMalformed(result)) partOf(result)
      }),
      { numRuns: 2000 },
    )
  })

  test.each<[string, ShortMessage, number, (pdu: Buffer) => void]>([
    ['sm_length past the end', plain, status.invalidMessageLength, pdu => pdu.writeUInt8(255, pdu.length - 6)],
    [
      'a C string without NUL',
      { ...plain, shortMessage: new Uint8Array(0) },
      status.invalidCommandLength,
      pdu => void pdu.fill(0x41, 16),
    ],
    [
      'a user data header past the end',
      { ...plain, esmClass: 0x40, shortMessage: Uint8Array.of(255, 0, 3, 1) },
      status.invalidEsmClass,
      () => {},
    ],
    [
      'an element past its header',
      { ...plain, esmClass: 0x40, shortMessage: Uint8Array.of(2, 0, 9, 1) },
      status.invalidEsmClass,
      () => {},
    ],
    [
      'no user data header at all',
      { ...plain, esmClass: 0x40, shortMessage: new Uint8Array(0) },
      status.invalidEsmClass,
      () => {},
    ],
    [
      'a parameter past the end',
      { ...plain, tlvs: Uint8Array.of(4, 39, 0, 9, 1) },
      status.invalidOptionalPart,
      () => {},
    ],
    ['half a parameter header', { ...plain, tlvs: Uint8Array.of(4, 39, 0) }, status.invalidOptionalPart, () => {}],
  ])('%s is refused', (_, m, expected, spoil) => {
    const pdu = encode(m)
    spoil(pdu)
    expect(readShortMessage(pdu)).toMatchObject({ status: expected })
  })

  test('values that SMPP cannot carry are refused before anything is sent', () => {
    const buffer = Buffer.alloc(1000)
    expect(() => writeSubmitSm(buffer, 0, 1, { ...plain, source: 'x'.repeat(21) })).toThrow(RangeError)
    expect(() => writeSubmitSm(buffer, 0, 1, { ...plain, source: '店' })).toThrow(RangeError)
    expect(() => writeSubmitSm(buffer, 0, 1, { ...plain, dest: '46\0' })).toThrow(RangeError)
    expect(() => writeSubmitSm(buffer, 0, 1, { ...plain, shortMessage: new Uint8Array(255) })).toThrow(RangeError)
  })

  test('the part of a long message is recognized by 8-bit, 16-bit and sar references', () => {
    const text = [0x41, 0x42]
    const part = (m: Partial<ShortMessage>) => partOf(read(encode({ ...plain, ...m })))
    expect(part({ esmClass: 0x40, shortMessage: Uint8Array.of(5, 0, 3, 9, 3, 2, ...text) })).toEqual({
      part: { reference: 9, total: 3, number: 2 },
      textFrom: 6,
    })
    expect(part({ esmClass: 0x43, shortMessage: Uint8Array.of(6, 8, 4, 1, 2, 3, 1, ...text) })).toEqual({
      part: { reference: 258, total: 3, number: 1 },
      textFrom: 7,
    })
    const tlvs = encodeTlvs([
      { tag: tag.sarMessageReference, value: Uint8Array.of(1, 2) },
      { tag: tag.sarTotalSegments, value: Uint8Array.of(2) },
      { tag: tag.sarSegmentSequence, value: Uint8Array.of(1) },
    ])
    expect(part({ tlvs }).part).toEqual({ reference: 258, total: 2, number: 1 })
    expect(part({}).part).toBeUndefined()
  })

  test('message_payload replaces an empty short_message', () => {
    const tlvs = encodeTlvs([{ tag: tag.messagePayload, value: new Uint8Array(300).fill(65) }])
    expect(messageBytes(read(encode({ ...plain, shortMessage: new Uint8Array(0), tlvs })))).toHaveLength(300)
  })
})

describe('the small PDUs', () => {
  test('a bind is read back', () => {
    const bind = {
      id: command.bindTransceiver,
      systemId: 'homing',
      password: 'longer than eight',
      systemType: '',
      interfaceVersion: 0x34,
      addressTon: 0,
      addressNpi: 0,
      addressRange: '',
    }
    expect(readBind(bindPdu(bind, 1))).toEqual(bind)
    expect(readBind(bindPdu(bind, 1).subarray(0, 20))).toMatchObject({ status: status.invalidCommandLength })
  })

  test('a message id is read back, may be left out, and may lack its NUL', () => {
    const buffer = Buffer.alloc(100)
    const end = writeIdResp(buffer, 3, command.submitSmResp, 0, 5, 'AB-12')
    expect(readMessageId(buffer, 3, end)).toBe('AB-12')
    expect(readMessageId(buffer, 3, 19)).toBe('')
    expect(readMessageId(buffer, 3, end - 1)).toBe('AB-12')
  })

  test('sequence numbers begin again after 0x7fffffff', () => {
    expect(nextSequence(1)).toBe(2)
    expect(nextSequence(0x7fff_ffff)).toBe(1)
  })

  test('a parameter is found among others', () => {
    const bytes = encodeTlvs([
      { tag: 1, value: new Uint8Array(3) },
      { tag: tag.messageState, value: Uint8Array.of(2) },
    ])
    expect(findTlv(bytes, tag.messageState)).toEqual(Uint8Array.of(2))
    expect(findTlv(bytes, 9)).toBeUndefined()
  })
})
