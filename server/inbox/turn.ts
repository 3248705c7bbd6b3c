/** Works while this process holds a lane, and waits while another one does. Used by the lanes and by what waits for a match. */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { Db } from '../platform/db/database.ts'
import type { Warn } from '../platform/limited-warnings.ts'
import { WakeableTimer } from '../platform/wakeable-timer.ts'
import { endSilent, LaneLease, renewMs } from './lane-lease.ts'

/** How often a process without the lane asks for it. */
const askMs = 1_000

export class Turn {
  readonly #db: Db
  readonly #lane: string
  readonly #warn: Warn
  readonly #holder = `${hostname()}:${process.pid}:${randomBytes(4).toString('hex')}`
  readonly #timer = new WakeableTimer()
  readonly #keepTimer = new WakeableTimer()
  #stopped = false

  /** db: of its own, so that a renewal waits for no batch. */
  constructor(db: Db, lane: string, warn: Warn) {
    this.#db = db
    this.#lane = lane
    this.#warn = warn
  }

  stop(): void {
    this.#stopped = true
    this.#timer.wake()
  }

  /** `work` returns when it is stopped or its lease holds no more. */
  async run(work: (lease: LaneLease) => Promise<void>): Promise<void> {
    while (!this.#stopped) {
      try {
        const lease = await LaneLease.take(this.#db, this.#lane, this.#holder)
        if (lease === undefined) await this.#timer.sleep(askMs)
        else {
          if (!lease.wasReleased) await endSilent(this.#db)
          await this.#during(lease, work)
        }
      } catch (error) {
        this.#warn(error, `the inbox lane "${this.#lane}" pauses: the database does not answer`)
        await this.#timer.sleep(500)
      }
    }
  }

  async #during(lease: LaneLease, work: (lease: LaneLease) => Promise<void>): Promise<void> {
    let working = true
    const kept = (async () => {
      while (working) {
        await this.#keepTimer.sleep(renewMs)
        if (working)
          await lease
            .renew(this.#db)
            .catch(error => this.#warn(error, `the lease of the inbox lane "${this.#lane}" could not be renewed`))
      }
    })()
    try {
      await work(lease)
    } finally {
      working = false
      this.#keepTimer.wake()
      await kept
      await lease.release(this.#db).catch(() => {}) // it runs out
    }
  }
}
