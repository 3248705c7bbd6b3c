/**
 * One lane of the inbox: makes facts of what came in. One process of the installation has the lane at a time (lane-lease.ts).
 * Source by source it reads behind the watermark, hands the records to their appliers, and the watermark moves in the
 * transaction of the last facts. A replay changes nothing, because the keys of the facts contain the key of the record. A record that
 * cannot be applied stops nothing: it is set aside, and the watermark moves past it.
 */
import type { Clock } from '../platform/clock.ts'
import { monotonicMs } from '../platform/clock.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { rowsNamed } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'
import { limitWarnings, type Warn } from '../platform/limited-warnings.ts'
import type { Log } from '../platform/log.ts'
import { WakeableTimer } from '../platform/wakeable-timer.ts'
import type { AppliedMarks } from './applied.ts'
import { type Applier, type CheckedRecords, type Faulty, unknownKind } from './applier.ts'
import { Caution } from './caution.ts'
import { cleaned, mayNeedCleaning } from './cleaned.ts'
import { isOfRecords, isTooSlow, reasonOf } from './failures.ts'
import { isolating } from './isolate.ts'
import { type LaneLease, LaneLost } from './lane-lease.ts'
import { type Lane, laneSettings } from './lanes.ts'
import { type StoredRow, storedColumns } from './record-kind.ts'
import { setAside } from './set-aside.ts'
import { leaveApplied, type OpenSource, readBehind } from './sources.ts'
import { Turn } from './turn.ts'

const batchSize = 2000
/** A batch is cut here: the bodies of one may be 256 KiB each. */
const batchBytes = 16 * 1024 * 1024
const leaveMs = 5_000
/** So often the same records may take too long before they are taken apart. */
const slowTimes = 3

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

const readRows = rowsNamed('apply-read', { ...storedColumns })

export class ApplyLane {
  readonly #input: ApplyInput
  readonly #turn: Turn
  readonly #timer = new WakeableTimer()
  readonly #warn: Warn
  #stopped = false
  #leftMs = Number.NEGATIVE_INFINITY
  /** what took too long, and how often */
  #slow = { source: 0, from: 0, to: 0, times: 0 }

  constructor(input: ApplyInput) {
    this.#input = input
    this.#warn = limitWarnings(input.log)
    this.#turn = new Turn(input.leases, input.lane, this.#warn)
  }

  wake(): void {
    this.#timer.wake()
  }

  stop(): void {
    this.#stopped = true
    this.#turn.stop()
    this.#timer.wake()
  }

  /** Works until stop(); waits while another process has the lane. */
  async run(): Promise<void> {
    const { db, lane } = this.#input
    await this.#turn.run(async lease => {
      const caution = await Caution.of(db, lease, batchSize)
      while (!this.#stopped && lease.holds) {
        try {
          if ((await this.#round(lease, caution)) === 0) await this.#timer.sleep(laneSettings[lane].pollMs)
        } catch (error) {
          if (error instanceof LaneLost) return
          this.#warn(error, `the inbox lane "${lane}" could not apply what came in: it tries again`)
          await this.#timer.sleep(500)
        }
      }
    })
  }

