/**
 * The verb `start`: everything of Homing on one machine. In order: the lock of the data folder; PostgreSQL, migrations, the port and the demo
 * and, at the same time, the pages; the processes. When all are ready, it prints one line on stdout:
 *
 *   ready http://localhost:8080 sign-in http://localhost:8080/…
 *
 * Invariants: what was started is stopped in the reverse order, whatever fails on the way. When this process is killed, the children end
 * too, and the next start adopts the PostgreSQL that is left.
 */
import { fileURLToPath } from 'node:url'
import { addresses, type Config } from '../platform/config.ts'
import { awayInWords, type Patience, untilDone } from '../platform/db/database-away.ts'
import { MIGRATIONS, migrate } from '../platform/db/migrate.ts'
import { listeningSentences } from '../platform/http/listen.ts'
import type { Log } from '../platform/log.ts'
import { claimFolder } from '../platform/postgres/cluster-folder.ts'
import { type DatabaseServer, databaseServer } from '../platform/postgres/database-server.ts'
import { tighten } from '../platform/private-files.ts'
import { type ReadyMessage, SAME_SIGNAL_MS, watchNpm } from './child.ts'
import { type Children, type ChildrenOptions, type ChildSpec, startChildren, type Trouble } from './children.ts'
import { type FolderLock, lockFolder } from './lock.ts'
import { type ReservedPort, reservePort } from './port.ts'
import { prepareUi, type Ui } from './ui.ts'
import { webFlags } from './web-flags.ts'

const CLI = fileURLToPath(new URL('../cli.ts', import.meta.url))

/** The state when the hooks run: the database is migrated, nothing else has started. */
export interface PreparedStart {
  connectionString: string
  databaseKind: DatabaseServer['kind']
  url: string
  linkUrl: string
}

export interface StartHooks {
  /** Once, before any process runs: installation, demo workspace. It may end early, at `signal`. */
  prepare?(prepared: PreparedStart, signal?: AbortSignal): Promise<void>
  /** From when the processes are ready until `signal`. */
  beside?(prepared: PreparedStart, signal: AbortSignal): Promise<void>
  /** The one-time link of the first sign-in; null if it is not needed. */
  signInLink?(prepared: PreparedStart): Promise<string | null>
  /** The current troubles of the processes; empty: none any more. */
  troubled?(prepared: PreparedStart, troubles: readonly Trouble[]): Promise<void>
  /** The arguments of the simulator; null: no workspace has a gateway to it. */
  needsSimulator?(prepared: PreparedStart): Promise<readonly string[] | null>
  /** A process is ready, also after a restart; `info` is its report. */
  readied?(prepared: PreparedStart, name: string, info: ReadyMessage['info']): Promise<void>
}

export interface StartOptions {
  config: Config
  log: Log
  hooks?: StartHooks
  /** Receives the line `ready …` (stdout), and below, all messages for people (stderr). */
  out?: (line: string) => void
  say?: (sentence: string) => void
  /** The children's scripts, for tests; else `server/cli.ts web|worker|simulator`. */
  children?: (simulator: readonly string[] | null) => Pick<ChildSpec, 'name' | 'command' | 'stage'>[]
  /** Finds or builds the pages; most tests have none. */
  pages?: (data: string, say: (sentence: string) => void) => Promise<Ui>
  /** Ends it, like Ctrl-C. */
  signal?: AbortSignal
}

/** Runs until Ctrl-C, SIGTERM, SIGHUP or `signal`; resolves when everything is stopped. Throws a Problem if it cannot start or a process is given up. */
export async function start(options: StartOptions): Promise<void> {
  const stop = stopSignal(options.signal)
  const undo: (() => Promise<void>)[] = []
  try {
    const children = await bringUp(options, undo, stop).catch(error => {
      // It was waiting for the database, and need not any more.
      if (stop.isAsked()) return null
      throw error
    })
    if (children) await Promise.race([stop.asked, children.failed])
    sayer(options)('Stopping …')
  } finally {
    await undoAll(undo.reverse(), options.log)
    stop.end()
  }
}

