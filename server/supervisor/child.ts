/**
 * The life of a process of Homing, under the supervisor or alone in a terminal: it starts, reports that it is ready, and ends cleanly when it
 * is asked to or when the supervisor is gone. The pipe to the supervisor proves that it lives: the kernel closes the pipe even after kill -9,
 * so no child outlives its supervisor.
 */
import { writeSync } from 'node:fs'
import { inOneSentence } from './last-words.ts'

export type StopReason = 'requested' | 'supervisor gone' | 'signal'

export interface Running {
  /** Sent to the supervisor with the report that the process is ready: addresses, counts. */
  ready?: Readonly<Record<string, string | number | boolean>>
  /** Stops taking work, finishes work in progress, closes everything. */
  stop(reason: StopReason): Promise<void>
}

export interface ReadyMessage {
  ready: true
  info: Readonly<Record<string, string | number | boolean>>
}

/** Shows that the process is not stuck: sent every BEAT_MS, even before it is ready. */
export interface BeatMessage {
  alive: true
  /** what it waits for, in a sentence */
  waits: string | null
}

/** What a process gets to know about its life. */
export interface Life {
  /** Aborts when the process is to stop: it need not wait for anything any more. */
  readonly stopping: AbortSignal
  /** The process waits for something outside of it; null: no longer. */
  waits(why: string | null): void
}

export const BEAT_MS = 2_000

/** A graceful stop may last this long; the supervisor waits a little longer. */
export const STOP_LIMIT_MS = 25_000
/** A process that has not started has nothing to finish: it ends this soon after the request to stop. */
export const UNBEGUN_STOP_MS = 2_000
/** A terminal and npm both pass a Ctrl-C on; a signal this soon after the first is the same Ctrl-C. */
export const SAME_SIGNAL_MS = 1_000

/** How often a process of an npm script checks whether npm still lives. */
const PARENT_LOOK_MS = 250

/**
 * Calls `gone` when npm, or the shell in which npm runs a script, has ended: such a shell does not pass a SIGTERM on, and its child would
 * remain as an orphan. Only for processes that our own npm scripts started. The returned function stops the checks.
 */
export function watchNpm(gone: () => void, env: NodeJS.ProcessEnv = process.env): () => void {
  const ours = env.npm_package_name === 'homing' && ['start', 'homing'].includes(env.npm_lifecycle_event ?? '')
  if (!ours || process.platform === 'win32') return () => {}
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    gone()
  }, PARENT_LOOK_MS)
  timer.unref()
  return () => clearInterval(timer)
}

/**
 * Starts, waits for the request to stop, stops. Resolves when everything is closed. If starting or stopping fails or hangs, the process exits
 * with code 1: an open pipe or a half-open server would keep a process that does nothing, and no one would start another.
 */
export async function runAsChild(begin: (life: Life) => Promise<Running>): Promise<void> {
  const stopRequest = stopRequested()
  const stopping = new AbortController()
  let begun = false
  // The request to stop may come before a slow start is complete.
  void stopRequest.then(() => {
    stopping.abort()
    setTimeout(() => begun || process.exit(1), UNBEGUN_STOP_MS).unref()
    setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref()
  })
  let waits: string | null = null
  const beat = () => {
    if (process.connected) process.send?.({ alive: true, waits } satisfies BeatMessage)
  }
  setInterval(beat, BEAT_MS).unref()
  let running: Running
  try {
    running = await begin({
      stopping: stopping.signal,
      waits: why => {
        waits = why
        beat()
      },
    })
  } catch (error) {
    // It was waiting for something that it no longer needs.
    if (stopping.signal.aborted) process.exit(0)
    endWith(error)
  }
  begun = true
  if (process.connected) process.send?.({ ready: true, info: running.ready ?? {} } satisfies ReadyMessage)
  await running.stop(await stopRequest).catch(endWith)
  if (process.connected) process.disconnect()
  // A forgotten handle must not keep the process alive.
  setTimeout(() => process.exit(), 1_000).unref()
}

/** Writes synchronously: stderr may be a pipe, and exit() drops what is buffered. */
function endWith(error: unknown): never {
  writeSync(2, `${inOneSentence(error)}\n`)
  process.exit(1)
}

function stopRequested(): Promise<StopReason> {
  return new Promise(resolve => {
    if (process.send) {
      process.once('disconnect', () => resolve('supervisor gone'))
      process.on('message', message => {
        if (typeof message === 'object' && message !== null && 'stop' in message) resolve('requested')
      })
      // Ctrl-C reaches the whole group; under a supervisor, only the supervisor's request counts. SIGTERM is meant for this process.
      process.on('SIGINT', () => {})
      process.once('SIGTERM', () => resolve('signal'))
      if (!process.connected) resolve('supervisor gone')
      return
    }
    let first = 0
    const signal = () => {
      const now = performance.now()
      if (first > 0 && now - first > SAME_SIGNAL_MS) process.exit(130)
      if (first === 0) first = now
      resolve('signal')
    }
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, signal)
    watchNpm(signal)
  })
}
