/**
 * One lane of the inbox: makes facts of what came in. One process of the installation has the lane at a time (lease.ts).
 * Source by source it reads behind the watermark, hands the records to their appliers, and the watermark moves in the
 * transaction of the last facts. A replay changes nothing, since the inbox key stands in the keys of the facts.
 */
import type { Clock } from '../platform/clock.ts'
import { monotonicMs } from '../platform/clock.ts'
import { type Complain, makeComplaints } from '../platform/complaints.ts'
import type { Database, Db } from '../platform/db.ts'
import type { Log } from '../platform/log.ts'
import { Nap } from '../platform/nap.ts'
import { sql } from '../platform/sql.ts'
import type { AppliedMarks } from './applied.ts'
import type { Applier } from './applier.ts'
import { type Lane, pollMs } from './lanes.ts'
import { type LaneLease, LaneLost } from './lease.ts'
import type { InboxRow } from './record.ts'
import { leaveApplied, type OpenSource, readBehind } from './sources.ts'
import { Turn } from './turn.ts'

const batchSize = 2000
/** A batch is cut here: the bodies of one may be 256 KiB each. */
const batchBytes = 16 * 1024 * 1024
const leaveMs = 5_000

export interface ApplyInput {
  db: Database
  /** keeps the lease while a batch is under way */
  leases: Db
  clock: Clock
  log: Log
  lane: Lane
  appliers: readonly Applier[]
  marks: AppliedMarks
}

export class ApplyLane {
  readonly #input: ApplyInput
  readonly #turn: Turn
  readonly #nap = new Nap()
  readonly #complain: Complain
  #stopped = false
  #leftMs = Number.NEGATIVE_INFINITY

  constructor(input: ApplyInput) {
    this.#input = input
    this.#complain = makeComplaints(input.log)
    this.#turn = new Turn(input.leases, input.lane, this.#complain)
  }

  wake(): void {
    this.#nap.wake()
  }

  stop(): void {
    this.#stopped = true
    this.#turn.stop()
    this.#nap.wake()
  }

  /** Works until stop(); waits while another process has the lane. */
  async run(): Promise<void> {
    const { lane } = this.#input
    await this.#turn.run(async lease => {
      while (!this.#stopped && lease.holds) {
        try {
          if ((await this.#round(lease)) === 0) await this.#nap.take(pollMs[lane])
        } catch (error) {
          if (error instanceof LaneLost) return
          this.#complain(error, `the inbox lane "${lane}" pauses: the database does not answer`)
          await this.#nap.take(500)
        }
      }
    })
  }

  /** One batch of each source that has something; how many records. */
  async #round(lease: LaneLease): Promise<number> {
    const { db, lane, clock } = this.#input
    let n = 0
    for (const source of await readBehind(db, lane)) n += await this.#applySource(lease, source)
    if (monotonicMs() - this.#leftMs > leaveMs) {
      await leaveApplied(db, lane, clock.now())
      this.#leftMs = monotonicMs()
    }
    return n
  }

  async #applySource(lease: LaneLease, source: OpenSource): Promise<number> {
    const rows = await this.#input.db.query<InboxRow>(
      sql`select source, seq, kind, gateway_id as "gatewayId", at, body
        from (select b.*, sum(octet_length(b.body::text)) over (order by b.seq rows between unbounded preceding and 1 preceding) as before
          from (select i.* from inbox i where i.source = ${source.id} and i.seq > ${source.watermark} order by i.seq limit ${batchSize}) b) c
        where c.before is null or c.before < ${batchBytes} order by seq`,
      'apply-read',
    )
    if (rows.length > 0) await this.#apply(lease, rows)
    return rows.length
  }

  /** Each applier its rows; the watermark moves with the facts of the last one. */
  async #apply(lease: LaneLease, rows: readonly InboxRow[]): Promise<void> {
    const { db, appliers, marks } = this.#input
    const { source, seq } = rows.at(-1)!
    const work = appliers
      .map(applier => ({ applier, own: rows.filter(row => applier.kinds.includes(row.kind)) }))
      .filter(({ own }) => own.length > 0)
    const last = work.pop()
    for (const { applier, own } of work) await applier.apply(own, async () => {})
    const mark = (tx: Db) => moveMark(tx, lease, source, seq)
    if (last === undefined) await mark(db)
    else await last.applier.apply(last.own, mark)
    marks.passed(source, seq)
  }
}

/** Only for the newest holder of the lane, and only forwards. */
async function moveMark(tx: Db, { lane, token }: LaneLease, source: number, seq: number): Promise<void> {
  const moved = await tx.run(
    sql`update inbox_sources s set watermark = ${seq} from inbox_lanes l
      where s.id = ${source} and s.watermark < ${seq} and l.lane = ${lane} and l.token = ${token}`,
    'apply-mark',
  )
  if (moved !== 1) throw new LaneLost(lane)
}
