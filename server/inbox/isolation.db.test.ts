/** One bad record never stops the others: it is set aside, whatever is wrong with it, and what came in behind it is applied. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Type } from 'typebox'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'
import { until } from '../../test/processes.ts'
import { owners } from '../personal-data-owners.ts'
import { makeClock } from '../platform/clock.ts'
import { openDatabase } from '../platform/db/database.ts'
import { raw, sql } from '../platform/db/sql.ts'
import { ensureInstallation } from '../platform/installation/installation.ts'
import { createLog } from '../platform/log.ts'
import { forgetProfile } from '../profiles/forget.ts'
import { recordKinds } from '../record-kinds.ts'
import { type RunningLanes, runLanes } from '../run-lanes.ts'
import { openInbox } from './append.ts'
import { AppliedMarks } from './applied.ts'
import { type Applier, type Finish, makeApplier } from './applier.ts'
import { ApplyLane } from './apply-lane.ts'
import { type InboxRecord, recordKind, type StoredRow } from './record-kind.ts'
import { retryAll, retrySetAside } from './set-aside.ts'

const now = new Date('2026-11-01T12:00:00Z')
const clock = makeClock(1, Date.now(), now.getTime())
const log = createLog({ part: 'test', level: 'silent' })
const grouping = { byBucket: false, writer: 0 }

const database = await freshDatabase()
const db = openDatabase({ connection: database.connection, lane: 'test', max: 8 })
await ensureInstallation(db, { identity: 'test', now })
await db.run(sql`insert into workspaces (name, created_at) values ('Shop', ${now})`)
await db.run(
  sql`insert into gateways (workspace_id, name, kind, settings, account, password, test, created_at) values (1, 'G', 'smpp', jsonb_build_object('host', '127.0.0.1', 'port', 2775, 'systemId', 'u'), 'smpp:u@127.0.0.1:2775', 'p', true, ${now})`,
)
const folder = mkdtempSync(join(tmpdir(), 'homing-isolation-'))
afterAll(async () => {
  await db.end()
  await database.drop()
  rmSync(folder, { recursive: true, force: true })
})

let source = 100
beforeEach(async () => {
  source++
  await db.run(sql`insert into inbox_sources (id, process, started_at) values (${source}, 'test', ${now})`)
  await db.run(sql`delete from waiting`)
})

const numberOf = (seq: number) => `4670${1_000_000 + source * 10_000 + seq}`
const stop = (seq: number) => ({ number: numberOf(seq), sender: 'Shop', text: 'STOP' })

/** As any version may have left it: `body` is JSON text. */
async function stored(seq: number, kind: string, body: string, gatewayId: number | null = 1): Promise<void> {
  await db.run(sql`insert into inbox (source, seq, kind, gateway_id, at, body)
    values (${source}, ${seq}, ${kind}, ${gatewayId}, ${now}, ${body}::json)`)
}

async function applyAll(last: number): Promise<void> {
  const lanes: RunningLanes = runLanes({
    open: () => ({ ...db, end: async () => {} }),
    leases: db,
    clock,
    log,
    grouping,
  })
  try {
    await until('all of it is applied or set aside', async () => (await watermark()) === last, {
      seen: watermark,
      timeoutMs: 60_000,
    })
  } finally {
    await lanes.stop()
  }
}

async function watermark(): Promise<number | undefined> {
  const [row] = await db.query<{ watermark: number }>(sql`select watermark from inbox_sources where id = ${source}`)
  return row?.watermark
}

async function optedOut(): Promise<string[]> {
  const rows = await db.query<{ phone: string }>(
    sql`select address as phone from opt_outs where (evidence->>'source')::bigint = ${source} order by phone`,
  )
  return rows.map(({ phone }) => phone.slice(1))
}

const setAside = async () =>
  (
    await db.query<{ seq: number }>(
      sql`select seq from waiting where source = ${source} and settled = 'set_aside' order by seq`,
    )
  ).map(({ seq }) => seq)

