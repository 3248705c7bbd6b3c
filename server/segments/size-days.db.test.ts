/** The size of each live segment by day: once per day of the workspace, gaps stay gaps, and a slow or broken segment holds up no other. */
import { beforeEach, describe, expect, test } from 'vitest'
import { testApp } from '../access/app.fixture.ts'
import { sql } from '../platform/db/sql.ts'
import { countDailySizes, dailyLimits } from './size-days.ts'

const app = testApp()
let made = 0
let mine = { id: 0, key: '', base: '' }

const call = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: object, at = mine) =>
  app.call(method, at.base + path, { key: at.key, ...(body && { body }) })
const inCity = (value: string) => ({
  v: 1,
  root: { kind: 'group', match: 'all', items: [{ kind: 'text', field: 'attr:city', op: 'is', value }] },
})
const profile = (externalKey: string, city: string) =>
  call('POST', '/profiles', { profiles: [{ externalKey, attributes: { city } }] })
const create = async (name: string, definition: object = inCity('Lund'), at = mine) =>
  ((await call('POST', '/segments', { name, definition }, at)).body as { id: number }).id
const run = (at: string, limits: Partial<typeof dailyLimits> = {}, errors: unknown[] = []) =>
  countDailySizes({
    db: app.db,
    now: () => new Date(at),
    limits: { ...dailyLimits, ...limits },
    onError: error => errors.push(error),
  })
interface Sizes {
  items: { day: string; size: number | null; why: string | null; isOther: boolean }[]
}
const sizes = async (id: number, at = mine) => {
  const answer = await call('GET', `/segments/${id}/sizes`, undefined, at)
  expect(answer.status).toBe(200)
  return (answer.body as Sizes).items.map(({ day, size, why }) => [day, size, ...(why === null ? [] : [why])])
}

beforeEach(async () => {
  await app.db.run(sql`delete from segments`)
  mine = await app.workspace(`W${++made}`, 'editor')
  await app.db.run(sql`update workspaces set time_zone = 'Europe/Stockholm' where id = ${mine.id}`)
  await profile('A', 'Lund')
  await profile('B', 'Umeå')
})

describe('the size by day', () => {
  test('is counted once per day of the workspace, also where a day has 23 or 25 hours', async () => {
    const id = await create('Lund')
    await run('2026-03-28T22:59:00Z')
    await profile('B', 'Lund')
    await run('2026-03-28T22:59:59Z')
    expect(await sizes(id)).toEqual([['2026-03-28', 1]])
    await run('2026-03-28T23:00:00Z')
    await run('2026-03-29T21:59:59Z')
    await run('2026-03-29T22:00:00Z')
    expect(await sizes(id)).toEqual([
      ['2026-03-30', 2],
      ['2026-03-29', 2],
      ['2026-03-28', 1],
    ])
    expect(await call('GET', `/segments/${id}`)).toMatchObject({
      body: { size: 2, countedAt: '2026-03-29T22:00:00.000Z' },
    })
  })

  test('of two workspaces is of the day of each', async () => {
    const other = await app.workspace(`Tokyo ${made}`, 'editor')
    await app.db.run(sql`update workspaces set time_zone = 'Asia/Tokyo' where id = ${other.id}`)
    const [here, there] = [
      await create('Here'),
      await create('There', { ...inCity('Lund'), root: { kind: 'group', match: 'all', items: [] } }, other),
    ]
    await run('2026-03-28T16:00:00Z')
    expect(await sizes(here)).toEqual([['2026-03-28', 1]])
    expect(await sizes(there, other)).toEqual([['2026-03-29', 0]])
    expect((await call('GET', `/segments/${here}/sizes`, undefined, other)).status).toBe(404)
  })

  test('of a day on which nothing ran is missing, and what is older than 400 days is deleted', async () => {
    const id = await create('Lund')
    await run('2026-03-28T12:00:00Z')
    await run('2026-04-02T12:00:00Z')
    expect(await sizes(id)).toEqual([
      ['2026-04-02', 1],
      ['2026-03-28', 1],
    ])
    await run('2027-05-03T12:00:00Z')
    expect(await sizes(id)).toEqual([
      ['2027-05-03', 1],
      ['2026-04-02', 1],
    ])
  })

  test('says where the conditions changed', async () => {
    const id = await create('Lund')
    await run('2026-03-28T12:00:00Z')
    await call('PATCH', `/segments/${id}`, { name: 'Renamed' })
    await run('2026-03-29T12:00:00Z')
    await call('PATCH', `/segments/${id}`, { definition: inCity('Umeå') })
    await run('2026-03-30T12:00:00Z')
    const { items } = (await call('GET', `/segments/${id}/sizes`)).body as Sizes
    expect(items.map(({ isOther }) => isOther)).toEqual([true, false, false])
  })

  test('is not kept of a frozen or archived segment, and goes with its segment', async () => {
    const frozen = (
      (await call('POST', '/segments/frozen', { name: 'F', definition: inCity('Lund') })).body as { id: number }
    ).id
    const archived = await create('Archived')
    await call('PATCH', `/segments/${archived}`, { archived: true })
    const id = await create('Deleted')
    await run('2026-03-28T12:00:00Z')
    expect([await sizes(frozen), await sizes(archived)]).toEqual([[], []])
    expect(await call('DELETE', `/segments/${id}`)).toMatchObject({ status: 204 })
    expect(await app.db.query(sql`select from segment_sizes where segment_id = ${id}`)).toEqual([])
  })
})

