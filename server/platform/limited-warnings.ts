/**
 * Warnings of work that is retried in a loop. The same warning is logged once per half minute, however often it occurs, so that a
 * database that is down for a night does not fill the disk. In real time.
 */
import type { Log } from './log.ts'

export const QUIET_MS = 30_000

/** Logs the warning unless the same sentence with the same cause was logged less than `QUIET_MS` ago. */
export type Warn = (error: unknown, sentence: string) => void

export function limitWarnings(log: Pick<Log, 'warn'>, nowMs: () => number = () => performance.now()): Warn {
  const logged = new Map<string, { cause: string; atMs: number; suppressed: number }>()
  return (error, sentence) => {
    const cause = error instanceof Error ? error.message : String(error)
    const last = logged.get(sentence)
    if (last?.cause === cause && nowMs() - last.atMs < QUIET_MS) {
      last.suppressed++
      return
    }
    logged.set(sentence, { cause, atMs: nowMs(), suppressed: 0 })
    const suppressed = last?.suppressed ?? 0
    log.warn({ err: error, ...(suppressed > 0 ? { suppressed } : {}) }, sentence)
  }
}