/** Bodies that no version of ours writes, and that some have written. */
const bad: Record<string, [kind: string, body: string]> = {
  'a body that is null': ['receipt', 'null'],
  'a receipt without anything': ['receipt', '{}'],
  'a receipt with an object for an id': [
    'receipt',
    '{"providerId": {"a": 1}, "number": "46701740605", "sender": "Shop"}',
  ],
  'a reply without a text': ['reply', '{"number": "46701740605", "sender": "Shop"}'],
  'a reply whose number is a list': ['reply', '{"number": [1], "sender": "Shop", "text": "STOP"}'],
  'a click with a word for its number': [
    'click',
    '{"codeNumber": "many", "method": "GET", "agent": "x", "addressHash": ""}',
  ],
  'a view of the opt-out page without anything': ['opt_out_view', '{}'],
  'a kind of a newer version': ['kind_of_a_later_version', '{"url": "https://example.com"}'],
}

test.each(Object.entries(bad))('%s stops no STOP behind it', async (_, [kind, body]) => {
  await stored(1, 'reply', JSON.stringify(stop(1)))
  await stored(2, kind, body)
  await stored(3, 'reply', JSON.stringify(stop(3)))
  await applyAll(3)
  expect(await optedOut()).toEqual([numberOf(1), numberOf(3)])
})

const receipt = {
  ...{ providerId: 'p1', state: 'delivered', counts: false, code: 'dlr:delivrd' },
  ...{ number: '46701740605', sender: 'Shop', afterMs: 1e20 },
}
const visit = { codeNumber: 1.5, method: 'GET', agent: 'x', addressHash: '' }
const part = { reference: 1e20, total: 2, number: 1, units: '0041' }
const ofDatabase = /^SQLSTATE 22/

const hash = '00000000-0000-0000-0000-000000000000'
const event = { websiteId: 1, workspaceId: 1.5, kind: 'track', key: hash, at: 0, visitor: hash, name: 'x' }

/**
 * Of each kind, a record that has its shape and that the database refuses. All that is stored of a delivery that cannot be read, and of a returned
 * e-mail, are texts, which the database takes whatever they are: of these, one without its shape.
 */
const refused: Record<string, { body: object; why: RegExp }> = {
  receipt: { body: receipt, why: ofDatabase },
  reply: { body: { number: '46701740605', sender: 'Shop', text: 'x', part }, why: ofDatabase },
  click: { body: visit, why: ofDatabase },
  opt_out_view: { body: visit, why: ofDatabase },
  website_event: { body: event, why: ofDatabase },
  mail_report: { body: { recipient: 5, raw: '' }, why: /recipient must be string/ },
  unreadable: { body: { hex: 5, why: 'broken' }, why: /hex must be string/ },
}

test('there is a record of each kind that the database refuses', () => {
  expect(Object.keys(refused).sort()).toEqual(recordKinds.map(({ name }) => name).sort())
})

test.each(Object.entries(refused))(
  'a %s that the database refuses stops nothing around it, and is set aside',
  async (kind, { body, why }) => {
    await answered('p1')
    await stored(1, 'reply', JSON.stringify(stop(1)))
    await stored(2, kind, JSON.stringify(body))
    await stored(3, 'reply', JSON.stringify(stop(3)))
    await stored(4, kind, JSON.stringify(body))
    await stored(5, 'reply', JSON.stringify(stop(5)))
    await applyAll(5)
    expect(await optedOut()).toEqual([1, 3, 5].map(numberOf))
    const kept = await db.query<{ seq: number; why: string }>(
      sql`select seq, why from waiting where source = ${source} and settled = 'set_aside' order by seq`,
    )
    expect(kept).toEqual([2, 4].map(seq => ({ seq, why: expect.stringMatching(why) })))
  },
)

/** A message that the gateway has accepted under this id. */
async function answered(providerId: string): Promise<void> {
  const key = { bucket: 7, activity_id: source, profile_id: 7 }
  const insert = (table: string, row: object) =>
    db.run(
      sql`insert into ${raw(table)} (${raw(Object.keys({ ...key, ...row }).join(', '))})
        select ${raw(
          Object.keys({ ...key, ...row })
            .map(name => `r.${name}`)
            .join(', '),
        )}
        from jsonb_populate_record(null::${raw(table)}, ${{ ...key, ...row }}::jsonb) r`,
    )
  const accepted = { status: 'pending', t0: now, status_at: now, attempts: 1, parts: 1, gateway_id: 1, charged: true }
  await insert('messages', { workspace_id: 1, address: '+46701740605', ...accepted })
  await insert('attempts', { n: 1, try: 1, gateway_id: 1, session_id: 1, at: now })
  await insert('answers', {
    ...{ n: 1, part: 1, outcome: 'accepted', counts: false, gateway_id: 1, at: now },
    provider_id: providerId,
  })
}

