import { describe, expect, test } from 'vitest'
import { dataSm, deliverSm, receiptText, type Spoken } from '../../../test/smsc.ts'
import { inboxRecordOf } from './inbound.ts'
import { readDelivery } from './short-message.ts'
import { encodeTlvs, type Tlv, tag } from './tlv.ts'

const at = new Date('2026-11-28T12:00:00Z')
const of = (pdu: Buffer) => inboxRecordOf(readDelivery(pdu), 7, at)
const receipt = (more: Partial<Spoken> = {}) =>
  deliverSm({ from: '46701740601', to: 'Shop', esmClass: 4, text: receiptText('ab12'), ...more })
const utf16 = (text: string) => Buffer.from(text, 'utf16le').swap16()
const idTlv = (id: string): Tlv => ({ tag: tag.receiptedMessageId, value: Buffer.from(`${id}\0`, 'latin1') })
const stateTlv = (state: number): Tlv => ({ tag: tag.messageState, value: Uint8Array.of(state) })
const line = receiptText('ab12')

describe('a receipt in any form is the same receipt', () => {
  const forms: [string, Buffer][] = [
    ['by the book', receipt()],
    ['esm_class 0', receipt({ esmClass: 0 })],
    ['esm_class of a delivery acknowledgement', receipt({ esmClass: 0x08 })],
    ['ASCII with data_coding 8', receipt({ dataCoding: 8 })],
    ['UTF-16 with data_coding 8', receipt({ dataCoding: 8, text: utf16(line) })],
    ['UTF-16 with data_coding 0', receipt({ text: utf16(line) })],
    ['UTF-16 in the other order', receipt({ dataCoding: 8, text: Buffer.from(line, 'utf16le') })],
    [
      'UTF-16 with a user data header',
      receipt({ esmClass: 0x44, dataCoding: 8, text: Buffer.concat([Buffer.from([5, 0, 3, 1, 1, 1]), utf16(line)]) }),
    ],
    ['a mark for a user data header, and none', receipt({ esmClass: 0x44 })],
    ['a NUL behind the text', receipt({ tail: Uint8Array.of(0) })],
    [
      'a NUL between text and parameters',
      receipt({ tail: Buffer.concat([Buffer.from([0]), encodeTlvs([stateTlv(2)])]) }),
    ],
    ['a parameter that is cut', receipt({ tail: Uint8Array.of(0x14, 0, 0, 9, 1) })],
    ['a parameter header that is cut', receipt({ tail: Uint8Array.of(0x14, 0, 0) })],
    [
      'empty parameters',
      receipt({
        tlvs: [
          { tag: tag.messageState, value: new Uint8Array() },
          { tag: tag.receiptedMessageId, value: new Uint8Array() },
          { tag: tag.networkErrorCode, value: Uint8Array.of(3) },
        ],
      }),
    ],
    ['parameters alone', receipt({ text: '', tlvs: [idTlv('ab12'), stateTlv(2)] })],
    [
      'an id parameter without its NUL',
      receipt({ text: '', tlvs: [{ tag: tag.receiptedMessageId, value: Buffer.from('ab12') }, stateTlv(2)] }),
    ],
    ['fields parted by bars', receipt({ text: 'id:ab12|sub:001|dlvrd:001|stat:DELIVRD|err:000' })],
    [
      'a blank text, and the receipt in message_payload',
      receipt({ text: ' ', tlvs: [{ tag: tag.messagePayload, value: Buffer.from(line) }] }),
    ],
    ['data_sm', dataSm({ from: '46701740601', to: 'Shop', esmClass: 4, text: line })],
    ['data_sm with esm_class 0', dataSm({ from: '46701740601', to: 'Shop', text: line })],
    [
      'no stat',
      receipt({ text: 'id:ab12 sub:001 dlvrd:001 submit date:2611281200 done date:2611281201 err:000 text:' }),
    ],
    ['stat as a number', receipt({ text: 'id:ab12 stat:2 err:000' })],
    ['"status:DELIVERED"', receipt({ text: 'id: ab12 status: DELIVERED' })],
    ['an id in quotes', receipt({ text: 'id:"ab12" stat:DELIVRD' })],
    ['a plus', receipt({ from: '+46701740601' })],
    ['00 before it', receipt({ from: '0046701740601' })],
  ]
  test.each(forms)('%s', (_, pdu) => {
    const record = of(pdu)
    expect(record).toMatchObject({
      kind: 'receipt',
      gatewayId: 7,
      at,
      body: { state: 'delivered', code: 'dlr:delivrd', number: '46701740601' },
    })
    const { providerId } = record.body as { providerId: string }
    expect(providerId).toBe('ab12')
  })

  test.each([
    ['a sm_length that points past the end', 6],
    ['a text that is cut within its last field', 3],
  ])('%s', (_, less) => {
    const cut = receipt().subarray(0, -less)
    cut.writeUInt32BE(cut.length, 0)
    expect(of(cut)).toMatchObject({ kind: 'receipt', body: { providerId: 'ab12', state: 'delivered' } })
  })
})

