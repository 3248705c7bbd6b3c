/**
 * Who keeps the processes of Homing running? Each child is a Node process of its own, connected by a pipe whose end tells it that
 * the supervisor is gone. One that dies is started again, later each time; one that keeps dying right after its start ends the whole, with a sentence.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { problem } from '../../core/problems.ts'
import type { Log } from '../platform/log.ts'
import { type ReadyMessage, STOP_LIMIT_MS } from './child.ts'

export interface ChildSpec {
  /** web, worker, simulator. */
  name: string
  /** The script and its arguments, for Node. */
  command: readonly string[]
  env: NodeJS.ProcessEnv
  /** Children of a higher stage are stopped later: what others still need to finish their work. */
  stage?: number
}

export interface Children {
  /** Rejects when a child is given up. */
  readonly failed: Promise<never>
  /** All children's first word that they are ready; rejects like `failed`. */
  ready(): Promise<ReadyMessage['info'][]>
  /** The processes that live, for tests. */
  pids(): Record<string, number>
  /** Tells each to stop, stage by stage, and waits; kills what does not end. */
  stop(): Promise<void>
  /** Kills all at once. */
  kill(): void
}

/** A child that lived shorter than this died right after its start. */
const SHORT_LIFE_MS = 10_000
export const DEATHS_LIMIT = 5
const FIRST_BACK_OFF_MS = 200
const READY_LIMIT_MS = 120_000
const KILL_AFTER_MS = STOP_LIMIT_MS + 3_000

interface Child {
  spec: ChildSpec
  process: ChildProcess | null
  deaths: number
  /** Resolves at the first word that it is ready. */
  ready: PromiseWithResolvers<ReadyMessage['info']>
}

/** Starts all of them at once. */
export function startChildren(specs: readonly ChildSpec[], log: Log): Children {
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => {}) // whoever waits for it hears it too
  let stopping = false
  const children = specs.map((spec): Child => ({ spec, process: null, deaths: 0, ready: Promise.withResolvers() }))

  const launch = (child: Child) => {
    const { name, command, env } = child.spec
    const began = performance.now()
    const launched = spawn(process.execPath, command, {
      env,
      // Its stdout is nobody's answer: all of it goes to stderr. Detached: a Ctrl-C reaches the supervisor alone, who stops in order.
      stdio: ['ignore', 2, 2, 'ipc'],
      detached: process.platform !== 'win32',
    })
    child.process = launched
    launched.on('message', message => {
      if (isReady(message)) child.ready.resolve(message.info)
    })
    launched.once('error', error => failed.reject(error))
    launched.once('exit', (code, signal) => {
      child.process = null
      if (stopping) return
      const how = signal ? `signal ${signal}` : `exit code ${code}`
      child.deaths = performance.now() - began < SHORT_LIFE_MS ? child.deaths + 1 : 1
      if (child.deaths >= DEATHS_LIMIT) {
        failed.reject(problem('child_gave_up', { name, times: child.deaths, how }))
        return
      }
      const waitMs = FIRST_BACK_OFF_MS * 2 ** (child.deaths - 1)
      log.error({ name, how, waitMs }, 'a process died and is started again')
      setTimeout(() => !stopping && launch(child), waitMs)
    })
  }
  for (const child of children) launch(child)

  return {
    failed: failed.promise,
    ready: () =>
      Promise.race([Promise.all(children.map(child => child.ready.promise)), failed.promise, late(children)]),
    pids: () =>
      Object.fromEntries(children.flatMap(({ spec, process }) => (process?.pid ? [[spec.name, process.pid]] : []))),
    stop: async () => {
      stopping = true
      const stages = [...new Set(specs.map(spec => spec.stage ?? 0))].sort((a, b) => a - b)
      for (const stage of stages) {
        await Promise.all(children.filter(child => (child.spec.stage ?? 0) === stage).map(child => stopOne(child, log)))
      }
    },
    kill: () => {
      stopping = true
      for (const child of children) child.process?.kill('SIGKILL')
    },
  }
}

async function stopOne(child: Child, log: Log): Promise<void> {
  const running = child.process
  if (!running) return
  const ended = new Promise(resolve => running.once('exit', resolve))
  const timer = setTimeout(() => {
    log.error({ name: child.spec.name }, 'a process did not stop in time and is killed')
    running.kill('SIGKILL')
  }, KILL_AFTER_MS)
  running.send({ stop: true }, error => {
    if (error) running.kill('SIGTERM')
  })
  await ended
  clearTimeout(timer)
}

function late(children: readonly Child[]): Promise<never> {
  return new Promise((_, reject) => {
    const timer = setTimeout(() => {
      const waiting = children.filter(child => child.process).map(child => child.spec.name)
      reject(problem('child_not_ready', { names: waiting.join(', '), seconds: READY_LIMIT_MS / 1000 }))
    }, READY_LIMIT_MS)
    timer.unref()
  })
}

function isReady(message: unknown): message is ReadyMessage {
  return (
    typeof message === 'object' && message !== null && 'ready' in message && message.ready === true && 'info' in message
  )
}
