/**
 * A gateway that does everything in another way: each number of one campaign has an id, an address, a coding or an answer of
 * its own, over TCP to the real worker. Every message ends as its receipt says, and nothing that was delivered is lost.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeTlvs, type Tlv, tag } from '../server/gateways/smpp/tlv.ts'
import { sql } from '../server/platform/db/sql.ts'
import { verify } from '../server/verify/verify.ts'
import { until } from './processes.ts'
import { openScene, type Scene, type Sent } from './scene.ts'
import {
  type Answer,
  dataSm,
  deliverSm,
  type Reaction,
  receiptOf,
  receiptText,
  type Smsc,
  type Spoken,
  type Submitted,
  startSmsc,
} from './smsc.ts'

interface Case {
  name: string
  react(sms: Submitted, key: string): Reaction
  /** delivered where nothing is said */
  ends?: string
}

const utf16 = (text: string) => Buffer.from(text, 'utf16le').swap16()
const idTlv = (id: string): Tlv => ({ tag: tag.receiptedMessageId, value: Buffer.from(`${id}\0`, 'latin1') })
const stateTlv = (state: number): Tlv => ({ tag: tag.messageState, value: Uint8Array.of(state) })

/** The answer gives one form of the id, the receipt has another. `key`: eight digits, different for each number. */
const ids = (name: string, answered: (key: string) => Answer, written: (key: string) => string): Case => ({
  name,
  react: (sms, key) => ({ answer: answered(key), deliveries: [{ pdu: receiptOf(sms, written(key)) }] }),
})
const receipt = (name: string, more: (sms: Submitted, id: string) => Partial<Spoken>, ends = 'delivered'): Case => ({
  name,
  react: sms => ({ deliveries: [{ pdu: receiptOf(sms, sms.id, more(sms, sms.id)) }] }),
  ends,
})
const hexOf = (key: string) => BigInt(key).toString(16)
const anId = (id: string): Answer => ({ id })

