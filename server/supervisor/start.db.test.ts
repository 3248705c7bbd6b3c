import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'
import { openDatabaseHost } from '../../test/database-host.ts'
import { CONTAINED, isRoot, makeSeed, temporaryFolder } from '../../test/holder.ts'
import { isAlive, readPostmaster, stopServer } from '../platform/postgres/postmaster.ts'
import { DEATHS_LIMIT } from './children.ts'

const FIXTURE = join(import.meta.dirname, 'start.fixture.ts')
let place: ReturnType<typeof temporaryFolder>
let data: string
let running: Run[]
let seed: Awaited<ReturnType<typeof makeSeed>>

beforeAll(async () => {
  seed = await makeSeed()
})
afterAll(() => seed.remove())
beforeEach(() => {
  place = temporaryFolder()
  data = join(place.path, 'data')
  seed.plant(data)
  running = []
})
afterEach(async () => {
  for (const run of running) if (run.process.exitCode === null) run.process.kill('SIGKILL')
  await Promise.all(running.map(run => run.ended))
  await stopServer(join(data, 'postgres'), '')
  place.remove()
})

interface Run {
  process: ChildProcess
  ended: Promise<number | null>
  out(): string
  said(): string
  /** Resolves at the line `ready …`, rejects where it ends before. */
  ready: Promise<string>
}

