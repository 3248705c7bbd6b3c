/**
 * The whole ring by the command line, on a real list of 10,000: import, send over SMPP to a population that answers, clicks and opts out,
 * report, export. What the report says must be what the simulator counted on its own, and what `verify` computes from the facts.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../server/platform/db/database.ts'
import { sql } from '../server/platform/db/sql.ts'
import { setClockRate } from '../server/platform/installation/business-clock.ts'
import type { Report } from '../server/report/overview.ts'
import { type FreshDatabase, freshDatabase } from './database.ts'
import {
  counted,
  countsOf,
  type Env,
  freePort,
  homing,
  homingJson,
  killAll,
  root,
  startProcess,
  temporaryFolder,
  until,
} from './processes.ts'

const list = join(root, 'test', 'data', 'profiles-10k.csv')
const facts = JSON.parse(readFileSync(join(root, 'test', 'data', 'profiles-10k.facts.json'), 'utf8')) as Record<
  string,
  unknown
>
const map =
  'external_key=Kundnr,first_name=Förnamn,last_name=Efternamn,phone=Mobil,email=E-post,city=Ort,attr.since:date=Kundsedan,attr.points:number=Poäng,sms_consent=Samtycke SMS,note=Notering'
const text = ['Hej ##first_name|du##! Höstens erbjudande: https://example.com/host', 'Avsluta: ##unsubscribe##'].join(
  '\n',
)
/** Four hours of business in a second: 72 hours in 18 s. */
const rate = 14_400

let place: ReturnType<typeof temporaryFolder>
let database: FreshDatabase
let db: Database
let env: Env

beforeAll(async () => {
  place = temporaryFolder('ring')
  database = await freshDatabase()
  db = openDatabase({ connection: database.connection, lane: 'test', max: 2 })
  const port = await freePort()
  env = {
    DATABASE_URL: database.connectionString,
    HOMING_DATA: place.path,
    HOMING_PORT: String(port),
    HOMING_GATEWAY_PASSWORD: 'homing',
    HOMING_LINK_URL: `http://127.0.0.1:${port}`,
    HOMING_SIMULATOR_LINK_ORIGINS: `http://127.0.0.1:${port}`,
    HOMING_CLOCK_RATE: String(rate),
  }
})
afterAll(async () => {
  await killAll()
  await db.end()
  await database.drop()
  place.remove()
})

test('what is wrong with a command is one sentence on stderr, exit code 1, and nothing on stdout', async () => {
  const wrong: [string[], RegExp][] = [
    [['report', '1', '--workspace', 'Shop'], /workspace/],
    [
      [
        'send',
        '--workspace',
        'Nobody',
        '--gateway',
        'sim',
        '--topic',
        'Offers',
        '--name',
        'A',
        '--sender',
        'Shop',
        '--text-file',
        list,
      ],
      /Nobody/,
    ],
    [['sned'], /sned/],
    [['import', list, '--workspace', 'Shop', '--country', 'SE', '--map', 'phone=Mobil,phone'], /phone/],
    [['import', list, '--workspace', 'Shop', '--country', 'SE', '--map', 'phone=Telefon'], /Telefon/],
    [['export', '1', 'opened', '--out', '-'], /opened/],
  ]
  const said = await Promise.all(wrong.map(([words]) => homing([...words, '--json'], env)))
  for (const [i, { code, out, err }] of said.entries()) {
    const [words, names] = wrong[i]!
    expect({ words, code, out }).toEqual({ words, code: 1, out: '' })
    expect(err, words.join(' ')).toMatch(names)
    expect(err, words.join(' ')).not.toMatch(/\n {4}at /)
    expect(err.trim().split('\n'), words.join(' ')).toHaveLength(1)
  }
})

test('10,000 profiles: the report is what the simulator counted, and every list has as many rows as its figure', async () => {
  await homingJson(['workspace', 'create', 'Shop'], env)
  const imported = await homingJson<Record<string, unknown>>(importWords(), env)
  expect(imported).toMatchObject({ ...facts, created: facts.distinctCustomerIds, rejected: 0 })

  const folder = join(place.path, 'simulator')
  const simulator = await startProcess(['simulator', '--folder', folder, '--seed', '7'], env)
  await homingJson(
    [
      'gateway',
      'add',
      `smpp://homing@127.0.0.1:${simulator.info.port}`,
      '--workspace',
      'Shop',
      '--name',
      'sim',
      '--window',
      '500',
    ],
    env,
  )
  await setClockRate(db, rate)
  await startProcess(['web'], env)

  writeFileSync(join(place.path, 'text.txt'), text)
  const sent = await homingJson<{ activity: string; targeted: number; notSent: number; queued: number }>(
    sendWords('Autumn', '--wait'),
    env,
  )
  expect(sent).toMatchObject({ targeted: facts.consentYes, queued: facts.distinctSendableNumbersWithConsent })
  expect(sent.targeted).toBe(sent.notSent + sent.queued)

  // The people click on for a while; a worker takes it in.
  const worker = await startProcess(['worker'], env)
  const report = await settledReport(sent.activity, folder)
  const { figures } = report
  const counts = countsOf(folder)!
  expect(Object.fromEntries(counted.map(([theirs, ours]) => [theirs, figures[ours]]))).toEqual(
    Object.fromEntries(counted.map(([theirs]) => [theirs, counts[theirs]])),
  )
  expect(counts).toMatchObject({ doubles: 0, deadLinks: 0, incomplete: 0 })
  expect(figures).toMatchObject({
    targeted: facts.consentYes,
    queued: 0,
    sent: facts.distinctSendableNumbersWithConsent,
  })
  expect(figures.targeted).toBe(figures.notSent + figures.queued + figures.sent)
  expect(figures.sent).toBe(figures.delivered + figures.bounced + figures.pending)
  expect(figures.bounced).toBe(figures.bouncedHard + figures.bouncedSoftRetrying + figures.bouncedSoftFinal)
  expect(Object.values(report.notSentReasons).reduce((sum, n) => sum + n, 0)).toBe(figures.notSent)
  expect(report).toMatchObject({ state: 'sent', completeness: 1 })
  for (const figure of [
    figures.delivered,
    figures.bouncedHard,
    figures.bouncedSoftFinal,
    figures.pending,
    figures.clicks,
    figures.unsubscribed,
  ])
    expect(figure).toBeGreaterThan(0)
  expect(await worker.stop()).toBe(0)

  const verified = await homing(['verify', '--json'], env)
  expect(verified).toMatchObject({ code: 0 })
  expect(JSON.parse(verified.out)).toEqual({ checked: figures.targeted, toJudge: 0, differences: [] })

  await everyList(sent.activity, report)
  await reimport(figures)
}, 240_000)

