/** A count that takes longer than a page waits continues in the background: shared, cancelled, resumed, bounded, and refused with the place that costs it. */
import { beforeEach, describe, expect, test } from 'vitest'
import { testApp } from '../access/app.fixture.ts'
import type { Database } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { longCountLimits } from './long-counts.ts'
import { runLongCounts } from './run-long-counts.ts'

// No count makes this limit.
const app = testApp({ countMs: 0 })
let made = 0
let mine = { id: 0, key: '', base: '' }

const call = (method: 'GET' | 'POST' | 'DELETE', path: string, body?: object, at = mine) =>
  app.call(method, at.base + path, { key: at.key, ...(body && { body }) })
const all = (...items: object[]) => ({ v: 1, root: { kind: 'group', match: 'all', items } })
const city = (value: string) => ({ kind: 'text', field: 'attr:city', op: 'is', value })
interface Long {
  id: number
  state: string
  n: number | null
  problem: { code: string; title: string; where?: string } | null
}
const ask = async (definition: object, at = mine) => {
  const answer = await call('POST', '/segments/count', { definition, background: true }, at)
  expect(answer.status, JSON.stringify(answer.body)).toBe(202)
  return answer.body as Long
}
const view = async (id: number) => (await call('GET', `/segments/counts/${id}`)).body as Long
const run = (more: object = {}) => runLongCounts({ db: app.db, now: () => app.deps.clock.now(), beatMs: 20, ...more })
const until = async (isSo: () => Promise<boolean>) => expect.poll(isSo, { timeout: 20_000, interval: 20 }).toBe(true)

/** Whatever reads profiles waits meanwhile. */
async function whileLocked<Result>(db: Database, work: () => Promise<Result>): Promise<Result> {
  const lock = await db.connect()
  try {
    await lock.query('begin')
    await lock.query('lock table profiles in access exclusive mode')
    return await work()
  } finally {
    await lock.query('rollback')
    lock.release()
  }
}

beforeEach(async () => {
  await app.db.run(sql`delete from segment_counts`)
  mine = await app.workspace(`W${++made}`, 'editor')
  await call('POST', '/profiles', {
    profiles: [
      { externalKey: '1', attributes: { city: 'Lund' } },
      { externalKey: '2', attributes: { city: 'Lund' } },
    ],
  })
})

describe('a count that does not make its limit', () => {
  test('continues in the background and brings the exact number', async () => {
    const { id, state } = await ask(all(city('lund')))
    expect(state).toBe('waiting')
    await run()
    expect(await view(id)).toMatchObject({ state: 'done', n: 2, asOf: expect.any(String), problem: null })
  })

  test('is counted in the request where the client does not ask for the background', async () => {
    expect(await call('POST', '/segments/count', { definition: all(city('lund')) })).toMatchObject({
      status: 200,
      body: { n: 2 },
    })
  })

  test('is one for all pages that ask the same, and a workspace has a limit', async () => {
    const asked = await Promise.all([1, 2, 3].map(() => ask(all(city('lund')))))
    expect(new Set(asked.map(({ id }) => id)).size).toBe(1)
    for (let n = 1; n < longCountLimits.open; n++) await ask(all(city(`C${n}`)))
    const over = await call('POST', '/segments/count', { definition: all(city('too many')), background: true })
    expect(over).toMatchObject({ status: 409, body: { code: 'limit_reached' } })
    const other = await app.workspace(`Other ${made}`, 'editor')
    await ask(all(), other)
  })

  test('is refused at once where the conditions are wrong', async () => {
    expect(
      await call('POST', '/segments/count', {
        definition: all({ kind: 'filled', field: 'attr:shoe' }),
        background: true,
      }),
    ).toMatchObject({ status: 400, body: { code: 'segment_field_unknown' } })
  })

  test('of another workspace is not seen and not cancelled', async () => {
    const { id } = await ask(all(city('lund')))
    const other = await app.workspace(`Other ${made}`, 'admin')
    expect((await call('GET', `/segments/counts/${id}`, undefined, other)).status).toBe(404)
    expect((await call('DELETE', `/segments/counts/${id}`, undefined, other)).status).toBe(404)
    expect(await view(id)).toMatchObject({ state: 'waiting' })
  })
})

