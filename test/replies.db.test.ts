/**
 * Replies over the wire to the real worker: addresses, alphabets and parts as SMSCs send them, two workspaces on one account, and a
 * stalled lane. An acknowledged STOP holds, so the tests check it right after its acknowledgement.
 */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { monotonicMs } from '../server/platform/clock.ts'
import { sql } from '../server/platform/db/sql.ts'
import { lock } from './crash-campaign.ts'
import { killAll, until } from './processes.ts'
import { deliverSm, type Spoken } from './smsc.ts'
import { openStage, type Stage } from './stage.ts'

const sender = '+46712345678'
const phoneOf = (n: number) => `+4670${1_740_000 + n}`
const people = 100
const utf16 = (text: string) => Buffer.from(text, 'utf16le').swap16()
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')
const header = (head: string, text: string | Uint8Array) => Buffer.concat([hex(head), Buffer.from(text)])

let stage: Stage

beforeAll(async () => {
  const phones = Array.from({ length: people }, (_, n) => phoneOf(n))
  // One account: what is for the one shop may come down the bind of the other.
  stage = await openStage({
    smsc: {},
    shops: [
      { name: 'Shop', phones },
      { name: 'Beside', phones: [phoneOf(1000)] },
    ],
  })
  await stage.shops[0]!.send(sender, 'The autumn collection has come. Reply STOP to get no more.')
  await until('all are sent and known to be', async () => {
    const [row] = await stage.db.query<{ n: number }>(sql`select count(*) as n from messages where t0 is not null`)
    return row?.n === people
  })
})
afterAll(async () => {
  await stage?.close()
  await killAll()
})

const optedOut = async (workspaceId: number) =>
  (
    await stage.db.query<{ phone: string }>(
      sql`select distinct address as phone from opt_outs where workspace_id = ${workspaceId} and released_at is null order by 1`,
    )
  ).map(row => row.phone)

let drawn = 0
/** What the next number says, by turns down both binds; undefined: what makes the number of it. */
type Say = (digits: string) => Partial<Spoken>

async function say(speak: Say): Promise<string> {
  const phone = phoneOf(drawn++)
  const digits = phone.slice(1)
  const status = await stage.smsc.deliver(
    deliverSm({ from: digits, to: sender.slice(1), toTon: 1, text: 'STOP', ...speak(digits) }),
    drawn % 2,
  )
  expect(status).toBe(0)
  return phone
}

const addresses: [string, Say][] = [
  ['international', () => ({})],
  ['international without its type', () => ({ fromTon: 0, fromNpi: 0 })],
  ['with a plus', digits => ({ from: `+${digits}` })],
  ['with 00', digits => ({ from: `00${digits}`, fromTon: 0 })],
  ['national', digits => ({ from: `0${digits.slice(2)}`, fromTon: 2 })],
  ['national without its 0', digits => ({ from: digits.slice(2), fromTon: 2 })],
  ['national without its type', digits => ({ from: `0${digits.slice(2)}`, fromTon: 0 })],
  ['national that is called international', digits => ({ from: `0${digits.slice(2)}` })],
  ['to our number at home', () => ({ to: '0712345678', toTon: 2 })],
  ['to our number with a plus', () => ({ to: sender })],
]
const texts: [string, Say][] = [
  ...[0, 1, 3, 0x10, 0x11, 0xf0, 0xf1, 0xf2, 0xf3, 0xf5, 0xf7].map((dataCoding): [string, Say] => [
    `of septets, data_coding ${dataCoding}`,
    () => ({ dataCoding }),
  ]),
  ...[8, 0x18, 0x19, 0x1a, 0x1b, 0x48, 0x58, 0].map((dataCoding): [string, Say] => [
    `of UCS-2, data_coding ${dataCoding}`,
    () => ({ dataCoding, text: utf16('STOP') }),
  ]),
  ...[0, 1, 3].map((dataCoding): [string, Say] => [
    `ARRÊT in Latin-1, ${dataCoding}`,
    () => ({ dataCoding, text: 'ARRÊT' }),
  ]),
  ...['СТОП', 'Відписатися', 'הסר', 'توقف', 'ΣΤΟΠ', 'İPTAL', 'Rezygnuję'].map((word): [string, Say] => [
    word,
    () => ({ dataCoding: 8, text: utf16(word) }),
  ]),
  ['in message_payload', () => ({ text: '', tlvs: [{ tag: 0x0424, value: Buffer.from('STOP') }] })],
  ['with a header that is none of parts', () => ({ esmClass: 0x40, text: header('03 24 01 01', 'STOP') })],
  ['of one part', () => ({ esmClass: 0x40, text: header('05 00 03 09 01 01', 'STOP') })],
]