test('addresses that are not turned stay as they are: matching looks at both', () => {
  expect(of(receipt({ from: 'Shop', to: '+46701740601' }))).toMatchObject({
    body: { number: '', sender: '+46701740601' },
  })
})

test('an id of the text that differs from that of the parameter is kept beside it', () => {
  const both = receipt({ tlvs: [idTlv('other'), stateTlv(2)] })
  expect(of(both)).toMatchObject({ body: { providerId: 'other', otherIds: ['ab12'] } })
  expect(of(receipt({ tlvs: [idTlv('ab12'), stateTlv(2)] })).body).not.toHaveProperty('otherIds')
})

test('nothing with a NUL or half a pair reaches the inbox, and nothing is longer than an id may be', () => {
  expect(of(receipt({ text: receiptText('ab\0cd') }))).toMatchObject({ body: { providerId: 'ab', otherIds: ['abcd'] } })
  expect(
    of(deliverSm({ from: '46701740601', to: 'Shop', dataCoding: 8, text: Buffer.from('0048d83d', 'hex') })),
  ).toMatchObject({
    kind: 'reply',
    body: { text: 'H\ufffd' },
  })
  const long = of(
    receipt({ text: '', tlvs: [{ tag: tag.receiptedMessageId, value: Buffer.alloc(60_000, 0x41) }, stateTlv(2)] }),
  )
  expect(long).toMatchObject({ kind: 'receipt', body: { providerId: 'A'.repeat(255) } })
})

test('a receipt for all parts of a message says of how many', () => {
  expect(of(receipt({ text: receiptText('ab12', { sub: '003', dlvrd: '003' }) }))).toMatchObject({
    body: { covers: 3 },
  })
  expect(of(receipt({ text: receiptText('ab12', { sub: '003', dlvrd: '001' }) })).body).not.toHaveProperty('covers')
  expect(
    of(receipt({ text: receiptText('ab12', { sub: '003', dlvrd: '003' }), tlvs: [idTlv('ab12'), stateTlv(2)] })),
  ).toMatchObject({ body: { covers: 3 } })
})

test.each([
  ['ENROUTE', 'id:1 stat:ENROUTE err:000', 4],
  ['an intermediate notification', 'id:1 stat:UNDELIV err:027', 0x20],
  ['a word nobody knows', `id:1 stat:${'X'.repeat(200)} err:${'9'.repeat(100)}`, 4],
  ['no state at all', 'id:1 err:abc', 4],
  ['a part of the parts', 'id:1 sub:003 dlvrd:001 done date:0000000000', 4],
])('what is not final is pending: %s', (_, text, esmClass) => {
  const { kind, body } = of(receipt({ text, esmClass }))
  expect({ kind, body }).toMatchObject({ kind: 'receipt', body: { providerId: '1', state: 'pending', counts: false } })
  expect(JSON.stringify(body).length).toBeLessThan(300)
})

test.each([
  ['a body that is missing', receipt().subarray(0, 16)],
  ['a body that is cut', receipt().subarray(0, 30)],
  ['a receipt that names no id', receipt({ text: 'stat:DELIVRD' })],
  ['an acknowledgement of the phone', receipt({ esmClass: 0x08, text: '' })],
])('what cannot be read is kept raw: %s', (_, pdu) => {
  expect(of(pdu)).toMatchObject({ kind: 'unreadable', gatewayId: 7, body: { hex: pdu.toString('hex') } })
})

test.each([0x00, 0x08, 0x10, 0x18, 0x04, 0x20])('STOP is a reply whatever its mark: esm_class %i', esmClass => {
  expect(of(receipt({ esmClass, text: 'STOP' }))).toMatchObject({ kind: 'reply', body: { text: 'STOP' } })
})