const cases: Case[] = [
  // ids
  ids(
    'zeros before the id of the answer',
    key => anId(`0000${key}`),
    key => key,
  ),
  ids(
    'zeros before the id of the receipt',
    key => anId(key),
    key => `0000${key}`,
  ),
  ids(
    'upper case in the answer',
    key => anId(`ABCDEF-${key}`),
    key => `abcdef-${key}`,
  ),
  ids(
    'mixed case in the receipt',
    key => anId(`abcdef_${key}`),
    key => `AbCdEf_${key}`,
  ),
  ids(
    'blanks around the id of the answer',
    key => anId(`  b${key} `),
    key => `b${key}`,
  ),
  ids(
    'a blank before the id of the receipt',
    key => anId(`c${key}`),
    key => `  c${key}`,
  ),
  ids(
    'hexadecimal in the answer, decimal in the receipt',
    key => anId(hexOf(`9${key}`)),
    key => `9${key}`,
  ),
  ids(
    'decimal in the answer, hexadecimal in the receipt',
    key => anId(`8${key}`),
    key => hexOf(`8${key}`).toUpperCase(),
  ),
  ids(
    'padded hexadecimal in the answer',
    key => anId(hexOf(`7${key}`).padStart(16, '0')),
    key => `7${key}`,
  ),
  ids(
    'padded decimal in the receipt',
    key => anId(hexOf(`6${key}`)),
    key => `6${key}`.padStart(20, '0'),
  ),
  ids(
    'a UUID in another case',
    key => anId(`6F1C2D9E-8A4B-4F5E-9C1D-2B3A${key}`),
    key => `6f1c2d9e-8a4b-4f5e-9c1d-2b3a${key}`,
  ),
  ids(
    'an id of 70 characters',
    key => anId(`${'x'.repeat(62)}${key}`),
    key => `${'x'.repeat(62)}${key}`,
  ),
  ids(
    'an id of 250 characters',
    key => anId(`${key}${'y'.repeat(242)}`),
    key => `${key}${'y'.repeat(242)}`,
  ),
  ids(
    'an id longer than is kept',
    key => anId(`${key}${'z'.repeat(392)}`),
    key => `${key}${'z'.repeat(392)}`,
  ),
  ids(
    'an id of Latin-1',
    key => anId(`ÅÄ${key}`),
    key => `ÅÄ${key}`,
  ),
  ids(
    'an answer without the NUL of its id',
    key => ({ body: Buffer.from(`d${key}`) }),
    key => `d${key}`,
  ),
  ids(
    'an answer with octets behind its id',
    key => ({ body: Buffer.from(`e${key}\0\0\0`) }),
    key => `e${key}`,
  ),
  ids(
    'a NUL within the id of the receipt',
    key => anId(`f${key}`),
    key => `f${key}\0rest`,
  ),
  ids(
    'a NUL as a slip within the id',
    key => anId(`gg${key}`),
    key => `g\0g${key}`,
  ),
  ids(
    'quotes around the id of the receipt',
    key => anId(`h${key}`),
    key => `"h${key}"`,
  ),
  {
    name: 'a parameter with an id of its own, and the right one in the text',
    react: sms => ({ deliveries: [{ pdu: receiptOf(sms, sms.id, { tlvs: [idTlv(`own-${sms.id}`), stateTlv(2)] }) }] }),
  },
  {
    name: 'a text with an id of its own, and the right one in the parameter',
    react: sms => ({ deliveries: [{ pdu: receiptOf(sms, `own-${sms.id}`, { tlvs: [idTlv(sms.id), stateTlv(2)] }) }] }),
  },
  {
    name: 'an id that every message has: the number decides',
    react: sms => ({ answer: anId('same'), deliveries: [{ pdu: receiptOf(sms, 'same'), afterMs: 300 }] }),
  },
  {
    name: 'an id that every message has, and a national number',
    react: sms => ({
      answer: anId('same'),
      deliveries: [{ pdu: receiptOf(sms, 'same', { from: `0${sms.to.slice(2)}`, fromTon: 2 }), afterMs: 300 }],
    }),
  },
  // addresses
  receipt('addresses that are not turned', sms => ({ from: sms.from, to: sms.to })),
  receipt('a national number', sms => ({ from: `0${sms.to.slice(2)}`, fromTon: 2 })),
  receipt('a number without its country', sms => ({ from: sms.to.slice(2) })),
  receipt('a number with plus', sms => ({ from: `+${sms.to}` })),
  receipt('a number with 00', sms => ({ from: `00${sms.to}` })),
  receipt('no addresses', () => ({ from: '', to: '' })),
  receipt('alphanumeric on both sides', () => ({ from: 'Operator', to: 'Homing' })),
  receipt('a masked number', sms => ({ from: `${sms.to.slice(0, 5)}****` })),
  receipt('a short code on both sides', () => ({ from: '72345', to: '72345' })),
  receipt('an address that is far too long', sms => ({ from: `${'9'.repeat(80)}${sms.to}` })),
  // forms
  receipt('esm_class 0', () => ({ esmClass: 0 })),
  receipt('esm_class 0x08', () => ({ esmClass: 0x08 })),
  receipt('data_coding 8 with ASCII', () => ({ dataCoding: 8 })),
  receipt('UTF-16', (_, id) => ({ dataCoding: 8, text: utf16(receiptText(id)) })),
  receipt('UTF-16 with a user data header', (_, id) => ({
    esmClass: 0x44,
    dataCoding: 8,
    text: Buffer.concat([Buffer.from([5, 0, 3, 1, 1, 1]), utf16(receiptText(id))]),
  })),
  receipt('UTF-16 with data_coding 0', (_, id) => ({ text: utf16(receiptText(id)) })),
  receipt('no stat', (_, id) => ({
    text: `id:${id} sub:001 dlvrd:001 submit date:2611281200 done date:2611281201 err:000 text:`,
  })),
  receipt('parameters and no text', (_, id) => ({ text: '', tlvs: [idTlv(id), stateTlv(2)] })),
  receipt('keys in another order', (_, id) => ({ text: `STAT:DELIVRD ERR:000 ID:${id}` })),
  receipt('a NUL behind', () => ({ tail: Uint8Array.of(0) })),
  receipt('a NUL between text and parameters', (_, id) => ({
    text: '',
    tail: Buffer.concat([Buffer.from([0]), encodeTlvs([idTlv(id), stateTlv(2)])]),
  })),
  receipt('a parameter that is cut', () => ({ tail: Uint8Array.of(0x14, 0, 0, 9, 1) })),
  receipt('a mark for a user data header, and none', () => ({ esmClass: 0x44 })),
  {
    name: 'data_sm',
    react: sms => ({
      deliveries: [{ pdu: dataSm({ from: sms.to, to: sms.from, esmClass: 4, text: receiptText(sms.id) }) }],
    }),
  },
  // states
  receipt(
    'undeliverable',
    (_, id) => ({ text: receiptText(id, { stat: 'UNDELIV', err: '001', dlvrd: '000' }) }),
    'bounced_hard',
  ),
  receipt(
    'expired',
    (_, id) => ({ text: receiptText(id, { stat: 'EXPIRED', dlvrd: '000' }) }),
    'bounced_soft_retrying',
  ),
  receipt('on its way', (_, id) => ({ text: receiptText(id, { stat: 'ENROUTE', dlvrd: '000' }) }), 'pending'),
  receipt('an intermediate notification', () => ({ esmClass: 0x20 }), 'pending'),
  receipt(
    'an intermediate notification in a form of its own',
    (_, id) => ({ esmClass: 0x20, text: `id:${id} stat:?\0 err:zz sub:9` }),
    'pending',
  ),
  receipt('a word nobody knows', (_, id) => ({ text: `id:${id} stat:${'Q'.repeat(150)}` }), 'pending'),
  // order
  {
    name: 'a receipt before its answer',
    react: sms => ({ answer: { afterMs: 400 }, deliveries: [{ pdu: receiptOf(sms), afterMs: -1 }] }),
  },
  {
    name: 'a receipt three times, with the end first',
    react: sms => ({
      deliveries: [
        { pdu: receiptOf(sms) },
        { pdu: receiptOf(sms), afterMs: 100 },
        { pdu: receiptOf(sms, sms.id, { text: receiptText(sms.id, { stat: 'ENROUTE', dlvrd: '000' }) }), afterMs: 200 },
      ],
    }),
  },
]

