/**
 * How a process of Homing lives under the supervisor, or alone in a terminal: it begins, says that it is ready, and ends by itself,
 * without loose ends, when it is told to or when the supervisor is no longer there. The pipe between them is the sign of
 * life: the kernel closes it also after kill -9, so no child outlives its supervisor.
 */
import { writeSync } from 'node:fs'
import { inOneSentence } from './last-words.ts'

export type StopReason = 'told' | 'supervisor gone' | 'signal'

export interface Running {
  /** Sent to the supervisor with the word that we are ready: addresses, counts. */
  ready?: Readonly<Record<string, string | number | boolean>>
  /** Stops taking work, finishes what is under way, closes everything. */
  stop(reason: StopReason): Promise<void>
}

export interface ReadyMessage {
  ready: true
  info: Readonly<Record<string, string | number | boolean>>
}

/** That the process is not stuck: sent every BEAT_MS, from before it is ready. */
export interface BeatMessage {
  alive: true
  /** what it waits for, in a sentence */
  waits: string | null
}

/** What a process has of its life. */
export interface Life {
  /** It is to stop: whatever it waits for need not be waited for. */
  readonly told: AbortSignal
  /** It waits for something outside of it, or no longer. */
  waits(why: string | null): void
}

export const BEAT_MS = 2_000

/** A graceful stop may last this long; the supervisor waits a little longer. */
export const STOP_LIMIT_MS = 25_000
/** Who has not begun has nothing to finish: it goes this soon after the word to stop. */
export const UNBEGUN_STOP_MS = 2_000
/** A terminal and npm both hand on a Ctrl-C; what comes this soon after the first is the same one. */
export const SAME_SIGNAL_MS = 1_000

/** How often a process of an npm script looks whether npm still lives. */
const PARENT_LOOK_MS = 250

/**
 * Calls `gone` when npm, or the shell that npm runs a script in, has ended: such a shell takes a SIGTERM and passes nothing on, and its
 * child would go on as an orphan. Only where one of our own npm scripts started this process: who started it otherwise may leave it.
 * The returned function stops looking.
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
 * Begins, waits for the word to stop, stops. Resolves when all is closed; ends the process by force (exit code 1) where beginning or stopping
 * fails or hangs: an open pipe or a half-opened server would keep a process that does nothing, and nobody would start another.
 */
export async function runAsChild(begin: (life: Life) => Promise<Running>): Promise<void> {
  const told = stopWord()
  const stopping = new AbortController()
  let begun = false
  // Whoever begins slowly may be told to stop before it has begun.
  void told.then(() => {
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
      told: stopping.signal,
      waits: why => {
        waits = why
        beat()
      },
    })
  } catch (error) {
    // It was waiting, and is told that it need not.
    if (stopping.signal.aborted) process.exit(0)
    endWith(error)
  }
  begun = true
  if (process.connected) process.send?.({ ready: true, info: running.ready ?? {} } satisfies ReadyMessage)
  await running.stop(await told).catch(endWith)
  if (process.connected) process.disconnect()
  // A handle that somebody forgot must not keep the process.
  setTimeout(() => process.exit(), 1_000).unref()
}

/** Writes at once: stderr may be a pipe, and what waits in it is lost by exit(). */
function endWith(error: unknown): never {
  writeSync(2, `${inOneSentence(error)}\n`)
  process.exit(1)
}

function stopWord(): Promise<StopReason> {
  return new Promise(resolve => {
    if (process.send) {
      process.once('disconnect', () => resolve('supervisor gone'))
      process.on('message', message => {
        if (typeof message === 'object' && message !== null && 'stop' in message) resolve('told')
      })
      // Ctrl-C goes to the whole group; under a supervisor its word counts, and SIGTERM is for this process alone.
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