describe('in the background', () => {
  test('a count is cancelled while it waits and while it runs: its statement ends', async () => {
    const waiting = await ask(all(city('lund')))
    expect((await call('DELETE', `/segments/counts/${waiting.id}`)).body).toMatchObject({ state: 'cancelled' })
    await run()
    expect(await view(waiting.id)).toMatchObject({ state: 'cancelled', n: null })

    const { id } = await ask(all(city('lund')))
    await whileLocked(app.db, async () => {
      const running = run()
      await until(async () => {
        const rows = await app.db.query(
          sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%from profiles p%'`,
        )
        return rows.length > 0
      })
      await app.db.run(sql`update segment_counts set state = 'cancelled', ended_at = now() where id = ${id}`)
      await running
    })
    expect(await view(id)).toMatchObject({ state: 'cancelled', n: null })
  })

  test('a count that does not end is refused, with the only condition or with the one that takes longest', async () => {
    const { id } = await ask(all(city('lund')))
    await whileLocked(app.db, () => run({ countMs: 50 }))
    expect(await view(id)).toMatchObject({
      state: 'refused',
      problem: { code: 'segment_too_slow_there', where: 'root.items[0]', fix: expect.any(String) },
    })
    const everybody = await ask(all())
    await whileLocked(app.db, () => run({ countMs: 50 }))
    expect(await view(everybody.id)).toMatchObject({ state: 'refused', problem: { code: 'segment_too_slow' } })
  })

  test('a worker that is stopped or killed leaves its count to the next one', async () => {
    const { id } = await ask(all(city('lund')))
    const stopping = new AbortController()
    await whileLocked(app.db, async () => {
      const running = run({ signal: stopping.signal })
      await until(async () => (await app.db.query(sql`select from segment_counts where state = 'running'`)).length > 0)
      stopping.abort()
      await running
    })
    const [row] = await app.db.query<{ state: string }>(sql`select state from segment_counts where id = ${id}`)
    expect(row?.state).toBe('waiting')
    // Killed: no sign of life for a minute.
    await app.db.run(
      sql`update segment_counts set state = 'running', claimed_at = now() - interval '1 minute' where id = ${id}`,
    )
    await run()
    expect(await view(id)).toMatchObject({ state: 'done', n: 2 })
  })

  test('a segment that was broken meanwhile says what is missing', async () => {
    await call('POST', '/profiles', { profiles: [{ externalKey: '1', attributes: { hat: 'bowler' } }] })
    const { id } = await ask(all({ kind: 'filled', field: 'attr:hat' }))
    await app.db.run(sql`delete from attributes where name = 'hat'`)
    await run()
    expect(await view(id)).toMatchObject({
      state: 'failed',
      problem: { code: 'segment_field_unknown', where: 'root.items[0].field' },
    })
  })

  test('counts of workspaces take turns, and what ended a day ago is forgotten', async () => {
    const old = await ask(all(city('old')))
    await call('DELETE', `/segments/counts/${old.id}`)
    await app.db.run(sql`update segment_counts set ended_at = now() - interval '25 hours'`)
    await ask(all(city('a')))
    await ask(all(city('b')))
    const other = await app.workspace(`Other ${made}`, 'editor')
    await ask(all(), other)
    await whileLocked(app.db, async () => {
      const stopping = new AbortController()
      const running = run({ signal: stopping.signal })
      await until(
        async () => (await app.db.query(sql`select from segment_counts where state = 'running'`)).length === 2,
      )
      const at = await app.db.query<{ id: number }>(
        sql`select workspace_id as id from segment_counts where state = 'running' order by workspace_id`,
      )
      expect(at.map(({ id }) => id)).toEqual([mine.id, other.id])
      stopping.abort()
      await running
    })
    expect((await call('GET', `/segments/counts/${old.id}`)).status).toBe(404)
  })
})