  /** One batch of each source that has something; how many records. */
  async #round(lease: LaneLease, caution: Caution): Promise<number> {
    const { db, lane, clock } = this.#input
    let n = 0
    let failed: unknown
    for (const source of await readBehind(db, lane))
      try {
        n += await this.#applySource(lease, caution, source)
      } catch (error) {
        if (error instanceof LaneLost) throw error
        // The others are applied all the same.
        failed ??= error
      }
    if (monotonicMs() - this.#leftMs > leaveMs) {
      await leaveApplied(db, lane, clock.now())
      this.#leftMs = monotonicMs()
    }
    if (failed !== undefined) throw failed
    return n
  }

  async #applySource(lease: LaneLease, caution: Caution, source: OpenSource): Promise<number> {
    const { db } = this.#input
    const rows = await db.query<StoredRow>(
      sql`select source, seq, kind, gateway_id as "gatewayId", at, body
        from (select b.*, sum(octet_length(b.body::text)) over (order by b.seq rows between unbounded preceding and 1 preceding) as before
          from (select i.* from inbox i where i.source = ${source.id} and i.seq > ${source.watermark} order by i.seq limit ${caution.limitOf(source)}) b) c
        where c.before is null or c.before < ${batchBytes} order by seq`,
      readRows,
    )
    const [first, last] = [rows[0], rows.at(-1)]
    if (first === undefined || last === undefined) return 0
    if (await caution.before(db, source, first.seq, last.seq))
      await this.#setAside(lease, first, 'it ended the processes that applied it', true)
    else await this.#applyIsolating(lease, rows)
    return rows.length
  }

  /** What fails because of a record is halved until that record is alone; it is set aside, and the others are applied. */
  #applyIsolating(lease: LaneLease, rows: readonly StoredRow[]): Promise<void> {
    return isolating(rows, some => this.#apply(lease, some), {
      isOfRecords: (error, some) => isOfRecords(error) || (isTooSlow(error) && this.#isSlowAgain(some)),
      alone: async (row, error) => {
        if (!(await this.#appliesCleaned(lease, row))) await this.#setAside(lease, row, reasonOf(error))
      },
    })
  }

  /** Records of a version that cleaned no text. Cleaned in the inbox too: an erase has to read them. */
  async #appliesCleaned(lease: LaneLease, row: StoredRow): Promise<boolean> {
    const body = JSON.stringify(row.body)
    if (!mayNeedCleaning(body)) return false
    const clean = { ...row, body: cleaned(row.body) }
    try {
      await this.#input.db.run(
        sql`update inbox set body = ${JSON.stringify(clean.body)}::json where source = ${row.source} and seq = ${row.seq}`,
      )
      await this.#apply(lease, [clean])
      return true
    } catch (error) {
      if (!isOfRecords(error)) throw error
      return false
    }
  }

  /** The same records have taken too long several times, while the database answered. */
  #isSlowAgain(rows: readonly StoredRow[]): boolean {
    const [from, to] = [rows[0]!, rows.at(-1)!.seq]
    const isPart = this.#slow.source === from.source && this.#slow.from <= from.seq && to <= this.#slow.to
    if (!isPart) this.#slow = { source: from.source, from: from.seq, to, times: 0 }
    // Once they are taken apart, what a part of them takes needs no further proof.
    return this.#slow.times >= slowTimes || ++this.#slow.times >= slowTimes
  }

  async #setAside(lease: LaneLease, row: StoredRow, why: string, endsProcesses = false): Promise<void> {
    await this.#input.db.tx(async tx => {
      await setAside(tx, [{ row, why }], endsProcesses)
      await moveMark(tx, lease, row.source, row.seq)
    })
    this.#input.marks.passed(row.source, row.seq)
    this.#logSetAside([{ row, why }])
  }

  #logSetAside(faulty: readonly Faulty[]): void {
    for (const { row } of faulty) {
      const { source, seq, kind, gatewayId: gateway } = row
      this.#input.log.error({ source, seq, kind, gateway }, 'a record could not be applied and was set aside')
    }
  }

  /**
   * Each applier gets its records. The watermark moves with the last facts, in the transaction that also sets aside the records
   * without the shape of their kind.
   */
  async #apply(lease: LaneLease, rows: readonly StoredRow[]): Promise<void> {
    const { appliers, marks, db } = this.#input
    const { source, seq } = rows.at(-1)!
    const { prepared, faulty } = prepareAll(appliers, rows)
    const finish = async (tx: Db) => {
      await setAside(tx, faulty)
      await moveMark(tx, lease, source, seq)
    }
    const last = prepared.pop()
    for (const one of prepared) await one.apply(async () => {})
    await (last === undefined ? db.tx(finish) : last.apply(finish))
    marks.passed(source, seq)
    this.#logSetAside(faulty)
  }
}

function prepareAll(
  appliers: readonly Applier[],
  rows: readonly StoredRow[],
): { prepared: CheckedRecords[]; faulty: Faulty[] } {
  const ofApplier = Map.groupBy(rows, row => appliers.find(({ kinds }) => kinds.some(({ name }) => name === row.kind)))
  const prepared = appliers.flatMap(applier => applier.prepare(ofApplier.get(applier) ?? []))
  const unknown = ofApplier.get(undefined) ?? []
  return {
    prepared: prepared.filter(({ count }) => count > 0),
    faulty: [...prepared.flatMap(({ faulty }) => faulty), ...unknown.map(row => ({ row, why: unknownKind(row) }))],
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
