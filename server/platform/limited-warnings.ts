/**
 * Warnings of what is tried again and again: the same one is written once in half a minute, however often it comes, so that a
 * database that is away for a night does not fill the disk with lines. In real time.
 */
import type { Log } from './log.ts'

export const QUIET_MS = 30_000

/** Says that it went wrong, unless the same sentence with the same cause was said just now. */
export type Complain = (error: unknown, sentence: string) => void

export function makeComplaints(log: Pick<Log, 'warn'>, nowMs: () => number = () => performance.now()): Complain {
  const said = new Map<string, { cause: string; atMs: number; kept: number }>()
  return (error, sentence) => {
    const cause = error instanceof Error ? error.message : String(error)
    const last = said.get(sentence)
    if (last?.cause === cause && nowMs() - last.atMs < QUIET_MS) {
      last.kept++
      return
    }
    said.set(sentence, { cause, atMs: nowMs(), kept: 0 })
    log.warn({ err: error, ...(last !== undefined && last.kept > 0 ? { notSaid: last.kept } : {}) }, sentence)
  }
}
