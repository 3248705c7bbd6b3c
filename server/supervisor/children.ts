/**
 * Keeps the processes of Homing running. Each child is a Node process with a pipe to the supervisor. The child sends heartbeats over the pipe,
 * and the end of the pipe tells it that the supervisor is gone.
 *
 * A child that dies is restarted, with a growing delay, as long as the supervisor runs. A silent child is killed and restarted. Only a child
 * that keeps dying before all processes were ready once ends the supervisor, with a sentence: then an operator is watching and a setting is
 * wrong. A child that waits for something (the database) reports it and is given time.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { problem } from '../../core/problems.ts'
import type { Log } from '../platform/log.ts'
import { BEAT_MS, type BeatMessage, type ReadyMessage, STOP_LIMIT_MS } from './child.ts'

export interface ChildSpec {
  /** web, worker, simulator. */
  name: string
  /** The script and its arguments, for Node. */
  command: readonly string[]
  env: NodeJS.ProcessEnv
  /** Children of a higher stage stop later: others need them to finish their work. */
  stage?: number
}

/** A process in trouble. */
export interface Trouble {
  name: string
  /** in a sentence's second half: "has ended 5 times in a row (exit code 1)" */
  what: string
}

export interface ChildrenOptions {
  /** Called with all current troubles each time they change; empty: all is well. */
  troubled?: (troubles: readonly Trouble[]) => void
  /** Called each time a process is ready, also after a restart. The first readiness of all waits for it. */
  readied?: (name: string, info: ReadyMessage['info']) => Promise<void>
  /** How long a process may be silent. */
  silentMs?: number
  /** How long all processes together may take to become ready. */
  readyMs?: number
}

export interface Children {
  /** Rejects when a child is given up. */
  readonly failed: Promise<never>
  /** Resolves when all children have been ready once; rejects like `failed`. */
  ready(): Promise<ReadyMessage['info'][]>
  /** The pids of the running processes, for tests. */
  pids(): Record<string, number>
  /** Asks each to stop, stage by stage, and waits; kills those that do not end. */
  stop(): Promise<void>
  /** Kills all at once. */
  kill(): void
}

/** A child that lived shorter than this died right after its start. */
const SHORT_LIFE_MS = 10_000
export const DEATHS_LIMIT = 5
const FIRST_BACK_OFF_MS = 200
const LONGEST_BACK_OFF_MS = 30_000
/** A process is stuck or stopped after this time; longer than any pause on a busy machine. */
const SILENT_MS = 30_000
const READY_LIMIT_MS = 120_000
const KILL_AFTER_MS = STOP_LIMIT_MS + 3_000

interface Child {
  spec: ChildSpec
  process: ChildProcess | null
  /** consecutive deaths right after a start */
  deaths: number
  how: string
  waits: string | null
  /** consecutive ticks without a heartbeat; a pause of the supervisor itself counts as one */
  silent: number
  isReady: boolean
  /** the timer of its next start */
  again?: NodeJS.Timeout
  /** Resolves when it is ready for the first time. */
  ready: PromiseWithResolvers<ReadyMessage['info']>
}