/** Runs every step, even after one has failed. */
async function undoAll(steps: readonly (() => Promise<void>)[], log: Log): Promise<void> {
  for (const step of steps) {
    await step().catch(error => log.error({ err: error }, 'could not stop cleanly'))
  }
}

async function bringUp(options: StartOptions, undo: (() => Promise<void>)[], stop: Stop): Promise<Children | null> {
  const began = performance.now()
  const { config, log, hooks = {} } = options
  const say = sayer(options)
  const out = options.out ?? (line => process.stdout.write(`${line}\n`))
  if (config.clockRate > 1) {
    say(
      `ATTENTION: HOMING_CLOCK_RATE=${config.clockRate}: business time runs ${config.clockRate} times as fast as real time. For development only.`,
    )
  }
  const folder = claimFolder(config.data)
  const lock: FolderLock = await lockFolder(folder)
  undo.push(() => lock.release())
  for (const path of tighten(folder)) say(`Others may be able to read ${path}: its rights could not be changed.`)

  const waits = { signal: stop.signal, notice: (why: string | null) => say(awayInWords(why)) }
  // What the demo computes and what the pages are built from have nothing in common: a first start does both at once.
  const [{ prepared, reserved }, ui] = await both(
    prepareDatabase(options, undo, waits),
    (options.pages ?? prepareUi)(folder, say),
  )
  if (stop.isAsked()) return null

  const simulator = (await untilDone(async () => hooks.needsSimulator?.(prepared), waits)) ?? null
  const env = childEnv(config, prepared, reserved.port, ui)
  const specs = (options.children ?? ourChildren)(simulator).map(spec => ({ ...spec, env }))
  await reserved.release()
  const children = startChildren(specs, log, watching(options, prepared, say, waits))
  undo.push(() => children.stop())
  stop.onForce(() => children.kill())
  if (!(await Promise.race([children.ready().then(() => true), stop.asked.then(() => false)]))) return null

  if (hooks.beside) undo.push(besides(hooks.beside, prepared, log))
  const link = await untilDone(async () => hooks.signInLink?.(prepared), waits)
  lock.announce(prepared.url)
  out(`ready ${prepared.url}${link ? ` sign-in ${link}` : ''}`)
  for (const sentence of listeningSentences(config, reserved.port)) say(sentence)
  say(`Started in ${Math.round(performance.now() - began)} ms. Ctrl-C stops everything.`)
  return children
}

/** PostgreSQL, the schema, the port, and what the hook puts into the database. */
async function prepareDatabase(
  { config, hooks = {}, ...options }: StartOptions,
  undo: (() => Promise<void>)[],
  waits: Patience,
): Promise<{ prepared: PreparedStart; reserved: ReservedPort }> {
  const say = sayer({ config, ...options })
  const server = await untilDone(() => openServer(config, say, undo), waits)
  await untilDone(() => migrate(server.connectionString, MIGRATIONS, say), waits)
  const reserved = await reservePort(config.port, config.portAsked)
  undo.push(reserved.release)
  const prepared: PreparedStart = {
    connectionString: server.connectionString,
    databaseKind: server.kind,
    ...addresses(config, reserved.port),
  }
  await untilDone(async () => hooks.prepare?.(prepared, waits.signal), waits)
  return { prepared, reserved }
}

/** Starts the hook; the result ends it. */
function besides(beside: NonNullable<StartHooks['beside']>, prepared: PreparedStart, log: Log): () => Promise<void> {
  const ending = new AbortController()
  const running = beside(prepared, ending.signal).catch(error =>
    log.error({ err: error }, 'what runs beside the processes has ended'),
  )
  return async () => {
    ending.abort()
    await running
  }
}

function sayer({ say }: StartOptions): (sentence: string) => void {
  return say ?? (sentence => void process.stderr.write(`${sentence}\n`))
}

