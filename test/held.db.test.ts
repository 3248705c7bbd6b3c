/**
 * Sending is held where a database may be a copy, and only there: the real worker opens no gateway then, and verbs that read change nothing,
 * whatever name they use for the same database.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addGateway } from '../server/gateways/gateways.ts'
import { type ScriptedSmsc, scriptedSmsc } from '../server/gateways/smpp/scripted-peer.fixture.ts'
import { type Database, openDatabase } from '../server/platform/db/database.ts'
import { sql } from '../server/platform/db/sql.ts'
import { makeInstallation } from '../server/platform/installation/installation.ts'
import { type FreshDatabase, freshDatabase } from './database.ts'
import { testKeys } from './keys.ts'
import { type Child, homing, homingJson, killAll, startProcess, temporaryFolder, until } from './processes.ts'

const now = new Date()
let fresh: FreshDatabase
let db: Database
let smsc: ScriptedSmsc
let place: ReturnType<typeof temporaryFolder>
let worker: Child

beforeAll(async () => {
  fresh = await freshDatabase()
  db = openDatabase({ connection: fresh.connection, lane: 'test' })
  smsc = await scriptedSmsc()
  place = temporaryFolder('held')
  chmodSync(place.path, 0o755)
  await makeInstallation(db, { identity: 'here', now })
  await db.run(sql`insert into workspaces (id, name, created_at) values (1, 'Shop', ${now})`)
  // Tended before the one that works: what this version cannot read holds up no other gateway.
  await db.run(sql`insert into gateways (workspace_id, name, kind, settings, test, created_at)
    values (1, 'Newer', 'twilio', '{}', false, ${now}), (1, 'Broken', 'smpp', '{"host": 5}', false, ${now})`)
  await addGateway(
    db,
    testKeys,
    {
      workspaceId: 1,
      name: 'Operator',
      actor: 'test',
      kind: 'smpp',
      settings: { host: '127.0.0.1', port: smsc.port, systemId: 'u', password: 'p' },
    },
    now,
  )
})
afterAll(async () => {
  await killAll()
  await smsc.close()
  await db.end()
  await fresh.drop()
  rmSync(place.path, { recursive: true, force: true })
})

// Beside the folders below, not around them: a data folder is closed to PostgreSQL's account.
const env = (url = fresh.connectionString) => ({ DATABASE_URL: url, HOMING_DATA: join(place.path, 'here') })
const held = async () =>
  (await db.query<{ why: string | null }>(sql`select sending_held as why from installation`))[0]?.why ?? null

test('a worker on a database that was made elsewhere opens no gateway, and says so', async () => {
  worker = await startProcess(['worker'], env())
  expect(await held()).toContain('another installation')
  // Raised by a round that is slower than the one that opens gateways.
  await until('the alarm', async () => (await db.query(sql`select from alarms where kind = 'sending_held'`)).length > 0)
  const [gateway] = await homingJson<{ state: string; detail: string }[]>(['gateway', 'list'], env())
  expect(gateway).toMatchObject({ state: 'held', detail: expect.stringContaining('opens no gateway') })
  expect(await db.query(sql`select from gateway_sessions`)).toEqual([])
  expect(smsc.peers).toEqual([])
})

test('it opens them when a person says so, and closes them when sending is held again', async () => {
  expect((await homing(['release-sending'], env())).code).toBe(0)
  await until('a connection', () => smsc.peers.length > 0)
  const gateways = await homingJson<{ name: string; state: string }[]>(['gateway', 'list'], env())
  expect(gateways.filter(({ state }) => state === 'unreadable').map(({ name }) => name)).toEqual(['Newer', 'Broken'])
  await db.run(sql`update installation set sending_held = 'a copy' where id = 1`)
  await until('no connection', () => smsc.peers.every(peer => peer.closed))
  expect((await homing(['release-sending'], env())).code).toBe(0)
  await worker.stop()
})

test('verbs that read hold nothing, whatever the database is called', async () => {
  const other = new URL(fresh.connectionString)
  other.host = 'another-name:5432'
  for (const words of [['verify'], ['gateway', 'list'], ['report', '1'], ['export', '1', 'sent', '--out', '-']])
    await homing(words, env(other.href))
  expect(await held()).toBeNull()
})

test('a worker that uses another name for the same database continues to send', async () => {
  const other = new URL(fresh.connectionString)
  other.host = 'another-name:5432'
  await (await startProcess(['worker'], env(other.href))).stop()
  expect(await held()).toBeNull()
})

describe('an embedded database', () => {
  const data = () => join(place.path, 'data')
  const backup = () => join(place.path, 'backup')
  const run = (...words: string[]) => execFileSync(words[0]!, words.slice(1))

  /** Starts a worker on the folder, lets it record a heartbeat, stops it; why sending is held. */
  async function startAndStop(folder = data()): Promise<string | null> {
    const env = { HOMING_DATA: folder, XDG_STATE_HOME: join(place.path, 'state') }
    const worker = await startProcess(['worker'], env)
    const [gateway] = await homingJson<{ state: string }[]>(['gateway', 'list'], env)
    await worker.stop()
    return gateway?.state ?? null
  }

  beforeAll(async () => {
    // Nobody listens there, so that a stop waits for nothing.
    const words = ['gateway', 'add', 'smpp://u@127.0.0.1:9', '--workspace', 'Shop', '--name', 'Operator']
    for (const set of [['workspace', 'create', 'Shop'], words])
      expect((await homing(set, { HOMING_DATA: data() })).code).toBe(0)
  })

  test('is not held after a restart, through a link, after a move and a change of owners', async () => {
    expect(await startAndStop()).not.toBe('held')
    symlinkSync(data(), join(place.path, 'link'))
    expect(await startAndStop(join(place.path, 'link'))).not.toBe('held')
    run('mv', data(), `${data()}-moved`)
    run('chmod', '-R', 'u+w', `${data()}-moved`)
    run('chown', '-R', '--from=0', '0', join(`${data()}-moved`, 'marks'))
    expect(await startAndStop(`${data()}-moved`)).not.toBe('held')
    run('mv', `${data()}-moved`, data())
  })

  test('is held where it was restored in place a minute ago, by whatever tool, or copied beside the original', async () => {
    run('cp', '-a', data(), backup())
    run('tar', '-C', data(), '-cf', `${backup()}.tar`, '.')
    expect(await startAndStop(backup())).toBe('held')
    expect(await startAndStop()).not.toBe('held')
    rmSync(backup(), { recursive: true })
    mkdirSync(backup())
    run('tar', '-C', backup(), '-xf', `${backup()}.tar`)
    // Over what is there, as many do it.
    run('cp', '-a', `${backup()}/.`, data())
    expect(await startAndStop()).toBe('held')
    rmSync(data(), { recursive: true })
    mkdirSync(data())
    run('tar', '-C', data(), '-xf', `${backup()}.tar`)
    expect(await startAndStop()).toBe('held')
    expect((await homing(['release-sending'], { HOMING_DATA: data() })).code).toBe(0)
    expect(await startAndStop()).not.toBe('held')
  })

  test('is held where only the database was restored, and the data folder is as it was', async () => {
    rmSync(backup(), { recursive: true })
    run('cp', '-a', data(), backup())
    expect(await startAndStop()).not.toBe('held')
    rmSync(join(data(), 'postgres'), { recursive: true })
    run('cp', '-a', join(backup(), 'postgres'), data())
    expect(await startAndStop()).toBe('held')
  })

  test('is held where the original is put back, by a rename, after a copy of it has sent', async () => {
    expect((await homing(['release-sending'], { HOMING_DATA: data() })).code).toBe(0)
    expect(await startAndStop()).not.toBe('held')
    run('mv', data(), `${data()}-original`)
    run('cp', '-a', `${data()}-original`, data())
    expect(await startAndStop()).toBe('held')
    expect((await homing(['release-sending'], { HOMING_DATA: data() })).code).toBe(0)
    expect(await startAndStop()).not.toBe('held')
    run('mv', data(), `${data()}-copy`)
    run('mv', `${data()}-original`, data())
    expect(await startAndStop()).toBe('held')
  })
})