describe('what cannot be counted', () => {
  test('is a gap that says why, and the others are counted', async () => {
    await call('POST', '/profiles', { profiles: [{ externalKey: 'A', attributes: { hat: 'bowler' } }] })
    const broken = await create('Broken', {
      v: 1,
      root: { kind: 'group', match: 'all', items: [{ kind: 'filled', field: 'attr:hat' }] },
    })
    const whole = await create('Whole')
    await app.db.run(sql`delete from attributes where name = 'hat'`)
    const errors: unknown[] = []
    await run('2026-03-28T12:00:00Z', {}, errors)
    expect(await sizes(broken)).toEqual([['2026-03-28', null, 'broken']])
    expect(await sizes(whole)).toEqual([['2026-03-28', 1]])
    expect(errors).toEqual([])
  })

  test('in time is given up for the day, comes last on the next, and its statement ends', async () => {
    const slow = await create('Slow')
    await app.db.run(sql`insert into segment_sizes (segment_id, workspace_id, day, conditions, claimed_at, took_ms, counted_at, why)
      values (${slow}, ${mine.id}, '2026-03-27', '', now(), 59000, now(), 'slow')`)
    const quick = await create('Quick')
    // Whatever reads profiles waits until the lock is released.
    const lock = await app.db.connect()
    try {
      await lock.query('begin')
      await lock.query('lock table profiles in access exclusive mode')
      await run('2026-03-28T12:00:00Z', { countMs: 50 })
    } finally {
      await lock.query('rollback')
      lock.release()
    }
    expect((await sizes(slow))[0]).toEqual(['2026-03-28', null, 'slow'])
    expect(await sizes(quick)).toEqual([['2026-03-28', null, 'slow']])
    await app.db.run(sql`update segment_sizes set took_ms = 10 where segment_id = ${quick}`)
    await run('2026-03-29T12:00:00Z', { counts: 1 })
    expect((await sizes(quick))[0]).toEqual(['2026-03-29', 1])
    expect((await sizes(slow))[0]).toEqual(['2026-03-28', null, 'slow'])
    await run('2026-03-29T12:00:00Z')
    expect((await sizes(slow))[0]).toEqual(['2026-03-29', 1])
  })

  test('for lack of time is left for the next day: a workspace has a limit, and each has its own', async () => {
    const other = await app.workspace(`Other ${made}`, 'editor')
    for (let n = 0; n < 3; n++) await create(`S${n}`)
    await call('POST', '/profiles', { profiles: [{ externalKey: 'X', attributes: { city: 'Lund' } }] }, other)
    const theirs = await create('Theirs', inCity('Lund'), other)
    await run('2026-03-28T12:00:00Z', { counts: 2 })
    const counted = await app.db.query(sql`select from segment_sizes where workspace_id = ${mine.id}`)
    expect(counted.length).toBe(2)
    expect((await sizes(theirs, other)).length).toBe(1)
  })

  test('by a worker that was killed is counted by another one, and two workers at once count each once', async () => {
    const id = await create('Lund')
    await app.db.run(sql`insert into segment_sizes (segment_id, workspace_id, day, conditions, claimed_at)
      values (${id}, ${mine.id}, '2026-03-28', '', ${new Date()})`)
    await run('2026-03-28T12:00:00Z')
    expect(await sizes(id)).toEqual([])
    await app.db.run(
      sql`update segment_sizes set claimed_at = ${new Date(Date.now() - 600_000)} where segment_id = ${id}`,
    )
    await Promise.all([run('2026-03-28T12:00:00Z'), run('2026-03-28T12:00:00Z')])
    expect(await sizes(id)).toEqual([['2026-03-28', 1]])
  })
})
