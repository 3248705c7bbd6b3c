/** What reads the inbox costs the same however many processes there ever were, and none of their records is forgotten. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'
import { makeClock } from '../platform/clock.ts'
import { openDatabase } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { ensureInstallation } from '../platform/installation/installation.ts'
import { openInbox } from './append.ts'
import { AppliedMarks } from './applied.ts'
import { leaveApplied, readBehind, renewSource } from './sources.ts'

const now = new Date('2026-11-01T12:00:00Z')
const clock = makeClock(1, Date.now(), now.getTime())
const log = { debug() {}, info() {}, warn() {}, error() {} }
const database = await freshDatabase()
const db = openDatabase({ connection: database.connection, lane: 'test', max: 4 })
await ensureInstallation(db, { identity: 'test', now })
const folder = mkdtempSync(join(tmpdir(), 'homing-sources-'))
afterAll(async () => {
  await db.end()
  await database.drop()
  rmSync(folder, { recursive: true, force: true })
})

interface Source {
  closed: boolean
  applied: boolean
}
async function stateOf(id: number): Promise<Source> {
  const [row] = await db.query<Source>(
    sql`select closed_at is not null as closed, applied from inbox_sources where id = ${id}`,
  )
  return row!
}
const record = { kind: 'reply', body: { number: '1', sender: 'x', text: 'y' }, at: now, gatewayId: null } as const
const open = () =>
  openInbox({ connection: database.connection, process: 'test', lane: 'replies', spoolFolder: folder, clock, log })
const expire = (id: number) => db.run(sql`update inbox_sources set lease_until = ${new Date(0)} where id = ${id}`)

test('the source of a killed process is closed by others, and left behind once it is applied', async () => {
  const inbox = await open()
  const { seq } = await inbox.append([record])
  await leaveApplied(db, 'replies', now)
  expect(await stateOf(inbox.source)).toEqual({ closed: false, applied: false })
  await expire(inbox.source)
  await leaveApplied(db, 'replies', now)
  expect(await stateOf(inbox.source)).toEqual({ closed: true, applied: false })
  expect(await readBehind(db, 'replies')).toEqual([{ id: inbox.source, watermark: 0 }])
  await db.run(sql`update inbox_sources set watermark = ${seq} where id = ${inbox.source}`)
  await leaveApplied(db, 'replies', now)
  expect(await stateOf(inbox.source)).toEqual({ closed: true, applied: true })
  await inbox.close()
})

test('a process that was only frozen, or a spool that is appended later, opens its source again', async () => {
  const inbox = await open()
  await expire(inbox.source)
  await leaveApplied(db, 'replies', now)
  expect(await stateOf(inbox.source)).toEqual({ closed: true, applied: true })
  const client = await db.connect()
  await renewSource(client, inbox.source)
  client.release()
  expect(await stateOf(inbox.source)).toEqual({ closed: false, applied: false })
  await inbox.append([record])
  expect((await readBehind(db, 'replies')).map(({ id }) => id)).toContain(inbox.source)
  await inbox.close()
  expect((await stateOf(inbox.source)).closed).toBe(true)
})

test('20,000 processes that ever were cost nothing', async () => {
  await db.run(sql`insert into inbox_sources (process, started_at, lane, closed_at, watermark, applied)
    select 'old', ${now}, 'gateway', ${now}, 10, true from generate_series(1, 20000)`)
  await db.run(sql`analyze inbox_sources`)
  const [plan] = await db.query<{
    'QUERY PLAN': [{ Plan: { 'Shared Hit Blocks': number; 'Shared Read Blocks': number } }]
  }>(
    sql`explain (analyze, buffers, format json) select s.id, s.watermark from inbox_sources s,
        lateral (select i.seq from inbox i where i.source = s.id and i.seq > s.watermark order by i.seq limit 1) waiting
      where s.lane = 'gateway' and not s.applied order by s.id`,
  )
  const { 'Shared Hit Blocks': hit, 'Shared Read Blocks': read } = plan!['QUERY PLAN'][0].Plan
  expect(hit + read).toBeLessThan(20)
})

test('a wait for a record ends when it is applied: at once in the process of the lane, soon in others', async () => {
  const [here, elsewhere] = [new AppliedMarks(db), new AppliedMarks(db)]
  const [row] = await db.query<{ id: number }>(
    sql`insert into inbox_sources (process, started_at, lane) values ('p', ${now}, 'replies') returning id`,
  )
  const id = row!.id
  expect(await elsewhere.wait(id, 1, 60)).toBe(false)
  const [told, read] = [here.wait(id, 2, 10_000), elsewhere.wait(id, 2, 10_000)]
  here.passed(id, 1)
  await db.run(sql`update inbox_sources set watermark = 2 where id = ${id}`)
  here.passed(id, 2)
  expect(await Promise.all([told, read])).toEqual([true, true])
  expect(await here.wait(id, 1, 0)).toBe(true)
})
