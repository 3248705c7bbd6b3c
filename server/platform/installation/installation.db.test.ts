import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FreshDatabase, freshDatabase } from '../../../test/database.ts'
import { type Database, openDatabase } from '../db/database.ts'
import { sql } from '../db/sql.ts'
import { readClock } from './business-clock.ts'
import type { InstallationEvidence } from './evidence.ts'
import {
  beginInstallation,
  ensureInstallation,
  readInstallation,
  recordHeartbeat,
  releaseSending,
} from './installation.ts'

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

test('a new database gets one row, whichever process is first, with its own keys and real time as business time', async () => {
  await Promise.all([1, 2, 3].map(() => ensureInstallation(db, { identity: 'here', now })))
  const { linkKeys, sendingHeld } = await readInstallation(db)
  expect(linkKeys.map(key => key.length)).toEqual([16, 16])
  expect(linkKeys[0].equals(linkKeys[1])).toBe(false)
  expect(sendingHeld).toBeNull()
  expect((await readClock(db)).rate).toBe(1)
})

describe('the same database', () => {
  let folder: string
  const evidence = { started: '1', address: 'db:5432', host: 'a', machineId: 'm', bootId: 'b' }
  const start = (other: Partial<InstallationEvidence> = {}, marked = false, formerly = (_: string) => false) =>
    beginInstallation(db, {
      identity: 'pg:7:5',
      now: later(1),
      found: { evidence: { ...evidence, ...other }, place: { folder, marked }, formerly },
    })
  const held = async (...asked: Parameters<typeof start>) => (await start(...asked)).sendingHeld

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'homing-installation-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  test('may have another name while its server runs, and the old one after a restart', async () => {
    await start()
    expect(await held({ address: 'local:6000', host: 'c', machineId: '', bootId: 'd' })).toBeNull()
    expect(await held({ address: 'db:5432', started: '1' })).toBeNull()
    expect(await held({ started: '2' })).toBeNull()
    // A copy of the whole server, elsewhere.
    expect(await held({ started: '3', address: 'other:5432' })).toContain('another installation')
  })

  test('with its mark may be in another container of the machine, or have another name, and not on another machine', async () => {
    await start({ address: 'embedded' }, true)
    expect(await held({ address: 'embedded', started: '2', host: 'container', machineId: '' }, true)).toBeNull()
    expect(await held({ address: 'embedded', started: '3', host: 'container', bootId: 'rebooted' }, true)).toBeNull()
    expect(await held({ address: 'local:5432', started: '4', host: 'container' })).toBeNull()
    expect(await held({ address: 'embedded', started: '5', host: 'x', machineId: 'y', bootId: 'z' }, true)).toContain(
      'moved or copied',
    )
  })

  test('that an older version knew by another name may still send', async () => {
    await ensureInstallation(db, { identity: 'host:/data', now })
    expect(await held({ address: 'embedded' }, true, name => name === 'host:/data')).toBeNull()
    expect(await held({ address: 'embedded', started: '2' }, true)).toBeNull()
  })

  test('that has gone back to before what the data folder remembers was restored; a release makes it the newest', async () => {
    await start()
    const [before] = await db.query<{ life: number }>(sql`select life from installation`)
    await recordHeartbeat(db, later(2), { folder, marked: false })
    await db.run(sql`update installation set life = ${before!.life}`)
    expect(await held()).toContain('restored from a backup')
    await releaseSending(db)
    expect(await held()).toBeNull()
  })

  test('keeps one mark, which signs of several processes pass on', async () => {
    await start({ address: 'embedded' }, true)
    await Promise.all([1, 2, 3, 4].map(minute => recordHeartbeat(db, later(minute), { folder, marked: true })))
    expect(readdirSync(join(folder, 'marks')).filter(name => name.startsWith('mark-'))).toHaveLength(1)
    expect(await held({ address: 'embedded', started: '2' }, true)).toBeNull()
  })

  test('keeps its time where the machine was set back, in processes that run and in new ones', async () => {
    await start()
    await db.run(
      sql`update installation set clock_real_origin = ${new Date(0)}, clock_business_origin = ${new Date(0)}`,
    )
    const ahead = new Date(Date.now() + 600_000)
    await recordHeartbeat(db, new Date(), { folder, marked: false }, ahead)
    expect((await readClock(db)).now().getTime()).toBeGreaterThanOrEqual(ahead.getTime())
  })

  test('keeps its mark where the disk takes no new one', async () => {
    await start({ address: 'embedded' }, true)
    await recordHeartbeat(db, later(2), { folder: '/dev/null', marked: true })
    expect(await held({ address: 'embedded', started: '2' }, true)).toBeNull()
  })
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
    'where an activity was %s and the last heartbeat is over an hour old',
    async state => {
      await ensureInstallation(db, { identity: 'here', now })
      await activity(state)
      await recordHeartbeat(db, later(1))
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
    await recordHeartbeat(db, later(121))
    expect((await ensureInstallation(db, { identity: 'here', now: later(122) })).sendingHeld).not.toBeNull()
  })
})
