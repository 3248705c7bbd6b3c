/**
 * Deliveries that no application expects, over the wire to the real worker: receipts with octets that a database refuses, ids of
 * kilobytes, texts that end in the middle of a character, bodies of noise. None holds up a receipt or a STOP behind it, and what
 * belongs to no message is there to look at.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sql } from '../server/platform/db/sql.ts'
import { homing, homingJson, killAll, until } from './processes.ts'
import { deliverSm, receiptOf, receiptText, type Spoken } from './smsc.ts'
import { openStage, type Stage } from './stage.ts'

const people = 30
const sender = '+46712345678'
const phoneOf = (n: number) => `+4670${1_740_000 + n}`
const latin1 = (text: string) => Buffer.from(text, 'latin1')
/** Deterministic noise. */
const noise = (length: number, seed: number) =>
  Buffer.from(
    Array.from({ length }, (_, i) => ((Math.imul(i + 1, 2654435761) ^ Math.imul(seed + 7, 40503)) >>> 13) & 255),
  )

let stage: Stage
beforeAll(async () => {
  const phones = Array.from({ length: people }, (_, n) => phoneOf(n))
  stage = await openStage({ smsc: {}, shops: [{ name: 'Shop', phones }] })
  await stage.shops[0]!.send(sender, 'The autumn collection has come. Reply STOP to get no more.')
  await until('all are sent', () => stage.smsc.submitted.length === people)
})
afterAll(async () => {
  await stage?.close()
  await killAll()
})

const payload = (value: Uint8Array) => [{ tag: 0x0424, value }]
const receipt = (id: string): Partial<Spoken> => ({ esmClass: 0x04, text: latin1(receiptText(id)) })
const poison: [string, Partial<Spoken>][] = [
  ['a NUL in the id of a receipt', receipt('ab\0cd')],
  ['an id of NULs', receipt('\0\0\0\0')],
  ['an id of every octet', receipt(Array.from({ length: 100 }, (_, i) => String.fromCharCode(i + 128)).join(''))],
  [
    'an id of 6,000 characters',
    { esmClass: 0x04, text: '', tlvs: payload(latin1(receiptText(noise(3000, 1).toString('hex')))) },
  ],
  ['a NUL in the state and code', { esmClass: 0x04, text: latin1('id:1 stat:DELIV\0RD err:0\x000 text:') }],
  ['a reply that ends in half an emoji', { dataCoding: 8, text: Buffer.from('0048d83d', 'hex') }],
  ['a reply of NULs', { text: Buffer.alloc(50) }],
  ['a reply of lone surrogates', { dataCoding: 8, text: Buffer.from('dc00d800'.repeat(20), 'hex') }],
  ['a source address with a NUL behind', { from: '46701740001', tail: Buffer.from([0]), text: 'hello' }],
  ['a reply of 60,000 octets of noise', { text: '', tlvs: payload(noise(60_000, 2)) }],
  ...Array.from({ length: 20 }, (_, i): [string, Partial<Spoken>] => [
    `noise ${i}`,
    {
      esmClass: [0, 4, 8, 0x40, 0x44, 0xff][i % 6]!,
      dataCoding: [0, 3, 4, 8, 0xf5][i % 5]!,
      text: noise(10 + i * 11, i),
    },
  ]),
]

test('each is answered, and every receipt and STOP behind and between them counts', async () => {
  const { smsc, db } = stage
  const { submitted } = smsc
  let n = 0
  for (const [, spoken] of poison) {
    const sms = submitted[n++ % people]!
    const odd = deliverSm({ from: sms.to, to: sender, ...spoken })
    const [status] = await Promise.all([smsc.deliver(odd), smsc.deliver(receiptOf(sms))])
    expect([0, 0x64]).toContain(status)
  }
  for (const sms of submitted) expect(await smsc.deliver(deliverSm({ from: sms.to, to: sender, text: 'STOP' }))).toBe(0)
  const [row] = await db.query<{ n: number }>(
    sql`select count(distinct address) as n from opt_outs where released_at is null`,
  )
  expect(row?.n).toBe(people)
  await until('every SMS is delivered', async () => {
    const [delivered] = await db.query<{ n: number }>(
      sql`select count(*) as n from messages where status = 'delivered'`,
    )
    return delivered?.n === people
  })
})

test('what belongs to no message is listed for operators, raw, with its number masked', async () => {
  const { env, db } = stage
  await until('the inbox is applied', async () => {
    const [row] = await db.query<{ n: number }>(
      sql`select count(*) as n from inbox i join inbox_sources s on s.id = i.source where i.seq > s.watermark`,
    )
    return row?.n === 0
  })
  const rows = await homingJson<{ state: string; kind: string; body: unknown; why: string | null }[]>(
    ['unmatched'],
    env,
  )
  expect(rows.filter(({ state }) => state === 'unmatched').length).toBeGreaterThan(0)
  expect(rows.filter(({ state, why }) => state !== 'unmatched' && !why)).toEqual([])
  const { out } = await homing(['unmatched'], env)
  expect(out).not.toMatch(/\d{9}/)
  expect((await homing(['unmatched', '--retry'], env)).code).toBe(0)
})
