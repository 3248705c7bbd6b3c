/**
 * Which record ends the process that applies it (a bug that takes all memory, or never returns)? Such a record would come again
 * at each start, and nothing behind it would ever be applied.
 *
 * After a holder that did not give its lane back, the next one is cautious with what that one may have been at: it applies
 * small batches, and notes each before it begins. If it dies too, the note names the batch, and its records are applied one by
 * one; a record that has ended two processes alone is set aside without another attempt. After four deaths the lane continues.
 */
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import type { LaneLease } from './lane-lease.ts'
import type { OpenSource } from './sources.ts'

const cautiousBatch = 100
const deathsAlone = 2

interface Doubt {
  source: number
  from: number
  to: number
  /** holders that died at exactly these records */
  deaths: number
}

export class Caution {
  readonly #lease: LaneLease
  readonly #batchSize: number
  readonly #left: Doubt | undefined
  /** what the holder before may have been at: each source up to this record */
  readonly #until = new Map<number, number>()

  private constructor(lease: LaneLease, batchSize: number, left: Doubt | undefined) {
    this.#lease = lease
    this.#batchSize = batchSize
    this.#left = left && { ...left, deaths: left.deaths + 1 }
  }

  static async of(db: Db, lease: LaneLease, batchSize: number): Promise<Caution> {
    if (lease.wasReleased) return new Caution(lease, batchSize, undefined)
    const [row] = await db.query<{ doubt: Doubt | null }>(
      sql`select doubt from inbox_lanes where lane = ${lease.lane} and token = ${lease.token}`,
    )
    return new Caution(lease, batchSize, row?.doubt ?? undefined)
  }

  /** How many records of the source to take at once. */
  limitOf({ id, watermark }: OpenSource): number {
    if (this.#lease.wasReleased) return this.#batchSize
    if (this.#isNamed(id, watermark)) return 1
    const until = this.#until.get(id) ?? watermark + this.#batchSize
    this.#until.set(id, until)
    return watermark < until ? cautiousBatch : this.#batchSize
  }

  /** Call before these records are applied. True: they have ended other processes, and must be set aside. */
  async before(db: Db, source: OpenSource, from: number, to: number): Promise<boolean> {
    if (this.limitOf(source) === this.#batchSize) return false
    const left = this.#left
    const same = left !== undefined && left.source === source.id && left.from === from && left.to === to
    const deaths = same ? left.deaths : 0
    if (from === to && deaths >= deathsAlone) return true
    const doubt: Doubt = { source: source.id, from, to, deaths }
    await db.run(
      sql`update inbox_lanes set doubt = ${JSON.stringify(doubt)}::jsonb where lane = ${this.#lease.lane} and token = ${this.#lease.token}`,
      'lane-doubt',
    )
    return false
  }

  #isNamed(source: number, watermark: number): boolean {
    const left = this.#left
    return left !== undefined && left.source === source && watermark < left.to
  }
}
