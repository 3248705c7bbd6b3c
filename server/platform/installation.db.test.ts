import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../test/database.ts'
import { readClock } from './clock.ts'
import { type Database, openDatabase } from './db.ts'
import { ensureInstallation, readInstallation, releaseSending, signOfLife } from './installation.ts'
import { sql } from './sql.ts'

const now = new Date('2026-03-02T09:00:00Z')
const later = (minutes: number) => new Date(now.getTime() + minutes * 60_000)
const opened: { db: Database; fresh: FreshDatabase }[] = []
let db: Database

beforeEach(async () => {
  const fresh = await freshDatabase()
  db = openDatabase({ connection: fresh.connection, lane: 'test' })
  opened.push({ db, fresh })
})
afterAll(async () => {
  for (const { db, fresh } of opened) {
    await db.end()
    await fresh.drop()
  }
})

async function activity(state: string, sendAt: Date | null = null): Promise<void> {
  await db.run(sql`insert into workspaces (id, name, created_at) values (1, 'W', ${now}) on conflict do nothing`)
  await db.run(
    sql`insert into activities (workspace_id, name, state, send_at, created_at, updated_at) values (1, 'A', ${state}, ${sendAt}, ${now}, ${now})`,
  )
}

test('a new database gets one row, whoever comes first, with keys of its own and business time as real time', async () => {
  await Promise.all([1, 2, 3].map(() => ensureInstallation(db, { identity: 'here', now })))
  const { linkKeys, sendingHeld } = await readInstallation(db)
  expect(linkKeys.map(key => key.length)).toEqual([16, 16])
  expect(linkKeys[0].equals(linkKeys[1])).toBe(false)
  expect(sendingHeld).toBeNull()
  expect((await readClock(db)).rate).toBe(1)
})

describe('sending is held', () => {
  test('where the database was made elsewhere, at each start until a person says so', async () => {
    await ensureInstallation(db, { identity: 'here', now })
    expect((await ensureInstallation(db, { identity: 'there', now: later(1) })).sendingHeld).toContain(
      'another installation',
    )
    expect((await ensureInstallation(db, { identity: 'here', now: later(2) })).sendingHeld).not.toBeNull()
    expect((await ensureInstallation(db, { identity: 'there', now: later(3) })).sendingHeld).not.toBeNull()
    expect(await releaseSending(db)).toContain('another installation')
    expect(await releaseSending(db)).toBeNull()
    expect((await ensureInstallation(db, { identity: 'there', now: later(4) })).sendingHeld).toBeNull()
    expect((await ensureInstallation(db, { identity: 'here', now: later(5) })).sendingHeld).not.toBeNull()
  })

  test.each(['starting', 'sending', 'paused', 'needs_credits'])(
    'where an activity was %s and the last sign of life is over an hour old',
    async state => {
      await ensureInstallation(db, { identity: 'here', now })
      await activity(state)
      await signOfLife(db, later(1))
      expect((await ensureInstallation(db, { identity: 'here', now: later(61) })).sendingHeld).toBeNull()
      expect((await ensureInstallation(db, { identity: 'here', now: later(61 + 61) })).sendingHeld).toContain(
        '2026-03-02 10:01',
      )
    },
  )

  test('where a planned time has passed meanwhile, not where it is to come', async () => {
    await ensureInstallation(db, { identity: 'here', now })
    await activity('scheduled', later(600))
    await activity('sent')
    await activity('draft')
    expect((await ensureInstallation(db, { identity: 'here', now: later(300) })).sendingHeld).toBeNull()
    expect((await ensureInstallation(db, { identity: 'here', now: later(601) })).sendingHeld).not.toBeNull()
  })

  test('and stays so although the process gives signs of life', async () => {
    await ensureInstallation(db, { identity: 'here', now })
    await activity('sending')
    expect((await ensureInstallation(db, { identity: 'here', now: later(120) })).sendingHeld).not.toBeNull()
    await signOfLife(db, later(121))
    expect((await ensureInstallation(db, { identity: 'here', now: later(122) })).sendingHeld).not.toBeNull()
  })
})