/** Reports the troubles of the processes, here and through the hook. */
function watching(
  { hooks, log }: StartOptions,
  prepared: PreparedStart,
  say: (sentence: string) => void,
  waits: Patience,
): ChildrenOptions {
  return {
    readied: (name, info) =>
      untilDone(async () => hooks?.readied?.(prepared, name, info), waits).catch(error =>
        log.error({ err: error, name }, 'the report of a process could not be stored'),
      ),
    troubled: troubles => {
      for (const { name, what } of troubles) say(`The process "${name}" ${what}.`)
      if (troubles.length === 0) say('All processes are well.')
      hooks?.troubled?.(prepared, troubles).catch(error => log.warn({ err: error }, 'no alarm could be raised'))
    },
  }
}

async function openServer(
  config: Config,
  say: (sentence: string) => void,
  undo: (() => Promise<void>)[],
): Promise<DatabaseServer> {
  const server = await databaseServer(config, { notice: say, stays: true })
  undo.push(() => server.stop())
  return server
}

/** Waits for both, even if one fails: what it started must be known before it is undone. */
async function both<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  const [first, second] = await Promise.allSettled([a, b])
  if (first.status === 'rejected') throw first.reason
  if (second.status === 'rejected') throw second.reason
  return [first.value, second.value]
}

// The simulator stops after the worker, which waits for its answers.
function ourChildren(simulator: readonly string[] | null): Pick<ChildSpec, 'name' | 'command' | 'stage'>[] {
  const verb = (name: string, stage = 0, words: readonly string[] = []) => ({
    name,
    command: [...(name === 'web' ? webFlags : []), CLI, name, ...words],
    stage,
  })
  return [verb('web'), verb('worker'), ...(simulator ? [verb('simulator', 1, simulator)] : [])]
}

function childEnv(config: Config, prepared: PreparedStart, port: number, ui: Ui): NodeJS.ProcessEnv {
  return {
    ...process.env,
    HOMING_DATA: config.data,
    HOMING_CONNECTION: prepared.connectionString,
    HOMING_PORT: String(port),
    HOMING_URL: prepared.url,
    HOMING_LINK_URL: prepared.linkUrl,
    // The simulated people open links of this installation only.
    HOMING_SIMULATOR_LINK_ORIGINS: process.env.HOMING_SIMULATOR_LINK_ORIGINS || prepared.linkUrl,
    // People take their time; where time runs fast, they must not be late.
    HOMING_SIMULATOR_VISIT_DELAY_MS:
      process.env.HOMING_SIMULATOR_VISIT_DELAY_MS || (config.clockRate > 1 ? '200-2000' : '1000-180000'),
    HOMING_CLOCK_RATE: String(config.clockRate),
    ...(ui.folder === null ? {} : { HOMING_UI: ui.folder }),
  }
}

interface Stop {
  asked: Promise<void>
  /** The same, for code that waits. */
  signal: AbortSignal
  isAsked(): boolean
  /** For the second Ctrl-C; a third ends this process immediately. */
  onForce(kill: () => void): void
  end(): void
}

function stopSignal(signal?: AbortSignal): Stop {
  const { promise, resolve } = Promise.withResolvers<void>()
  const stopping = new AbortController()
  void promise.then(() => stopping.abort())
  let times = 0
  let last = Number.NEGATIVE_INFINITY
  let force = () => {}
  const ask = () => {
    const now = performance.now()
    if (now - last < SAME_SIGNAL_MS) return
    last = now
    times++
    if (times === 1) resolve()
    // The children end at once; PostgreSQL still stops in order, which is quick.
    else if (times === 2) force()
    else process.exit(130)
  }
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const name of names) process.on(name, ask)
  const unwatch = watchNpm(ask)
  signal?.addEventListener('abort', ask, { once: true })
  if (signal?.aborted) ask()
  return {
    asked: promise,
    signal: stopping.signal,
    isAsked: () => times > 0,
    onForce: kill => {
      force = kill
    },
    end: () => {
      for (const name of names) process.off(name, ask)
      unwatch()
      signal?.removeEventListener('abort', ask)
    },
  }
}
