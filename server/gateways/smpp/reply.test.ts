import { expect, test } from 'vitest'
import { classifyReply } from '../../../core/sms/keywords.ts'
import { isMalformed } from './pdu.ts'
import { decodeText, readReply } from './reply.ts'
import { readShortMessage, type ShortMessage, writeDeliverSm } from './short-message.ts'
import { encodeTlvs, tag } from './tlv.ts'

const ascii = (text: string) => Buffer.from(text, 'latin1')
const utf16 = (text: string) => Buffer.from(text, 'utf16le').swap16()
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

function received(given: Partial<ShortMessage>) {
  const buffer = Buffer.alloc(2000)
  const end = writeDeliverSm(buffer, 0, 1, {
    sourceTon: 1,
    sourceNpi: 1,
    source: '46701740605',
    destTon: 5,
    destNpi: 0,
    dest: 'Shop',
    esmClass: 0,
    registeredDelivery: 0,
    dataCoding: 0,
    shortMessage: Buffer.alloc(0),
    ...given,
  })
  const message = readShortMessage(buffer.subarray(0, end))
  if (isMalformed(message)) throw new Error(message.malformed)
  return message
}

test.each([
  ...[0x00, 0x01, 0x02, 0x03, 0x04, 0x10, 0x11, 0x12, 0x13, 0x14, 0x17, 0x30, 0x40, 0x50, 0xc0, 0xc8, 0xd0].map(
    coding => [coding, ascii('STOP')] as const,
  ),
  ...[0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7].map(coding => [coding, ascii('STOP')] as const),
  ...[0x08, 0x18, 0x19, 0x1a, 0x1b, 0x38, 0x48, 0x58, 0x59, 0x5a, 0x5b, 0xe0, 0xe8].map(
    coding => [coding, utf16('STOP')] as const,
  ),
  [0, utf16('STOP')] as const,
  [0, utf16('\ufeffSTOP')] as const,
  [0, Buffer.from('STOP', 'utf16le')] as const,
  [0xf0, utf16('STOP')] as const,
  [8, Buffer.from('STOP', 'utf16le')] as const,
  [8, Buffer.from('\ufeffSTOP', 'utf16le')] as const,
  [0, hex('53EA130A')] as const, // packed septets
  ...[0x08, 0x18, 0x1b, 0xe0].flatMap(coding =>
    ['STOP', 'Stopp', 'stop tack', 'UNSUBSCRIBE', 'ARRET'].map(text => [coding, ascii(text)] as const),
  ),
])('STOP with data_coding %i as %j is an opt-out', (coding, bytes) => {
  const text = decodeText(bytes, coding)
  expect(classifyReply(text).kind, JSON.stringify(text)).toBe('opt_out')
})

test.each<[string, number, Buffer]>([
  ['ARRÊT', 0, ascii('ARRÊT')],
  ['ARRÊT', 1, ascii('ARRÊT')],
  ['ARRÊT', 3, ascii('ARRÊT')],
  ['ARRÊT', 0xf1, ascii('ARRÊT')],
  ['ARRÊT', 0, Buffer.from('ARRÊT')],
  ['ARRÊT', 3, Buffer.from('ARRÊT')],
  ['СТОП', 0, utf16('СТОП')],
  ['停止', 8, utf16('停止')], // 50 5C 6B 62: each octet is an ASCII character
  ['協佐', 0, utf16('\ufeff協佐')],
  ['СТОП', 0, Buffer.from('СТОП')],
  ['СТОП', 6, hex('C1 C2 BE BF')],
  ['הסר', 7, hex('E4 F1 F8')],
  ['הסר', 0, utf16('הסר')],
  ['توقف', 0x19, utf16('توقف')],
  ['ΣTOΠ', 0, hex('18 54 4F 16')], // Σ and Π are of the GSM alphabet
  ['@£$', 3, hex('00 01 02')], // septets that are called Latin-1
])('%s with data_coding %i is read from its octets', (text, coding, bytes) => {
  expect(decodeText(bytes, coding)).toBe(text)
})

test('septets are not taken for UCS-2', () => {
  for (const text of ['STOP', ' S T O P', 'a b c d ', '@ home', 'é@', 'Hello you', '1234', '    '])
    expect(
      decodeText(Buffer.from([...text].map(character => ({ '@': 0, é: 5 })[character] ?? character.charCodeAt(0))), 0),
    ).toBe(text)
})

test('a text in message_payload is read like one in short_message', () => {
  const tlvs = encodeTlvs([{ tag: tag.messagePayload, value: utf16('СТОП') }])
  expect(readReply(received({ dataCoding: 8, tlvs }))).toEqual({ text: 'СТОП', part: undefined })
})

test('a part knows its place: by a header of 8 or 16 bits, by sar_ parameters', () => {
  const part = { reference: 7, total: 2, number: 1 }
  const first = Buffer.from('STOP')
  expect(readReply(received({ esmClass: 0x40, shortMessage: Buffer.concat([hex('050003070201'), first]) }))).toEqual({
    text: 'STOP',
    part,
  })
  expect(readReply(received({ esmClass: 0x40, shortMessage: Buffer.concat([hex('06080400070201'), first]) }))).toEqual({
    text: 'STOP',
    part,
  })
  const tlvs = encodeTlvs([
    { tag: tag.sarMessageReference, value: hex('0007') },
    { tag: tag.sarTotalSegments, value: hex('02') },
    { tag: tag.sarSegmentSequence, value: hex('01') },
  ])
  expect(readReply(received({ shortMessage: first, tlvs }))).toEqual({ text: 'STOP', part })
})

test('a header without a place, of one part, or with an impossible one is of a whole text', () => {
  for (const header of ['050003070101', '050003070203', '050003070200', '050003070001', '03240101'])
    expect(
      readReply(received({ esmClass: 0x40, shortMessage: Buffer.concat([hex(header), Buffer.from('STOP')]) })),
      header,
    ).toEqual({ text: 'STOP', part: undefined })
})

test('any octets have a text', () => {
  for (let coding = 0; coding < 256; coding++)
    for (let n = 0; n < 12; n++) {
      const bytes = Uint8Array.from({ length: n }, (_, i) => (coding * 31 + i * 97 + n * 7) & 255)
      expect(decodeText(bytes, coding)).toBeTypeOf('string')
    }
})
