/**
 * Finds, starts and stops the PostgreSQL server of a cluster.
 *
 * Invariants: two servers on one cluster are impossible (PostgreSQL's own lock file and shared memory prevent it), and Homing never deletes
 * postmaster.pid. A lock file is stale if its process is a zombie, or if its number now belongs to another program, even another PostgreSQL.
 * PG_GRANDPARENT_PID (with which pg_ctl names a process to ignore) passes this to the server, which still checks the shared memory itself.
 * Source: PostgreSQL 18, src/backend/utils/init/miscinit.c, CreateLockFile.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type Problem, problem } from '../../../core/problems.ts'
import { type Binaries, program } from './binaries.ts'
import { folderProblem, type Home } from './cluster-folder.ts'
import { identity, type OsAccount } from './os-account.ts'

const LOG_LIMIT_BYTES = 10 * 2 ** 20
const STOP_FAST_MS = 60_000
const STOP_HARD_MS = 10_000

export interface Postmaster {
  pid: number
  /** running: a server of this cluster lives. stale: the process in the file is dead, a zombie, or something else. */
  state: 'running' | 'stale'
  port: number
  /** Folder of the unix socket, or null if the server listens on TCP only. */
  socketFolder: string | null
}

/** The content of postmaster.pid, checked against the running processes. Null if there is no such file. */
export function readPostmaster(cluster: string): Postmaster | null {
  let lines: string[]
  try {
    lines = readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')
  } catch {
    return null
  }
  // Line 1 pid, 2 data folder, 3 start time, 4 port, 5 socket folder, 6 listen address, 7 shared memory, 8 status.
  const pid = Number.parseInt(lines[0] ?? '', 10)
  if (!Number.isInteger(pid) || pid <= 0) return null
  return {
    pid,
    state: serves(pid, cluster) ? 'running' : 'stale',
    port: Number.parseInt(lines[3] ?? '', 10) || 5432,
    socketFolder: lines[4]?.trim() || null,
  }
}

/** Alive, and not a zombie (in containers, process 1 often reaps late or never). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  return processState(pid) !== 'Z'
}

export interface StartedServer {
  child: ChildProcess
  /** Resolves with the new lines of its log when the process has ended. */
  ended: Promise<string>
}

/** Starts the server detached: a Ctrl-C in the terminal must reach the clients first. */
export function spawnServer(
  home: Home,
  binaries: Binaries,
  account: OsAccount | null,
  listen: string[],
  overlook: number | null,
): StartedServer {
  rotate(home.log)
  let log: number
  try {
    log = openSync(home.log, 'a', 0o600)
  } catch (error) {
    throw folderProblem(error, home.log)
  }
  const from = fstatSync(log).size
  const env: NodeJS.ProcessEnv = { ...process.env, LC_ALL: 'C' }
  // Variables for clients would change the server's own workers. The server's account can read its environment: it must not get
  // the keys of secrets.
  for (const name of Object.keys(env)) if (/^(PG|HOMING_)/.test(name)) delete env[name]
  if (overlook !== null) env.PG_GRANDPARENT_PID = String(overlook)
  const child = spawn(program(binaries.native, 'postgres'), ['-D', home.cluster, ...listen], {
    ...identity(account),
    cwd: '/',
    detached: true,
    stdio: ['ignore', log, log],
    env,
  })
  closeSync(log)
  child.unref()
  const ended = new Promise<string>(resolve => {
    child.once('error', error => resolve(error.message))
    child.once('exit', () => resolve(readFrom(home.log, from)))
  })
  return { child, ended }
}

/** Fast shutdown (disconnects clients, writes everything), then after a minute an immediate one, which only costs a redo. Returns when the process has ended. */
export async function stopServer(cluster: string, native: string): Promise<void> {
  const running = readPostmaster(cluster)
  if (running?.state !== 'running') return
  if (process.platform === 'win32') {
    spawnSync(
      program(native, 'pg_ctl'),
      ['stop', '-D', cluster, '-m', 'fast', '-w', '-t', String(STOP_FAST_MS / 1000)],
      { stdio: 'ignore' },
    )
    return
  }
  signal(running.pid, 'SIGINT')
  if (await gone(running.pid, STOP_FAST_MS)) return
  signal(running.pid, 'SIGQUIT')
  await gone(running.pid, STOP_HARD_MS)
}

