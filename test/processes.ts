/**
 * The real processes of Homing, started by a test as a user or the supervisor starts them: verbs that end, and web, worker and
 * simulator, which run until they are stopped or killed. Each has a pipe to the test, so none outlives it.
 *
 * Nothing here waits for a fixed time: `until` polls a condition, and on timeout it throws the last state seen.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Counts } from '../server/gateways/simulator/register.ts'
import { testKeyText } from './keys.ts'

export const root = fileURLToPath(new URL('..', import.meta.url))
const cli = join(root, 'server', 'cli.ts')
const gatherer = new URL('statements/record-child.ts', import.meta.url).href

export type Env = Readonly<Record<string, string>>

export interface Said {
  code: number | null
  out: string
  err: string
}

/** Runs a verb to its end and returns its output. */
export async function homing(words: readonly string[], env: Env): Promise<Said> {
  const child = spawn(process.execPath, [cli, ...words], {
    env: clean(env),
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err += text
  })
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  return { code, ...said }
}

/** Runs a verb that must succeed, and returns its JSON document. */
export async function homingJson<Document>(words: readonly string[], env: Env): Promise<Document> {
  const { code, out, err } = await homing([...words, '--json'], env)
  if (code !== 0) throw new Error(`homing ${words.join(' ')} ended with ${code}: ${err}`)
  return JSON.parse(out) as Document
}

export interface Child {
  /** what it told when it was ready: its port */
  info: Readonly<Record<string, string | number | boolean>>
  pid: number
  /** its log so far */
  log(): string
  /** kill -9; resolves when it is gone */
  kill(): Promise<void>
  /** as the supervisor stops it; resolves with its exit code */
  stop(): Promise<number | null>
}

const children = new Set<ChildProcess>()

/** Starts `web`, `worker` or `simulator`. Resolves when it reports that it is ready. */
export async function startProcess(words: readonly string[], env: Env): Promise<Child> {
  const child = spawn(process.execPath, [cli, ...words], {
    env: clean(env),
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  children.add(child)
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-200_000)
    })
  const ended = new Promise<number | null>(resolve => {
    child.once('close', code => {
      children.delete(child)
      resolve(code)
    })
  })
  const info = await new Promise<Child['info']>((resolve, reject) => {
    child.once('error', reject)
    child.on('message', message => {
      if (typeof message === 'object' && message !== null && 'info' in message) resolve(message.info as Child['info'])
    })
    ended.then(code => reject(new Error(`homing ${words.join(' ')} ended with ${code} before it was ready: ${log}`)))
  })
  return {
    info,
    pid: child.pid ?? 0,
    log: () => log,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
    stop() {
      if (child.connected) child.send({ stop: true })
      return ended
    },
  }
}

/** For afterAll: kills all processes that are left. */
export async function killAll(): Promise<void> {
  const gone = [...children].map(child => new Promise(resolve => child.once('close', resolve)))
  for (const child of children) child.kill('SIGKILL')
  await Promise.all(gone)
}

/** Polls until `look` returns something truthy, and returns it. After the timeout it throws with the last state seen. */
export async function until<Found>(
  what: string,
  look: () => Promise<Found | undefined | false> | Found | undefined | false,
  {
    timeoutMs = 60_000,
    everyMs = 50,
    seen = () => '' as unknown,
  }: { timeoutMs?: number; everyMs?: number; seen?: () => unknown } = {},
): Promise<Found> {
  const began = Date.now()
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (Date.now() - began > timeoutMs)
      throw new Error(`waited ${timeoutMs} ms in vain: ${what}. Last seen: ${JSON.stringify(await seen())}`)
    await sleep(everyMs)
  }
}

/** A free port, for web: its links need the port before it starts. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0))
    })
  })
}

export function temporaryFolder(name: string): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), `homing-${name}-`))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** What the simulator has counted on its own. */
export function countsOf(folder: string): Counts | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, 'simulator.json'), 'utf8')) as Counts
  } catch {
    return undefined
  }
}

/** Figures of the report beside what the simulator calls them. */
export const counted = [
  ['accepted', 'sent'],
  ['delivered', 'delivered'],
  ['hard', 'bouncedHard'],
  ['softFinal', 'bouncedSoftFinal'],
  ['pending', 'pending'],
  ['clicks', 'clicks'],
  ['unique', 'unique'],
  ['unsubscribed', 'unsubscribed'],
] as const

/** Removes the settings of the user who runs the tests, so that the processes do not inherit them. */
function clean(env: Env): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('HOMING_') && name !== 'DATABASE_URL')
  return { ...Object.fromEntries(own), ...gathered(), HOMING_SECRET_KEY: testKeyText, ...env }
}

/** The statements of the processes are gathered with those of the tests. */
export function gathered(): Env {
  const folder = process.env.HOMING_TEST_STATEMENTS
  if (folder === undefined) return {}
  return {
    HOMING_TEST_STATEMENTS: folder,
    NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import ${gatherer}`.trim(),
  }
}
