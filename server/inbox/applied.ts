/**
 * Has a record been applied? For who must not answer before it is. Where the lane runs in this process its mark tells at
 * once; else the watermark is read, for all that wait together, as long as anybody does.
 */
import type { Db } from '../platform/db/database.ts'
import { int, rowsNamed } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'
import { sleep } from './connect.ts'

const pollMs = 20

interface Waiter {
  source: number
  seq: number
  resolve(applied: boolean): void
}

const markRows = rowsNamed('applied-marks', { id: int, watermark: int })

export class AppliedMarks {
  readonly #db: Db
  readonly #waiters = new Set<Waiter>()
  /** how far the lanes of this process have come */
  readonly #passed = new Map<number, number>()
  #polling = false

  constructor(db: Db) {
    this.#db = db
  }

  /** True as soon as the record is applied or set aside; false after `timeoutMs` of real time. */
  wait(source: number, seq: number, timeoutMs: number): Promise<boolean> {
    if ((this.#passed.get(source) ?? 0) >= seq) return Promise.resolve(true)
    return new Promise(resolve => {
      const waiter: Waiter = {
        source,
        seq,
        resolve: applied => {
          clearTimeout(timer)
          this.#waiters.delete(waiter)
          resolve(applied)
        },
      }
      const timer = setTimeout(() => waiter.resolve(false), timeoutMs)
      this.#waiters.add(waiter)
      void this.#poll()
    })
  }

  /** The lane has committed this watermark. */
  passed(source: number, watermark: number): void {
    if (watermark > (this.#passed.get(source) ?? 0)) this.#passed.set(source, watermark)
    for (const waiter of this.#waiters) if (waiter.source === source && waiter.seq <= watermark) waiter.resolve(true)
  }

  async #poll(): Promise<void> {
    if (this.#polling) return
    this.#polling = true
    while (this.#waiters.size > 0) {
      await sleep(pollMs)
      const ids = [...new Set([...this.#waiters].map(({ source }) => source))]
      if (ids.length === 0) break
      // A database that does not answer: the time limit of each will tell.
      const rows = await this.#db
        .query<{ id: number; watermark: number }>(
          sql`select id, watermark from inbox_sources where id = any(${ids}::bigint[])`,
          markRows,
        )
        .catch(() => [])
      for (const { id, watermark } of rows) this.passed(id, watermark)
    }
    this.#polling = false
  }
}