/** True for the log of a server that found another one, or its remains, on its cluster. */
export function isLockConflict(said: string): boolean {
  return /lock file "[^"]*" (already exists|is empty)|pre-existing shared memory block/.test(said)
}

/** Why a server ended right after its start, as a sentence. */
export function startProblem(home: Home, said: string): Problem {
  if (/No space left on device|Disk quota exceeded/.test(said))
    return problem('data_folder_no_space', { folder: home.cluster })
  if (
    /Permission denied|Operation not permitted|Read-only file system|invalid permissions|wrong ownership/.test(said)
  ) {
    return problem('data_folder_no_rights', { folder: home.cluster, what: lastWords(said) })
  }
  return problem('database_failed', { folder: home.cluster, what: lastWords(said), log: home.log })
}

function lastWords(said: string): string {
  const lines = said.trim().split('\n')
  const fatal = lines.filter(line => /FATAL|PANIC|could not/.test(line))
  return (fatal.at(-1) ?? lines.at(-1) ?? 'it said nothing').replace(/^.*?(FATAL|PANIC):\s*/, '')
}

/** Does this process serve this cluster? By now the pid in a lock file may belong to any process, even another PostgreSQL. */
function serves(pid: number, cluster: string): boolean {
  if (!isAlive(pid)) return false
  if (process.platform === 'win32') return true
  if (process.platform === 'linux') {
    try {
      // PostgreSQL's working folder is its cluster. Throws without permission: root in a container without CAP_SYS_PTRACE.
      readlinkSync(`/proc/${pid}/cwd`)
      return sameFolder(`/proc/${pid}/cwd`, cluster)
    } catch {}
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
      return sameFolder(words[words.indexOf('-D') + 1] ?? '', cluster)
    } catch {
      return true // hidden from us: let PostgreSQL judge
    }
  }
  const { stdout } = spawnSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' })
  return !stdout || stdout.includes(` -D ${cluster} `)
}

function processState(pid: number): string | null {
  if (process.platform !== 'linux') return null
  try {
    // "pid (name) S …"; the name may hold spaces and brackets.
    return /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\)/s, ')'))?.[1] ?? null
  } catch {
    return null
  }
}

function sameFolder(a: string, b: string): boolean {
  try {
    const [one, other] = [statSync(a), statSync(b)]
    return one.ino === other.ino && one.dev === other.dev
  } catch {
    return false
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It ended meanwhile, or belongs to another user; the wait finds out.
  }
}

async function gone(pid: number, limitMs: number): Promise<boolean> {
  const until = performance.now() + limitMs
  while (isAlive(pid)) {
    if (performance.now() > until) return false
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  return true
}

function rotate(log: string): void {
  if (existsSync(log) && statSync(log).size > LOG_LIMIT_BYTES) renameSync(log, `${log}.1`)
  for (const file of [log, `${log}.1`]) dropErrorsOfClients(file)
}

/** Earlier versions let the server log errors with names and numbers of people. Edited in place: a process may have the file open. */
function dropErrorsOfClients(file: string): void {
  if (!existsSync(file)) return
  if (statSync(file).size > 2 * LOG_LIMIT_BYTES) {
    rmSync(file)
    return
  }
  const lines = readFileSync(file, 'utf8').split('\n')
  const ofServer = lines.filter(line => line === '' || / (LOG|FATAL|PANIC): {2}/.test(line))
  if (ofServer.length < lines.length) writeFileSync(file, ofServer.join('\n'))
}

function readFrom(file: string, from: number): string {
  try {
    const handle = openSync(file, 'r')
    const size = Math.min(fstatSync(handle).size - from, 64 * 1024)
    const buffer = Buffer.alloc(Math.max(0, size))
    readSync(handle, buffer, 0, buffer.length, from)
    closeSync(handle)
    return buffer.toString('utf8')
  } catch (error) {
    return (error as Error).message
  }
}