/** A supervisor in a process of its own, on a free port unless the environment says another. */
function run(env: NodeJS.ProcessEnv = {}, within: readonly string[] = []): Run {
  const { DATABASE_URL: _, HOMING_PORT: __, ...rest } = process.env
  const [command, ...words] = [...within, process.execPath, FIXTURE, 'start']
  const supervisor = spawn(command!, words, {
    env: { ...rest, HOMING_DATA: data, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>(resolve => supervisor.once('close', resolve))
  let out = ''
  let said = ''
  supervisor.stderr.setEncoding('utf8').on('data', (part: string) => {
    said += part
  })
  const ready = new Promise<string>((resolve, reject) => {
    supervisor.stdout.setEncoding('utf8').on('data', (part: string) => {
      out += part
      if (out.includes('\n')) resolve(out)
    })
    ended.then(() => reject(new Error(`ended before it was ready: ${said}`)))
  })
  ready.catch(() => {})
  const started: Run = { process: supervisor, ended, ready, out: () => out, said: () => said }
  running.push(started)
  return started
}

const pidOf = (child: string) => Number(readFileSync(join(data, `${child}.pid`), 'utf8'))
const stopped = (child: string) => {
  const file = join(data, `${child}.stopped`)
  return existsSync(file) ? readFileSync(file, 'utf8') : null
}
const allGone = (pids: number[]) => expect.poll(() => pids.filter(isAlive), { timeout: 60_000 }).toEqual([])

async function freePort(): Promise<number> {
  const server = await occupy(0)
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  return port
}

function occupy(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen(port, () => resolve(server))
  })
}

test('prints one line when all is ready, and Ctrl-C stops everything', async () => {
  const port = await freePort()
  const first = run({ HOMING_PORT: String(port) })
  expect(await first.ready).toBe(`ready http://localhost:${port} sign-in http://localhost:${port}/sign-in-link/x\n`)
  const postgres = readPostmaster(join(data, 'postgres'))!.pid
  const all = [pidOf('one'), pidOf('two'), postgres]
  expect(all.every(isAlive)).toBe(true)
  first.process.kill('SIGINT')
  first.process.kill('SIGINT') // npm hands it on a second time
  expect(await first.ended).toBe(0)
  expect(all.filter(isAlive)).toEqual([])
  expect([stopped('one'), stopped('two')]).toEqual(['requested', 'requested'])
  expect(first.out().split('\n')).toHaveLength(2)
  expect(first.said()).toMatch(/Started in \d+ ms/)
  expect(first.said()).toContain(`Listens on port ${port} of 127.0.0.1 and ::1: only this machine reaches it.`)
})

test('a second start on the same folder shows the address of the first one', async () => {
  const port = await freePort()
  await run({ HOMING_PORT: String(port) }).ready
  symlinkSync(data, join(place.path, 'alias'))
  const second = run({ HOMING_DATA: join(place.path, 'alias') })
  expect(await second.ended).toBe(1)
  expect(second.said()).toMatch(new RegExp(`already_running: .* at http://localhost:${port}\\.`))
  expect(isAlive(pidOf('one'))).toBe(true)
})

test.runIf(isRoot && process.platform === 'linux')('in another container, too', async () => {
  const port = await freePort()
  await run({ HOMING_PORT: String(port) }).ready
  const second = run({}, CONTAINED)
  expect(await second.ended).toBe(1)
  expect(second.said()).toMatch(
    new RegExp(
      `already_running: .*process ${running[0]?.process.pid} on ${hostname()}, since 20.* at http://localhost:${port}\\.`,
    ),
  )
})

test('kill -9 of the supervisor leaves no child; the next start adopts PostgreSQL and continues', async () => {
  const killed = run({ HOMING_PORT: String(await freePort()) })
  await killed.ready
  const postgres = readPostmaster(join(data, 'postgres'))!.pid
  const children = [pidOf('one'), pidOf('two')]
  killed.process.kill('SIGKILL')
  await allGone(children)
  expect([stopped('one'), stopped('two')]).toEqual(['supervisor gone', 'supervisor gone'])
  const next = run({ HOMING_PORT: String(await freePort()) })
  await next.ready
  expect(readPostmaster(join(data, 'postgres'))!.pid).toBe(postgres)
  next.process.kill('SIGTERM')
  expect(await next.ended).toBe(0)
  expect(isAlive(postgres)).toBe(false)
})

test('a child that is killed is started again', async () => {
  await run({ HOMING_PORT: String(await freePort()) }).ready
  const before = pidOf('one')
  process.kill(before, 'SIGKILL')
  await expect.poll(() => pidOf('one'), { timeout: 60_000 }).not.toBe(before)
  expect(isAlive(pidOf('one'))).toBe(true)
})

test('a child that keeps dying ends the whole with a sentence', async () => {
  const failing = run({ HOMING_PORT: String(await freePort()), FIXTURE_DIES: 'two' })
  expect(await failing.ended).toBe(1)
  expect(failing.said()).toContain(
    `child_gave_up: The process "two" ended ${DEATHS_LIMIT} times right after its start (exit code 3)`,
  )
  expect(failing.out()).toBe('')
  await allGone([pidOf('one')])
  expect(readPostmaster(join(data, 'postgres'))).toBe(null)
})

test('PostgreSQL is started again when it is killed under the supervisor', async () => {
  const supervisor = run({ HOMING_PORT: String(await freePort()) })
  await supervisor.ready
  const before = readPostmaster(join(data, 'postgres'))!.pid
  process.kill(before, 'SIGKILL')
  await expect.poll(() => supervisor.said(), { timeout: 60_000 }).toContain('PostgreSQL runs again.')
  expect(readPostmaster(join(data, 'postgres'))).toMatchObject({ state: 'running' })
  expect(readPostmaster(join(data, 'postgres'))!.pid).not.toBe(before)
})

test('a port that was asked for and is taken is an error; another one is the next free one', async () => {
  const server = await occupy(0)
  const { port } = server.address() as { port: number }
  const refused = run({ HOMING_PORT: String(port) })
  expect(await refused.ended).toBe(1)
  expect(refused.said()).toContain(`port_taken: Port ${port} is taken`)
  await new Promise(resolve => server.close(resolve))
  // 8080 itself may be anybody's on this machine: it is taken by us or was taken before.
  const ours = await occupy(8080).catch(() => null)
  const line = await run().ready
  const chosen = Number(/^ready http:\/\/localhost:(\d+) /.exec(line)?.[1])
  expect(chosen).toBeGreaterThan(8080)
  ours?.close()
})

test('with DATABASE_URL no PostgreSQL is started, and that one is migrated and stays', async () => {
  const database = await freshDatabase({ template: false })
  rmSync(data, { recursive: true })
  const supervisor = run({ HOMING_PORT: String(await freePort()), DATABASE_URL: database.connectionString })
  await supervisor.ready
  expect(existsSync(join(data, 'postgres'))).toBe(false)
  supervisor.process.kill('SIGTERM')
  expect(await supervisor.ended).toBe(0)
  await database.drop()
  expect(inject('postgres').connectionString).toBeTruthy()
})

test('start waits for a DATABASE_URL that does not answer, in a sentence without its password, and stops on request', async () => {
  const supervisor = run({ DATABASE_URL: `postgres://u:s3cret@127.0.0.1:${await freePort()}/x` })
  await expect.poll(() => supervisor.said(), { timeout: 60_000 }).toMatch(/The database is away.*ECONNREFUSED/)
  supervisor.process.kill('SIGTERM')
  expect(await supervisor.ended).toBe(0)
  expect(supervisor.said()).not.toContain('s3cret')
})

test('a DATABASE_URL that is reached only later is used then; children that find it away wait for it and are no failures', async () => {
  const database = await freshDatabase({ template: false })
  const host = await openDatabaseHost(database.connectionString)
  host.refuse()
  const supervisor = run({ HOMING_PORT: String(await freePort()), DATABASE_URL: host.connectionString })
  await expect.poll(() => supervisor.said(), { timeout: 60_000 }).toContain('The database is away')
  host.proceed()
  await supervisor.ready
  host.refuse()
  const before = pidOf('one')
  process.kill(before, 'SIGKILL')
  await expect.poll(() => supervisor.said(), { timeout: 60_000 }).toContain('The process "one" waits')
  // Longer than what a child that dies right after its start is allowed.
  const began = performance.now()
  await expect.poll(() => performance.now() - began, { timeout: 60_000 }).toBeGreaterThan(4_000)
  host.proceed()
  await expect.poll(() => pidOf('one'), { timeout: 60_000 }).not.toBe(before)
  expect(supervisor.said()).not.toContain('has ended')
  supervisor.process.kill('SIGTERM')
  expect(await supervisor.ended).toBe(0)
  await host.close()
  await database.drop()
})

test('a child that keeps dying later is restarted each time, and the rest continues', async () => {
  const supervisor = run({ HOMING_PORT: String(await freePort()) })
  await supervisor.ready
  const [one, two] = [pidOf('one'), pidOf('two')]
  writeFileSync(join(data, 'two.dies'), '')
  process.kill(two, 'SIGKILL')
  await expect
    .poll(() => supervisor.said(), { timeout: 60_000 })
    .toContain(`The process "two" has ended ${DEATHS_LIMIT} times or more in a row (exit code 3).`)
  rmSync(join(data, 'two.dies'))
  await expect.poll(() => pidOf('two'), { timeout: 60_000 }).not.toBe(two)
  expect([pidOf('one'), isAlive(one)]).toEqual([one, true])
})

test('told to stop while it is still starting, it stops', async () => {
  const supervisor = run({ HOMING_PORT: String(await freePort()) })
  await expect.poll(() => readPostmaster(join(data, 'postgres'))?.pid ?? 0, { timeout: 60_000 }).toBeGreaterThan(0)
  supervisor.process.kill('SIGTERM')
  expect(await supervisor.ended).toBe(0)
  expect(readPostmaster(join(data, 'postgres'))).toBe(null)
})

test('a second Ctrl-C kills a child that hangs, and PostgreSQL still stops', async () => {
  const supervisor = run({ HOMING_PORT: String(await freePort()), FIXTURE_HANGS: 'one' })
  await supervisor.ready
  supervisor.process.kill('SIGINT')
  await expect.poll(() => supervisor.said(), { timeout: 60_000 }).toContain('Stopping')
  // Signals within a second count as one: only a later one says that a person has lost patience.
  const again = setInterval(() => supervisor.process.kill('SIGINT'), 700)
  await supervisor.ended
  clearInterval(again)
  expect([pidOf('one'), pidOf('two')].filter(isAlive)).toEqual([])
})
