/** What does not move in the inbox, and what became no fact: said in words, and nobody is sent to while a STOP may wait. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { ownDatabase } from '../../test/database.ts'
import { InboxWatch, readLanes } from '../inbox/behind.ts'
import { countUnmatched, forgetOld, listUnmatched } from '../inbox/unmatched.ts'
import { sql } from '../platform/db/sql.ts'
import { recordKinds } from '../record-kinds.ts'
import { findBehind, findUnmatched } from './watch-inbox.ts'
import { findUnwritable } from './watch-spool.ts'

const now = new Date('2026-11-01T12:00:00Z')
const later = (ms: number) => new Date(now.getTime() + ms)
const clockAt = (at: Date, rate = 1) => ({ rate, now: () => at, realMsUntil: () => 0 })

const db = await ownDatabase({ installedAt: now })
await db.run(sql`insert into workspaces (name, created_at) values ('Shop', ${now}), ('Other', ${now})`)
await db.run(sql`insert into gateways (workspace_id, name, kind, settings, account, password, test, created_at)
  values (1, 'Operator', 'smpp', jsonb_build_object('host', 'h', 'port', 1, 'systemId', 'u'), 'smpp:u@h:1', 'p', true, ${now}), (2, 'Elsewhere', 'smpp', jsonb_build_object('host', 'h', 'port', 1, 'systemId', 'v'), 'smpp:v@h:1', 'p', true, ${now})`)

beforeEach(async () => {
  await db.run(sql`delete from inbox`)
  await db.run(sql`delete from inbox_sources`)
  await db.run(sql`delete from waiting`)
})

async function unapplied(lane: string, at: Date, applied = false): Promise<void> {
  const [row] = await db.query<{ id: number }>(
    sql`insert into inbox_sources (process, started_at, lane, watermark) values ('p', ${now}, ${lane}, ${applied ? 1 : 0}) returning id`,
  )
  await db.run(
    sql`insert into inbox (source, seq, kind, gateway_id, at, body) values (${row!.id}, 1, 'reply', 1, ${at}, '{}')`,
  )
}

const isBehind = async (at: Date, rate = 1) => {
  const watch = new InboxWatch()
  await watch.look(db, clockAt(at, rate))
  return watch.isBehind
}

test('nobody is sent to while a reply waits for over 2 s, or a receipt for over a minute; clicks stop nobody', async () => {
  expect(await isBehind(now)).toBe(false)
  await unapplied('replies', now, true)
  await unapplied('web', now)
  expect(await isBehind(later(3_600_000))).toBe(false)
  await unapplied('gateway', now)
  expect([await isBehind(later(59_000)), await isBehind(later(61_000))]).toEqual([false, true])
  await unapplied('replies', later(60_000))
  expect([await isBehind(later(61_900)), await isBehind(later(62_100))]).toEqual([true, true])
  await db.run(sql`update inbox_sources set watermark = 1 where lane = 'gateway'`)
  expect([await isBehind(later(61_900)), await isBehind(later(62_100))]).toEqual([false, true])
})

test('waits are in real time: where business time runs fast, an hour of it may be ten seconds', async () => {
  await unapplied('replies', now)
  expect([await isBehind(later(600_000), 360), await isBehind(later(900_000), 360)]).toEqual([false, true])
})

test('who could not ask yet, or lately, does not send', () => {
  expect(new InboxWatch().isBehind).toBe(true)
})

test('the alarm says what does not move, since when, who has it, and what to do', async () => {
  await unapplied('replies', now)
  await db.run(sql`update inbox_lanes set holder = 'host:4711:ab' where lane = 'replies'`)
  expect(await findBehind(db, clockAt(later(10_000)))).toEqual([])
  const [alarm, ...others] = await findBehind(db, clockAt(later(20_000)))
  expect(others).toEqual([])
  expect(alarm).toMatchObject({ kind: 'inbox_behind', workspaceId: null })
  expect(alarm!.sentence).toContain('STOP')
  expect(alarm!.fix).toContain('restart of the worker')
  expect(alarm!.detail).toContain('2026-11-01T12:00:00.000Z')
  expect(alarm!.detail).toContain('host:4711:ab')
  expect((await readLanes(db, clockAt(now))).map(({ lane }) => lane).sort()).toEqual([
    'events',
    'gateway',
    'replies',
    'web',
  ])
})

async function waiting(
  seq: number,
  gatewayId: number | null,
  settled: string | null,
  tries: number,
  at = now,
): Promise<void> {
  await db.run(sql`insert into waiting (source, seq, kind, gateway_id, at, body, number, tries, next_try_at, settled, why)
    values (1, ${seq}, 'receipt', ${gatewayId}, ${at}, '{"providerId": "x"}', '46701740605', ${tries}, ${now}, ${settled}, 'w')`)
}

test('receipts that match nothing, deliveries that cannot be read and records set aside are counted by gateway, and told', async () => {
  await waiting(1, 1, null, 5)
  await waiting(2, 1, 'given_up', 100)
  await waiting(3, 1, null, 2)
  await waiting(4, 2, 'unreadable', 0)
  await waiting(5, null, 'set_aside', 0, later(-40 * 24 * 3_600_000))
  await waiting(6, 1, 'given_up', 100, later(-2 * 24 * 3_600_000))
  expect(await countUnmatched(db, later(-24 * 3_600_000))).toMatchObject([
    { gatewayId: 1, workspaceId: 1, unmatched: 2, unreadable: 0, setAside: 0 },
    { gatewayId: 2, workspaceId: 2, unmatched: 0, unreadable: 1, setAside: 0 },
    { gatewayId: null, workspaceId: null, unmatched: 0, unreadable: 0, setAside: 1 },
  ])
  const alarms = await findUnmatched(db, now)
  expect(alarms.map(({ kind, workspaceId }) => [kind, workspaceId])).toEqual([
    ['receipts_unmatched', 1],
    ['deliveries_unreadable', 2],
    ['records_set_aside', null],
  ])
  expect(alarms[0]!.sentence).toBe('2 receipts of the gateway “Operator” in the last 24 hours match no message.')
})

test('the list has the newest first, page by page, and only what is of the workspace; old ones go', async () => {
  for (let seq = 1; seq <= 5; seq++) await waiting(seq, 1, seq % 2 === 0 ? 'unreadable' : null, 1, later(seq * 1000))
  await waiting(6, 2, null, 1)
  await waiting(7, null, 'set_aside', 0)
  const page = (input: Partial<Parameters<typeof listUnmatched>[1]>) =>
    listUnmatched(db, { workspaceId: 1, limit: 2, kinds: recordKinds, ...input })
  const seqs = async (input: Partial<Parameters<typeof listUnmatched>[1]>) =>
    (await page(input)).items.map(({ seq }) => seq)
  expect(await seqs({})).toEqual([5, 4])
  const second = await page({ after: (await page({})).next ?? '' })
  expect(second.items.map(({ seq }) => seq)).toEqual([3, 2])
  expect(await seqs({ before: second.previous ?? '' })).toEqual([5, 4])
  expect(await seqs({ state: 'unreadable' })).toEqual([4, 2])
  expect((await seqs({ workspaceId: null, limit: 10 })).length).toBe(7)
  await forgetOld(db, later(91 * 24 * 3_600_000))
  expect(await seqs({ workspaceId: null, limit: 10 })).toEqual([5, 3, 1, 6])
})

test('a spool that cannot be written raises an alarm before it is needed, and nothing is left of the trial', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'homing-probe-'))
  try {
    expect(await findUnwritable(join(folder, 'spool'), 'here')).toEqual([])
    expect(readdirSync(join(folder, 'spool'))).toEqual([])
    writeFileSync(join(folder, 'file'), '')
    const [alarm] = await findUnwritable(join(folder, 'file', 'spool'), 'here')
    expect(alarm).toMatchObject({ kind: 'spool_unwritable', subject: 'here' })
    expect(alarm!.detail).toContain('ENOTDIR')
    expect(alarm!.fix).toContain('Free space')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