const importWords = () => ['import', list, '--workspace', 'Shop', '--country', 'SE', '--map', map]
const sendWords = (name: string, ...more: string[]) => [
  'send',
  '--workspace',
  'Shop',
  '--gateway',
  'sim',
  '--topic',
  'Offers',
  '--name',
  name,
  '--sender',
  'Shop',
  '--text-file',
  join(place.path, 'text.txt'),
  ...more,
]

/** When nothing of the simulator's people is under way and all that they did is in the figures. */
async function settledReport(activity: string, folder: string): Promise<Report> {
  await until(
    'the simulator is quiet',
    () => {
      const counts = countsOf(folder)
      return counts?.receiptsOpen === 0 && counts.visitsOpen === 0
    },
    { seen: () => countsOf(folder) },
  )
  await until('the apply lane has taken in everything', async () => {
    const [behind] = await db.query<{ n: number }>(
      sql`select count(*) as n from inbox i join inbox_sources s on s.id = i.source where i.seq > s.watermark`,
    )
    return behind?.n === 0
  })
  return homingJson<Report>(['report', activity], env)
}

async function everyList(activity: string, { figures }: Report): Promise<void> {
  const tabs = {
    sent: 'sent',
    delivered: 'delivered',
    clicks: 'unique',
    bounced: 'bounced',
    pending: 'pending',
    unsubscribed: 'unsubscribed',
    'not-sent': 'notSent',
  } as const
  const files = await Promise.all(
    Object.keys(tabs).map(async tab => {
      const out = join(place.path, `${tab}.csv`)
      const { code, err } = await homing(['export', activity, tab, '--format', 'csv', '--out', out], env)
      expect({ tab, code, err: code === 0 ? '' : err }).toEqual({ tab, code: 0, err: '' })
      const bytes = readFileSync(out)
      expect(bytes.subarray(0, 3).toString('hex')).toBe('efbbbf')
      return [tab, parse(bytes, { bom: true, columns: true }) as Record<string, string>[]] as const
    }),
  )
  const rows = new Map(files)
  expect(Object.fromEntries(files.map(([tab, { length }]) => [tab, length]))).toEqual(
    Object.fromEntries(Object.entries(tabs).map(([tab, figure]) => [tab, figures[figure]])),
  )
  const sent = rows.get('sent')!
  expect(Object.keys(sent[0]!).slice(0, 7)).toEqual([
    'profile_id',
    'external_key',
    'phone',
    'email',
    'status',
    'reason',
    'at',
  ])
  expect(sent.filter(row => !/^\+[1-9]\d{6,14}$/.test(row.phone!))).toEqual([])
  expect(new Set(sent.map(row => row.phone)).size).toBe(sent.length)
  expect(rows.get('not-sent')!.filter(row => row.reason === '')).toEqual([])
}

/** Importing the same file again changes no profile, and an opted-out person stays out of the next activity. */
async function reimport(figures: Report['figures']): Promise<void> {
  const again = await homingJson<Record<string, unknown>>(importWords(), env)
  expect(again).toMatchObject({ ...facts, created: 0, rejected: 0 })
  const next = await homingJson<{ activity: string; queued: number }>(sendWords('Winter'), env)
  const { notSentReasons } = await homingJson<Report>(['report', next.activity], env)
  expect(figures.unsubscribed).toBeGreaterThan(0)
  expect(notSentReasons.opted_out).toBeGreaterThanOrEqual(figures.unsubscribed)
  const [out] = await db.query<{ profiles: number; numbers: number }>(
    sql`select count(*) as profiles, count(distinct m.address) as numbers from messages m
      where m.activity_id = ${Number(next.activity)} and m.excluded = 'opted_out'`,
  )
  expect(out?.numbers).toBe(figures.unsubscribed)
}
