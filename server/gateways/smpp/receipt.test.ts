import { describe, expect, test } from 'vitest'
import { isMalformed } from './pdu.ts'
import { isReply, parseReceipt, receiptLine, receiptTlvs } from './receipt.ts'
import {
  type ReceivedMessage,
  readShortMessage,
  type ShortMessage,
  shortMessageSize,
  writeDeliverSm,
} from './short-message.ts'
import { encodeTlvs, tag } from './tlv.ts'

function deliver(text: string | Uint8Array, more: Partial<ShortMessage> = {}): ReceivedMessage {
  const message: ShortMessage = {
    sourceTon: 1,
    sourceNpi: 1,
    source: '46701234567',
    destTon: 5,
    destNpi: 0,
    dest: 'Homing',
    esmClass: 0x04,
    registeredDelivery: 0,
    dataCoding: 0,
    shortMessage: typeof text === 'string' ? Buffer.from(text, 'latin1') : text,
    ...more,
  }
  const buffer = Buffer.alloc(shortMessageSize(message))
  const read = readShortMessage(buffer.subarray(0, writeDeliverSm(buffer, 0, 1, message)))
  if (isMalformed(read)) throw new Error(read.malformed)
  return read
}

describe('receipt texts', () => {
  test.each([
    [
      'id:0123456789 sub:001 dlvrd:001 submit date:2611231200 done date:2611231201 stat:DELIVRD err:000 text:Hello',
      '0123456789',
      'delivered',
      'dlr:delivrd',
    ],
    ['ID: ab-12 SUBMIT DATE:261123120000 STAT: delivrd ERR: 0', 'ab-12', 'delivered', 'dlr:delivrd'],
    ['stat:EXPIRED id:77 submitdate:000000000000 donedate:2611231201 err:12', '77', 'soft', 'dlr:expired'],
    [
      'id:6f1c2d9e-8a4b-4f5e-9c1d-2b3a4c5d6e7f stat:REJECTD',
      '6f1c2d9e-8a4b-4f5e-9c1d-2b3a4c5d6e7f',
      'hard',
      'dlr:rejectd',
    ],
    ['id:1 sub:001 dlvrd:000 stat:UNDELIV err:001 text:', '1', 'hard', 'dlr:undeliv/001'],
    ['id:1 stat:ENROUTE err:000', '1', 'pending', 'dlr:enroute'],
    ['id:1 stat:ACCEPTD', '1', 'pending', 'dlr:acceptd'],
    ['id:1 stat:WEIRD', '1', 'pending', 'dlr:weird'],
    ['id:1,stat:UNKNOWN', '1', 'soft', 'dlr:unknown'],
    ['id: stat:???', '', 'pending', 'dlr:none'],
    ['id:stat:DELIVRD err:000', '', 'delivered', 'dlr:delivrd'],
    ['id: sub:001 dlvrd:001 stat:DELIVRD', '', 'delivered', 'dlr:delivrd'],
    ['id: statue-7 stat:DELIVRD', 'statue-7', 'delivered', 'dlr:delivrd'],
    ['nothing that we know', '', 'pending', 'dlr:none'],
  ])('%s', (text, providerId, state, code) => {
    expect(parseReceipt(deliver(text))).toMatchObject({ providerId, state, code, counts: false })
  })

  test.each([
    ['submit date:2611231200 done date:2611231259', 58 * 60_000],
    ['submit date:2611231200 done date:2611231200', 0],
    ['submit date:261123115958 done date:261124000002', (12 * 3600 + 4 - 1) * 1000],
    ['submit date:261123115958 done date:2611231205', 4 * 60_000 + 2_000],
    ['submit date:2611231200 done date:2611231100', undefined],
    ['submit date:2611231200 done date:2713990000', undefined],
    ['submit date:2511231200 done date:2611231200', undefined],
    ['', undefined],
  ])('"%s": how long it took at least', (dates, afterMs) => {
    const line = `id:1 sub:001 dlvrd:001 ${dates} stat:DELIVRD err:000 text:`
    expect(parseReceipt(deliver(line))?.afterMs).toBe(afterMs)
    const content = { providerId: '1', stat: 'DELIVRD', state: 2, gsmError: 0, submittedAt: '', doneAt: '' }
    const marked = deliver(Buffer.from(line), { tlvs: receiptTlvs(content) })
    expect(parseReceipt(marked)?.afterMs).toBe(afterMs)
  })

  test("the message's own words do not override the fields before them", () => {
    expect(parseReceipt(deliver('id:5 stat:DELIVRD err:000 text:id:9 stat:REJECTD err:1'))).toMatchObject({
      providerId: '5',
      state: 'delivered',
    })
  })

  test('UCS-2 receipts are read too', () => {
    const text = Buffer.from('id:12 stat:DELIVRD err:000', 'utf16le').swap16()
    expect(parseReceipt(deliver(text, { dataCoding: 8 }))).toMatchObject({ providerId: '12', state: 'delivered' })
  })
})