test('fifty bad records anywhere among five hundred STOPs: all five hundred hold, and what was set aside tells why', async () => {
  const bodies = Object.values(bad)
  const isBad = (seq: number) => seq % 11 === 7
  const rows = Array.from({ length: 550 }, (_, i) => i + 1)
  await db.run(sql`insert into inbox (source, seq, kind, gateway_id, at, body)
    select ${source}, u.seq, u.kind, 1, ${now}, u.body::json from unnest(${rows}::bigint[],
      ${rows.map(seq => (isBad(seq) ? bodies[seq % bodies.length]![0] : 'reply'))}::text[],
      ${rows.map(seq => (isBad(seq) ? bodies[seq % bodies.length]![1] : JSON.stringify(stop(seq))))}::text[]) u (seq, kind, body)`)
  await applyAll(550)
  expect(await optedOut()).toHaveLength(500)
  const kept = await db.query<{ why: string }>(
    sql`select why from waiting where source = ${source} and settled = 'set_aside'`,
  )
  expect(kept.length).toBeGreaterThan(40)
  expect(kept.filter(({ why }) => !why)).toEqual([])
})

test('records that an older version kept with a NUL or half an emoji are applied, and their writer can be erased', async () => {
  const number = numberOf(1)
  await db.run(sql`insert into profiles (bucket, profile_id, workspace_id, phone, phone_type, created_at, updated_at)
    values (1, 1, 1, ${`+${number}`}, 'mobile', ${now}, ${now})`)
  await db.run(
    sql`insert into profile_keys (value, workspace_id, kind, profile_id) values (${`+${number}`}, 1, 'phone', 1)`,
  )
  await stored(1, 'reply', `{"number": "${number}", "sender": "Shop", "text": "STOP\\u0000"}`)
  await stored(2, 'reply', `{"number": "${number}", "sender": "Shop", "text": "Hej \\ud83d"}`)
  await stored(
    3,
    'receipt',
    `{"providerId": "ab\\u0000cd", "state": "delivered", "counts": false, "code": "", "number": "${number}", "sender": "Shop"}`,
  )
  await applyAll(3)
  expect(await optedOut()).toEqual([number])
  expect(await setAside()).toEqual([])
  expect(await db.query(sql`select settled from waiting where source = ${source}`)).toEqual([{ settled: null }])
  await forgetProfile(db, { workspaceId: 1, profileId: 1, actor: 'test', now, dataFolder: null }, owners)
  const bodies = await db.query<{ body: { number: string } }>(
    sql`select body from inbox where source = ${source} union all select body from waiting where source = ${source}`,
  )
  expect(bodies.map(({ body }) => body.number)).toEqual(bodies.map(() => ''))
})

test('what comes in is cleaned at the door: every text, however deep', async () => {
  const inbox = await openInbox({ connection: database.connection, process: 'test', spoolFolder: folder, clock, log })
  const record: InboxRecord = {
    kind: 'click',
    at: now,
    gatewayId: null,
    body: { codeNumber: 1, method: 'GET', agent: 'a\0b', addressHash: '', headers: { 'x\0y': 'half \ud83d' } },
  }
  await inbox.append([record])
  const [row] = await db.query(sql`select body::jsonb as body from inbox where source = ${inbox.source}`)
  expect(row).toMatchObject({ body: { agent: 'ab', headers: { xy: 'half \ufffd' } } })
  await inbox.close()
})

test('a record that was set aside is applied when the fault is over, once an operator says so', async () => {
  let broken = true
  const applied: number[] = []
  const applier = replyApplier(async (rows, finish) => {
    if (broken && rows.some(row => row.seq === 2)) throw new TypeError('a bug of this version')
    applied.push(...rows.map(row => row.seq))
    await db.tx(finish)
  })
  await db.run(sql`update inbox_sources set lane = 'replies' where id = ${source}`)
  for (const seq of [1, 2, 3]) await stored(seq, 'reply', JSON.stringify(stop(seq)))
  const lane = laneWith([applier])
  const running = lane.run()
  await until('the lane is past it', async () => (await watermark()) === 3)
  lane.stop()
  await running
  expect([applied, await setAside()]).toEqual([[1, 3], [2]])
  broken = false
  expect(await retryAll(db, { workspaceId: null, actor: 'test' }, new Date())).toBe(1)
  expect(await retrySetAside(db, [applier])).toBe(1)
  expect([applied, await setAside()]).toEqual([[1, 3, 2], []])
})