/** Nothing of these is anybody's receipt: they are acknowledged and kept. */
const unreadable: [string, Buffer][] = [
  ['a body that is missing', withLength(deliverSm({ from: '1', to: '2' }).subarray(0, 16))],
  ['a body that is cut', withLength(deliverSm({ from: '46701234567', to: 'Homing' }).subarray(0, 24))],
  ['a receipt that names no id', deliverSm({ from: '46701234567', to: 'Homing', esmClass: 4, text: 'stat:DELIVRD' })],
  [
    'random octets',
    deliverSm({ from: '\xff\xfe', to: '\x01', esmClass: 0x3c, text: Buffer.from([0, 255, 13, 10, 200, 0]) }),
  ],
  ['a data_sm without anything', withLength(dataSm({ from: '1', to: '2' }).subarray(0, 16))],
]

function withLength(pdu: Buffer): Buffer {
  const copy = Buffer.from(pdu)
  copy.writeUInt32BE(copy.length, 0)
  return copy
}

const phoneOf = (i: number) => `+4670174${String(1000 + i)}`
const caseOf = new Map(cases.map((one, i) => [phoneOf(i).slice(1), { one, key: String(31_000_000 + i * 7919) }]))

/** Of a message of three parts: a receipt for each, one for all in its text, the same with parameters, one for an id that all parts have, one for the last alone. */
const longPhones = ['+46701749001', '+46701749002', '+46701749003', '+46701749004', '+46701749005']
function long(sms: Submitted): Reaction {
  const which = longPhones.indexOf(`+${sms.to}`)
  const all = receiptText(sms.id, { sub: '003', dlvrd: '003' })
  if (which === 0) return { deliveries: [{ pdu: receiptOf(sms) }] }
  if (which === 1)
    return sms.part === 1 ? { deliveries: [{ pdu: receiptOf(sms, sms.id, { text: all }), afterMs: 200 }] } : {}
  if (which === 2)
    return sms.part === 3
      ? {
          deliveries: [
            { pdu: receiptOf(sms, sms.id, { text: all, tlvs: [idTlv(sms.id), stateTlv(2)] }), afterMs: 200 },
          ],
        }
      : {}
  if (which === 3) {
    const id = `all-of-${sms.to}`
    return { answer: { id }, deliveries: sms.part === 3 ? [{ pdu: receiptOf(sms, id), afterMs: 200 }] : [] }
  }
  return sms.part === 3 ? { deliveries: [{ pdu: receiptOf(sms) }] } : {}
}