describe('optional parameters', () => {
  const params = (state: number, gsmError = 0) =>
    receiptTlvs({ providerId: 'abc', stat: '', state, gsmError, submittedAt: '', doneAt: '' })

  test('win over the text', () => {
    expect(parseReceipt(deliver('id:old stat:ENROUTE err:000', { tlvs: params(2) }))).toMatchObject({
      providerId: 'abc',
      state: 'delivered',
    })
  })

  test('a GSM network error tells whether the number is at fault', () => {
    expect(parseReceipt(deliver('id:abc stat:UNDELIV err:000', { tlvs: params(5, 1) }))).toMatchObject({
      state: 'hard',
      counts: true,
      code: 'gsm:1',
    })
    expect(parseReceipt(deliver('', { tlvs: params(5, 27) }))).toMatchObject({ state: 'soft', counts: false })
  })

  test('a network error of another kind proves nothing', () => {
    const tlvs = encodeTlvs([{ tag: tag.networkErrorCode, value: Uint8Array.of(1, 0, 1) }])
    expect(parseReceipt(deliver('id:1 stat:UNDELIV', { tlvs }), 'gsm')).toMatchObject({
      state: 'hard',
      counts: false,
    })
  })

  test('a receipt without marked esm_class is recognized by its id', () => {
    expect(parseReceipt(deliver('', { esmClass: 0, tlvs: params(2) }))).toMatchObject({
      providerId: 'abc',
      state: 'delivered',
    })
  })
})

describe('receipt or reply', () => {
  test.each([
    'id:1 stat:DELIVRD err:000',
    'id:1 sub:001 dlvrd:001 done date:2611281201 err:0',
    ' ID: 1 STAT: DELIVERED',
  ])('an unmarked receipt is recognized by its fields: %s', line => {
    const text = deliver(line, { esmClass: 0 })
    expect(parseReceipt(text)).toMatchObject({ providerId: '1', state: 'delivered' })
    expect(isReply(text)).toBe(false)
  })

  test.each(['STOP', 'My id: 5', 'id: 12', 'What is the stat: of it, id: 4?', 'stat:DELIVRD', ''])(
    'what a person writes is a reply, also where a parameter names the message that it answers: %s',
    line => {
      const tlvs = encodeTlvs([{ tag: tag.receiptedMessageId, value: Buffer.from('abc\0') }])
      for (const text of [deliver(line, { esmClass: 0 }), deliver(line, { esmClass: 0x10, tlvs })]) {
        expect(parseReceipt(text)).toBeNull()
        expect(isReply(text)).toBe(true)
      }
    },
  )

  test('an intermediate notification is never final', () => {
    expect(parseReceipt(deliver('id:1 stat:UNDELIV err:027', { esmClass: 0x20 }))).toMatchObject({
      state: 'pending',
      counts: false,
    })
  })

  test("a phone's acknowledgement is neither", () => {
    expect(isReply(deliver('', { esmClass: 0x08 }))).toBe(false)
    expect(parseReceipt(deliver('', { esmClass: 0x08 }))).toBeNull()
  })

  test('a reply with a user data header is a reply', () => {
    expect(isReply(deliver(Uint8Array.of(5, 0, 3, 1, 2, 1, 65), { esmClass: 0x40 }))).toBe(true)
  })

  test('the receipt that is built is read back', () => {
    const content = {
      providerId: 'h1-2a',
      stat: 'UNDELIV',
      state: 5,
      gsmError: 1,
      submittedAt: '2611231200',
      doneAt: '2611231201',
    }
    expect(parseReceipt(deliver(receiptLine(content)), 'gsm')).toMatchObject({
      providerId: 'h1-2a',
      state: 'hard',
      counts: true,
    })
    expect(parseReceipt(deliver(receiptLine(content), { tlvs: receiptTlvs(content) }))).toMatchObject({
      providerId: 'h1-2a',
      counts: true,
      err: '1',
    })
  })
})