test.each([...addresses, ...texts])('STOP %s opts out who wrote it, when it is acknowledged', async (_, speak) => {
  const phone = await say(speak)
  expect(await optedOut(stage.shops[0]!.workspaceId)).toContain(phone)
  expect(await optedOut(stage.shops[1]!.workspaceId)).toEqual([])
})

test.each<[string, string | Buffer, number]>([
  ['a question', 'When do you open?', 0],
  ['a visit', 'stop by the door?', 0],
  ['half an emoji', Buffer.concat([utf16('Hi '), hex('d83d')]), 8],
  ['a NUL', 'a\0b', 3],
  ['nothing', '', 0],
])('%s stops nothing and is kept', async (_, text, dataCoding) => {
  const phone = await say(() => ({ text, dataCoding }))
  expect(await optedOut(stage.shops[0]!.workspaceId)).not.toContain(phone)
  const kept = await stage.db.query(
    sql`select activity_id is not null as answers from replies where workspace_id = ${stage.shops[0]!.workspaceId} and address = ${phone}`,
  )
  expect(kept).toEqual([{ answers: true }])
})

test.each<[string, (n: number) => Partial<Spoken>, boolean]>([
  [
    'with a header of 8 bits, the last one first: STOP and what it quotes',
    n => ({ esmClass: 0x40, text: header(`05 00 03 07 02 0${3 - n}`, ['> the autumn collection', 'STOP\n'][n - 1]!) }),
    true,
  ],
  [
    'with a header of 16 bits: "stop by the door?" as the second',
    n => ({
      esmClass: 0x40,
      text: header(`06 08 04 00 07 02 0${n}`, ['I am late, could you ', 'stop by the door?'][n - 1]!),
    }),
    false,
  ],
  [
    'with parameters: "stop" as the second',
    n => ({
      text: ['I cannot ', 'stop'][n - 1]!,
      tlvs: [
        { tag: 0x020c, value: hex('0009') },
        { tag: 0x020e, value: hex('02') },
        { tag: 0x020f, value: Buffer.from([n]) },
      ],
    }),
    false,
  ],
])('a long reply %s is judged as a whole', async (_, speak, stops) => {
  const phone = await say(() => speak(1))
  drawn--
  const { workspaceId } = stage.shops[0]!
  expect(await optedOut(workspaceId)).not.toContain(phone)
  const digits = phone.slice(1)
  const second = deliverSm({ from: digits, to: sender.slice(1), toTon: 1, ...speak(2) })
  expect(await stage.smsc.deliver(second, (drawn + 1) % 2)).toBe(0)
  drawn++
  expect((await optedOut(workspaceId)).includes(phone)).toBe(stops)
  const kept = await stage.db.query(sql`select from replies where workspace_id = ${workspaceId} and address = ${phone}`)
  expect(kept).toHaveLength(1)
})

test('while replies cannot be applied no STOP is acknowledged and nothing is sent; then each holds, and is there once', async () => {
  const { smsc, shops, connectionString } = stage
  const { workspaceId } = shops[0]!
  const bound = smsc.binds.length
  await stage.db.run(sql`update gateways set rate = 10 where id = ${shops[0]!.gatewayId}`)
  // The bind of the old rate may still send all of them at once.
  await until('the gateway is bound again at its new rate', () => smsc.binds.length > bound && smsc.binds.at(-1)?.open)
  const before = smsc.submitted.length
  await shops[0]!.send(sender, 'The winter collection has come. Reply STOP to get no more.')
  await until('it is being sent', () => smsc.submitted.length > before)
  const held = await lock(connectionString, 'lock table replies in access exclusive mode')
  // Those who are sent to last: their number in the list is their place in the order of the keys.
  const phones = [people - 1, people - 2, people - 3].map(phoneOf)
  const stops = phones.map(phone => deliverSm({ from: phone.slice(1), to: sender.slice(1), toTon: 1, text: 'STOP' }))
  try {
    const statuses = Promise.all(stops.map(stop => smsc.deliver(stop, 0)))
    const began = monotonicMs()
    await until('what was claimed is sent', () => monotonicMs() - began > 2_500)
    const sent = smsc.submitted.length
    expect(await statuses).toEqual([0x64, 0x64, 0x64])
    expect(smsc.submitted.length).toBe(sent)
    const again = smsc.deliver(stops[0]!, 0)
    await held.release()
    expect(await again).toBe(0)
  } finally {
    await held.release()
  }
  for (const stop of stops) expect(await smsc.deliver(stop, 0)).toBe(0)
  await until('the activity ends', async () => {
    const [row] = await stage.db.query<{ n: number }>(sql`select count(*) as n from messages where status = 'queued'`)
    return row?.n === 0
  })
  expect(await optedOut(workspaceId)).toEqual(expect.arrayContaining(phones))
  const late = smsc.submitted.slice(before).filter(({ to }) => phones.includes(`+${to}`))
  expect(late).toEqual([])
}, 60_000)
