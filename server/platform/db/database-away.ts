/**
 * Is the database temporarily unavailable, or must a person fix something? A server that starts, recovers, stops or has no free connection
 * and a host that does not answer are temporary: Homing waits. A wrong password or a missing database is not.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { monotonicMs } from '../clock.ts'

const states = new Set(['57P01', '57P02', '57P03', '53300', '08000', '08001', '08003', '08004', '08006'])
const systems = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EGIVENUP',
])
/** Messages of `pg` that have no code. */
const words =
  /^(timeout expired|Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error)/

/** Why the database is unavailable, in one line; undefined for any other error. */
export function whyAway(error: unknown): string | undefined {
  if (error instanceof AggregateError) {
    // Node combines the failures of all addresses of a host into one error without a message.
    const whys = error.errors.map(whyAway)
    return whys.includes(undefined) ? undefined : [...new Set(whys)].join('; ')
  }
  if (!(error instanceof Error)) return undefined
  const code = 'code' in error ? String(error.code) : ''
  const connecting = 'syscall' in error && error.syscall === 'connect'
  // ENOENT, EAGAIN of a unix socket: it does not exist yet, or its queue is full.
  const away = states.has(code) || systems.has(code) || words.test(error.message) || connecting
  if (away) return error.message
  return error.cause === undefined ? undefined : whyAway(error.cause)
}

/** The sentence for people; null: the database answers again. */
export const awayInWords = (why: string | null): string =>
  why === null ? 'The database answers.' : `The database is away, and is waited for: ${why}.`

export interface Patience {
  /** Called when the wait begins, every half minute after that, and with null when it is over. */
  notice?: (why: string | null) => void
  /** Ends the wait: the last error is thrown. */
  signal?: AbortSignal
  /** Default: no limit. */
  forMs?: number
}

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 2_000
const NOTICE_EACH_MS = 30_000

/** Runs the work, and repeats it while the database is unavailable. */
export async function untilDone<Result>(
  work: () => Promise<Result>,
  { notice, signal, forMs = Number.POSITIVE_INFINITY }: Patience = {},
): Promise<Result> {
  const began = monotonicMs()
  let noticed = Number.NEGATIVE_INFINITY
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    try {
      const result = await work()
      if (noticed > 0) notice?.(null)
      return result
    } catch (error) {
      const why = whyAway(error)
      const now = monotonicMs()
      if (why === undefined || signal?.aborted || now - began >= forMs) throw error
      if (now - noticed >= NOTICE_EACH_MS) {
        noticed = now
        notice?.(why)
      }
      await sleep(pauseMs, undefined, signal === undefined ? {} : { signal }).catch(() => {})
    }
  }
}
