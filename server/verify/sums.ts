/**
 * What should the tallies and breakdowns of an activity be? Added up message by message from what its facts say, apart from
 * the code that changes the stored sums by differences. Which sums there are: messages/tallies.ts.
 */
import { type ClickCounts, countClicks, type JudgedClick } from '../../core/clicks/verdict.ts'
import type { Verdict } from '../../core/messages/fold.ts'
import { fromE4, toE4 } from '../messages/tallies.ts'
import type { Db } from '../platform/db.ts'
import { sql } from '../platform/sql.ts'
import { everyBucket } from '../report/buckets.ts'
import { readTallies } from '../report/overview.ts'
import type { StoredMessage } from './facts.ts'
import type { Difference } from './verify.ts'

const clickFigures = [
  ['human', 'clicks'],
  ['suspect', 'suspect_clicks'],
  ['bot', 'bot_clicks'],
] as const

export class Sums {
  readonly #tallies = new Map<string, { n: number; e4: number }>()
  readonly #breakdowns = new Map<string, number>()

  addMessage(
    verdict: Verdict,
    { country, gatewayId, credits, excluded, stopReason }: StoredMessage,
    optedOut: boolean,
  ): void {
    this.#tally('targeted')
    this.#tally(verdict.status)
    if (verdict.status === 'not_sent') this.#tally(`not_sent:${excluded ?? stopReason}`)
    else if (verdict.status !== 'queued') {
      this.#breakDown(`country ${country ?? ''} ${verdict.status}`)
      this.#breakDown(`gateway ${gatewayId ?? ''} ${verdict.status}`)
      if (verdict.code !== null) this.#breakDown(`code ${verdict.code} ${verdict.status}`)
    }
    if (verdict.charged) this.#tally('charged', 1, credits === null ? 0 : toE4(credits))
    if (optedOut) this.#tally('unsubscribed')
  }

  /** Returns the counts, for the columns of the message. */
  addClicks(clicks: readonly JudgedClick[]): ClickCounts | undefined {
    if (clicks.length === 0) return undefined
    const counts = countClicks(clicks)
    for (const [verdict, figure] of clickFigures) this.#tally(figure, counts[verdict])
    if (counts.human > 0) this.#tally('unique')
    for (const [linkId, link] of counts.perLink) {
      for (const [verdict, figure] of clickFigures) this.#breakDown(`link ${linkId} ${figure}`, link[verdict])
      if (link.human > 0) this.#breakDown(`link ${linkId} unique`)
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
    const rows = await db.query<{ kind: string; key: string; figure: string; n: number }>(
      sql`select b.kind, b.key, b.figure, sum(b.n)::bigint as n from breakdowns b
        where b.bucket = ${everyBucket} and b.activity_id = ${activityId} group by b.kind, b.key, b.figure`,
    )
    const brokenDown = new Map(rows.map(({ kind, key, figure, n }) => [`${kind} ${key} ${figure}`, n]))
    for (const key of union(brokenDown, this.#breakdowns))
      differ(`breakdown ${key}`, brokenDown.get(key) ?? 0, this.#breakdowns.get(key) ?? 0)
    return differences
  }

  get chargedE4(): number {
    return this.#tallies.get('charged')?.e4 ?? 0
  }

  #tally(figure: string, n = 1, e4 = 0): void {
    const row = this.#tallies.get(figure)
    if (row === undefined) this.#tallies.set(figure, { n, e4 })
    else {
      row.n += n
      row.e4 += e4
    }
  }

  #breakDown(key: string, n = 1): void {
    this.#breakdowns.set(key, (this.#breakdowns.get(key) ?? 0) + n)
  }
}

function union(a: ReadonlyMap<string, unknown>, b: ReadonlyMap<string, unknown>): string[] {
  return [...new Set([...a.keys(), ...b.keys()])].sort()
}
