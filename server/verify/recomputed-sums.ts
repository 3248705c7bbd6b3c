/**
 * What should the tallies, breakdowns and series of an activity be? Added up message by message from what its facts say, apart from
 * the code that changes the stored sums by differences. Which sums there are: core/report/sums.ts.
 */
import { type ClickCounts, type ClickVerdict, countClicks, type JudgedClick } from '../../core/clicks/count-clicks.ts'
import type { MessageVerdict } from '../../core/messages/fold.ts'
import type { CurveEvent } from '../../core/report/curves.ts'
import { latencyStepOf } from '../../core/report/latency.ts'
import type { BreakdownKind, BrokenDown, Tally } from '../../core/report/sums.ts'
import { fromE4, toE4 } from '../messages/tallies.ts'
import { everyBucket } from '../platform/db/buckets.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { readTallies } from '../report/overview.ts'
import type { Difference } from './difference.ts'
import type { StoredMessage } from './message-facts.ts'

const clickFigures = [
  ['human', 'clicks'],
  ['suspect', 'suspect_clicks'],
  ['bot', 'bot_clicks'],
] as const satisfies [ClickVerdict, Tally][]

export class Sums {
  readonly #tallies = new Map<string, { n: number; e4: number }>()
  readonly #breakdowns = new Map<string, { n: number; e4: number }>()
  readonly #series = new Map<string, number>()

  addMessage(
    verdict: MessageVerdict,
    { country, route, gatewayId, credits, excluded, stopReason, noReceiptAt, unsubscribedAt }: StoredMessage,
    optedOut: boolean,
  ): void {
    const { status, t0, statusAt, charged } = verdict
    this.#tally('targeted')
    this.#tally(verdict.status)
    if (route !== null && (status === 'queued' || status === 'bounced_soft_retrying'))
      this.#breakDown('route', String(route), status)
    if (verdict.status === 'not_sent') this.#tally(`not_sent:${excluded ?? stopReason}`)
    else if (verdict.status === 'queued') {
      if (verdict.code !== null) this.#breakDown('code', verdict.code, 'queued')
    } else {
      this.#breakDown('country', country ?? '', verdict.status)
      this.#breakDown('gateway', String(gatewayId ?? ''), verdict.status)
      if (verdict.code !== null) this.#breakDown('code', verdict.code, verdict.status)
      const step = latencyStepOf({ status, t0, statusAt, noReceiptAt })
      if (step !== null) this.#breakDown('latency', `${gatewayId ?? ''}/${step}`, 'delivered')
      this.#atMinute('sent', t0)
      if (status === 'delivered') this.#atMinute('delivered', statusAt)
      if (status.startsWith('bounced')) this.#atMinute('bounced', statusAt)
    }
    if (charged) {
      const e4 = credits === null ? 0 : toE4(credits)
      this.#tally('charged', 1, e4)
      this.#breakDown('country', country ?? '', 'charged', 1, e4)
    }
    if (optedOut) {
      this.#tally('unsubscribed')
      this.#atMinute('unsubscribed', unsubscribedAt)
    }
  }

  /** Returns the counts, for the columns of the message. */
  addClicks(clicks: readonly JudgedClick[]): ClickCounts | undefined {
    if (clicks.length === 0) return undefined
    const counts = countClicks(clicks)
    for (const [verdict, figure] of clickFigures) this.#tally(figure, counts[verdict])
    if (counts.human > 0) this.#tally('unique')
    this.#tally('visited')
    this.#atMinute('unique', counts.firstHumanAt)
    for (const at of counts.humanAt) this.#atMinute('clicked', at)
    for (const [device, n] of counts.perDevice) this.#breakDown('device', device, 'clicks', n)
    for (const [linkId, link] of counts.perLink) {
      for (const [verdict, figure] of clickFigures) this.#breakDown('link', String(linkId), figure, link[verdict])
      if (link.human > 0) this.#breakDown('link', String(linkId), 'unique')
      this.#breakDown('link', String(linkId), 'visited')
    }
    return counts
  }

  /** In the snapshot that the messages were read in. */
  async compare(db: Db, activityId: number): Promise<Difference[]> {
    const differences: Difference[] = []
    const differ = (what: string, stored: number | string, computed: number | string) => {
      if (stored !== computed) differences.push({ what: `activity ${activityId}: ${what}`, stored, computed })
    }
    const stored = new Map((await readTallies(db, activityId)).map(row => [row.figure, row]))
    for (const figure of union(stored, this.#tallies)) {
      const computed = this.#tallies.get(figure)
      differ(`tally ${figure}`, stored.get(figure)?.n ?? 0, computed?.n ?? 0)
      const credits = toE4(stored.get(figure)?.credits ?? '0')
      differ(`credits of ${figure}`, fromE4(credits), fromE4(computed?.e4 ?? 0))
    }
    const brokenDown = await readBreakdowns(db, activityId)
    for (const key of union(brokenDown, this.#breakdowns)) {
      const computed = this.#breakdowns.get(key)
      differ(`breakdown ${key}`, brokenDown.get(key)?.n ?? 0, computed?.n ?? 0)
      const credits = toE4(brokenDown.get(key)?.credits ?? '0')
      differ(`credits of breakdown ${key}`, fromE4(credits), fromE4(computed?.e4 ?? 0))
    }
    const series = await readSeries(db, activityId)
    for (const key of union(series, this.#series))
      differ(`series ${key}`, series.get(key) ?? 0, this.#series.get(key) ?? 0)
    return differences
  }

  get chargedE4(): number {
    return this.#tallies.get('charged')?.e4 ?? 0
  }

  #tally(figure: Tally | `not_sent:${string}`, n = 1, e4 = 0): void {
    const row = this.#tallies.get(figure)
    if (row === undefined) this.#tallies.set(figure, { n, e4 })
    else {
      row.n += n
      row.e4 += e4
    }
  }

  #breakDown<Kind extends BreakdownKind>(kind: Kind, of: string, figure: BrokenDown<Kind>, n = 1, e4 = 0): void {
    const key = `${kind} ${of} ${figure}`
    const row = this.#breakdowns.get(key)
    if (row === undefined) this.#breakdowns.set(key, { n, e4 })
    else {
      row.n += n
      row.e4 += e4
    }
  }

  #atMinute(event: CurveEvent, at: Date | null): void {
    if (at === null) return
    const key = `${event} ${new Date(Math.floor(at.getTime() / 60_000) * 60_000).toISOString()}`
    this.#series.set(key, (this.#series.get(key) ?? 0) + 1)
  }
}

async function readBreakdowns(db: Db, activityId: number): Promise<Map<string, { n: number; credits: string }>> {
  const rows = await db.query<{ kind: string; key: string; figure: string; n: number; credits: string }>(
    sql`select b.kind, b.key, b.figure, sum(b.n)::bigint as n, sum(b.credits) as credits from breakdowns b
      where b.bucket = ${everyBucket} and b.activity_id = ${activityId} group by b.kind, b.key, b.figure`,
  )
  return new Map(rows.map(({ kind, key, figure, n, credits }) => [`${kind} ${key} ${figure}`, { n, credits }]))
}

async function readSeries(db: Db, activityId: number): Promise<Map<string, number>> {
  const rows = await db.query<{ event: string; minute: Date; n: number }>(
    sql`select s.event, s.minute, sum(s.n)::bigint as n from series s
      where s.bucket = ${everyBucket} and s.activity_id = ${activityId} group by s.event, s.minute`,
  )
  return new Map(rows.map(({ event, minute, n }) => [`${event} ${minute.toISOString()}`, n]))
}

function union(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].sort()
}