/** Starts all of them at once. */
export function startChildren(
  specs: readonly ChildSpec[],
  log: Log,
  { troubled, readied, silentMs = SILENT_MS, readyMs = READY_LIMIT_MS }: ChildrenOptions = {},
): Children {
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => {}) // callers that await it get the error too
  let stopping = false
  let begun = false
  let told = '[]'
  const children = specs.map(
    (spec): Child => ({
      spec,
      process: null,
      deaths: 0,
      how: '',
      waits: null,
      silent: 0,
      isReady: false,
      ready: Promise.withResolvers(),
    }),
  )
  const tell = () => {
    const troubles = children.flatMap(troubleOf)
    const text = JSON.stringify(troubles)
    if (text !== told) troubled?.(troubles)
    told = text
  }

  const launch = (child: Child) => {
    const { name, command, env } = child.spec
    const began = performance.now()
    const launched = spawn(process.execPath, command, {
      env,
      // A child's stdout is no answer to anyone: everything goes to stderr. Detached: a Ctrl-C reaches only the supervisor, which stops in order.
      stdio: ['ignore', 2, 2, 'ipc'],
      detached: process.platform !== 'win32',
    })
    child.process = launched
    child.silent = 0
    launched.on('message', message => {
      child.silent = 0
      if (isBeat(message)) child.waits = message.waits
      if (isReady(message)) {
        child.waits = null
        child.isReady = true
        child.ready.resolve((readied?.(name, message.info) ?? Promise.resolve()).then(() => message.info))
      }
      if (performance.now() - began >= SHORT_LIFE_MS) child.deaths = 0
      tell()
    })
    launched.once('error', error => failed.reject(error))
    launched.once('exit', (code, signal) => {
      child.process = null
      child.waits = null
      if (stopping) return
      child.how = signal ? `signal ${signal}` : `exit code ${code}`
      child.deaths = performance.now() - began < SHORT_LIFE_MS ? child.deaths + 1 : 1
      if (!begun && child.deaths >= DEATHS_LIMIT) {
        failed.reject(problem('child_gave_up', { name, times: child.deaths, how: child.how }))
        return
      }
      const waitMs = Math.min(FIRST_BACK_OFF_MS * 2 ** (child.deaths - 1), LONGEST_BACK_OFF_MS)
      log.error({ name, how: child.how, times: child.deaths, waitMs }, 'process exited, restarting')
      child.again = setTimeout(() => launch(child), waitMs)
      tell()
    })
  }
  for (const child of children) launch(child)

  const looking = setInterval(() => {
    for (const child of children) {
      if (child.process === null || ++child.silent * BEAT_MS < silentMs) continue
      log.error({ name: child.spec.name, silentMs }, 'process does not respond, killing it')
      child.silent = 0
      child.process.kill('SIGKILL')
    }
  }, BEAT_MS).unref()
  const end = () => {
    stopping = true
    clearInterval(looking)
    for (const { again } of children) clearTimeout(again)
  }

  return {
    failed: failed.promise,
    ready: async () => {
      const all = Promise.all(children.map(child => child.ready.promise))
      const lateness = watchReadiness(children, readyMs)
      try {
        const infos = await Promise.race([all, failed.promise, lateness.promise])
        begun = true
        return infos
      } finally {
        lateness.end()
      }
    },
    pids: () =>
      Object.fromEntries(children.flatMap(({ spec, process }) => (process?.pid ? [[spec.name, process.pid]] : []))),
    stop: async () => {
      end()
      const stages = [...new Set(specs.map(spec => spec.stage ?? 0))].sort((a, b) => a - b)
      for (const stage of stages) {
        await Promise.all(children.filter(child => (child.spec.stage ?? 0) === stage).map(child => stopOne(child, log)))
      }
    },
    kill: () => {
      end()
      for (const child of children) child.process?.kill('SIGKILL')
    },
  }
}

function troubleOf({ spec: { name }, deaths, how, waits }: Child): Trouble[] {
  if (deaths >= DEATHS_LIMIT) return [{ name, what: `has ended ${DEATHS_LIMIT} times or more in a row (${how})` }]
  return waits === null ? [] : [{ name, what: `waits: ${waits}` }]
}

async function stopOne(child: Child, log: Log): Promise<void> {
  const running = child.process
  if (!running) return
  const ended = new Promise(resolve => running.once('exit', resolve))
  const timer = setTimeout(() => {
    log.error({ name: child.spec.name }, 'process did not stop in time, killing it')
    running.kill('SIGKILL')
  }, KILL_AFTER_MS)
  running.send({ stop: true }, error => {
    if (error) running.kill('SIGTERM')
  })
  await ended
  clearTimeout(timer)
}

/** Rejects after the time limit. A child that waits for something has a reason, and gets more time. */
function watchReadiness(children: readonly Child[], limitMs: number): { promise: Promise<never>; end(): void } {
  const { promise, reject } = Promise.withResolvers<never>()
  let waitedMs = 0
  const timer = setInterval(() => {
    if (children.some(child => child.waits !== null)) return
    waitedMs += BEAT_MS
    if (waitedMs < limitMs) return
    const names = children.filter(child => !child.isReady).map(child => child.spec.name)
    reject(problem('child_not_ready', { names: names.join(', '), seconds: limitMs / 1000 }))
  }, BEAT_MS).unref()
  return { promise, end: () => clearInterval(timer) }
}

function isBeat(message: unknown): message is BeatMessage {
  return typeof message === 'object' && message !== null && 'alive' in message && message.alive === true
}

function isReady(message: unknown): message is ReadyMessage {
  return (
    typeof message === 'object' && message !== null && 'ready' in message && message.ready === true && 'info' in message
  )
}