let smsc: Smsc
let scene: Scene
let sent: Sent
beforeAll(async () => {
  smsc = await startSmsc({
    react: sms => {
      const found = caseOf.get(sms.to)
      return found === undefined ? long(sms) : found.one.react(sms, found.key)
    },
  })
  scene = await openScene()
  const shop = await scene.shop('Shop', { port: smsc.port, phones: cases.map((_, i) => phoneOf(i)) })
  sent = await shop.send()
})
afterAll(async () => {
  await scene.close()
  await smsc.close()
})

describe('each number has a form of its own', () => {
  const expected = new Map(cases.map((one, i) => [phoneOf(i), `${one.name}: ${one.ends ?? 'delivered'}`]))
  const seen = async () =>
    new Map(
      [...(await sent.statuses())].map(([phone, status]) => [
        phone,
        `${caseOf.get(phone.slice(1))?.one.name}: ${status}`,
      ]),
    )

  test('every message ends as its receipt says', async () => {
    const wrong = async () => {
      const now = await seen()
      return [...expected].flatMap(([phone, one]) => (now.get(phone) === one ? [] : [`${one}, is ${now.get(phone)}`]))
    }
    await until('all have ended', async () => (await wrong()).length === 0, { timeoutMs: 20_000, seen: wrong })
    expect(smsc.submitted).toHaveLength(cases.length)
  })

  test('each delivery was acknowledged, and nothing waits or lies unread', async () => {
    await until('all are answered', () => smsc.open() === 0)
    expect([...smsc.acknowledged.keys()]).toEqual([0])
    const [row] = await scene.db.query(
      sql`select (select count(*) from waiting where settled is null) as waiting, (select count(*) from inbox where kind = 'unreadable') as unreadable`,
    )
    expect(row).toEqual({ waiting: 0, unreadable: 0 })
  })

  test('one receipt for all parts of a message delivers it; one for a single part leaves it pending', async () => {
    const shop = await scene.shop('Long', { port: smsc.port, systemId: 'long', phones: longPhones })
    const three = await shop.send({ body: `${'A long text. '.repeat(28)}STOP to end` })
    const now = async () => {
      const statuses = await three.statuses()
      return longPhones.map(phone => statuses.get(phone))
    }
    await until('four are delivered', async () => (await now()).filter(status => status === 'delivered').length === 4, {
      timeoutMs: 10_000,
      seen: now,
    })
    await until('all are answered', () => smsc.open() === 0)
    expect(await now()).toEqual(['delivered', 'delivered', 'delivered', 'delivered', 'pending'])
  })

  test('what nobody can read is acknowledged and kept, and what comes behind it counts', async () => {
    const answers = await Promise.all(unreadable.map(([, pdu]) => smsc.deliver(pdu)))
    expect(answers).toEqual(unreadable.map(() => 0))
    const kept = await scene.db.query<{ hex: string }>(
      sql`select body->>'hex' as hex from inbox where kind = 'unreadable' order by source, seq`,
    )
    expect(kept).toHaveLength(unreadable.length)
    await smsc.deliver(deliverSm({ from: phoneOf(0).slice(1), to: smsc.submitted[0]!.from, text: 'STOP' }))
    await until('the STOP behind it holds', async () => {
      const rows = await scene.db.query(sql`select 1 from opt_outs where address = ${phoneOf(0)}`)
      return rows.length === 1
    })
  })

  test('verify finds nothing', async () => {
    expect(await verify(scene.db)).toMatchObject({ differences: [] })
  })
})