test('a record that ends its process is found by the deaths of four, and the lane continues', async () => {
  await db.run(sql`update inbox_sources set lane = 'replies' where id = ${source}`)
  for (let seq = 1; seq <= 300; seq++) await stored(seq, 'reply', JSON.stringify(stop(seq)))
  let deaths = 0
  const applied = new Set<number>()
  /** Never returns, as a process that is dead or in an endless loop. */
  const deadly = replyApplier(async (rows, finish) => {
    if (rows.some(row => row.seq === 150)) {
      deaths++
      await new Promise(() => {})
    }
    await db.tx(finish)
    for (const row of rows) applied.add(row.seq)
  })
  for (let start = 1; (await watermark()) !== 300; start++) {
    expect(start).toBeLessThan(8)
    const before = deaths
    const lane = laneWith([deadly])
    void lane.run()
    await until('it is past it, or dead', async () => deaths > before || (await watermark()) === 300)
    // As a process that is gone: it gives nothing back, and its lease runs out.
    lane.abandon()
    await db.run(sql`update inbox_lanes set lease_until = ${new Date(0)} where lane = 'replies'`)
  }
  expect(deaths).toBe(4)
  expect(await setAside()).toEqual([150])
  expect(applied.size).toBe(299)
})

test('a record with which the database takes too long, again and again, is set aside; a database that is slow once is not blamed on it', async () => {
  await db.run(sql`update inbox_sources set lane = 'replies' where id = ${source}`)
  for (let seq = 1; seq <= 64; seq++) await stored(seq, 'reply', JSON.stringify(stop(seq)))
  let attempts = 0
  const slow = replyApplier(async (rows, finish) => {
    attempts++
    if (attempts < 3 || rows.some(row => row.seq === 40))
      throw Object.assign(new Error('canceling statement due to statement timeout'), { code: '57014' })
    await db.tx(finish)
  })
  const lane = laneWith([slow])
  const running = lane.run()
  await until('the lane is past it', async () => (await watermark()) === 64)
  lane.stop()
  await running
  expect(await setAside()).toEqual([40])
  expect(attempts).toBeLessThan(20)
})

test('while the database is away nothing is set aside', async () => {
  await db.run(sql`update inbox_sources set lane = 'replies' where id = ${source}`)
  for (const seq of [1, 2]) await stored(seq, 'reply', JSON.stringify(stop(seq)))
  const faults = [
    Object.assign(new Error('terminating connection'), { code: '57P01' }),
    Object.assign(new Error('could not extend file'), { code: '53100' }),
    Object.assign(new Error('deadlock detected'), { code: '40P01' }),
    Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
    new Error('Connection terminated unexpectedly'),
  ]
  const applier = replyApplier(async (_, finish) => {
    const fault = faults.pop()
    if (fault !== undefined) throw fault
    await db.tx(finish)
  })
  const lane = laneWith([applier])
  const running = lane.run()
  await until('it is applied', async () => (await watermark()) === 2)
  lane.stop()
  await running
  expect(await setAside()).toEqual([])
})

const replyKind = recordKind({
  name: 'reply',
  lane: 'replies',
  label: 'Reply',
  schema: Type.Object({ text: Type.String() }),
  erase: () => ({}),
  recordsOf: async () => [],
})
const replyApplier = (apply: (rows: readonly StoredRow[], finish: Finish) => Promise<void>): Applier =>
  makeApplier([replyKind], apply)

function laneWith(appliers: readonly Applier[]): ApplyLane & { abandon(): void } {
  // A holder that is cut off: its connection for renewals answers no more.
  let gone = false
  const leases = {
    query: <Row>(...of: Parameters<typeof db.query<Row>>) =>
      gone ? new Promise<Row[]>(() => {}) : db.query<Row>(...of),
    run: (...of: Parameters<typeof db.run>) => (gone ? new Promise<number>(() => {}) : db.run(...of)),
  }
  const lane = new ApplyLane({ db, leases, clock, log, lane: 'replies', appliers, marks: new AppliedMarks(db) })
  return Object.assign(lane, {
    abandon() {
      gone = true
      lane.stop()
    },
  })
}
