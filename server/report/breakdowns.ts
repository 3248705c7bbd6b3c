/**
 * The outcome of sent messages by country, gateway and error, the time that deliveries took, and the devices that people clicked
 * with. One statement over the breakdowns; its cost does not depend on the size of the audience.
 */
import { describeCode } from '../../core/gateways/codes.ts'
import { figuresOf } from '../../core/report/figures.ts'
import { type LatencyCount, latencyPercentile } from '../../core/report/latency.ts'
import { isVisible } from '../messages/visible.ts'
import { everyBucket } from '../platform/db/buckets.ts'
import type { Db } from '../platform/db/database.ts'
import { int, rowsNamed, text } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'

/** The outcome of the sent messages of one country or gateway: sent = delivered + bounced + pending. */
export interface OutcomeCounts {
  sent: number
  delivered: number
  bounced: number
  pending: number
}

export interface Latency {
  /** deliveries whose time is known */
  delivered: number
  /** ms within which 50, 90 and 99% of them were delivered */
  p50: number
  p90: number
  p99: number
}

export interface Breakdowns {
  /** business time, ISO */
  asOf: string
  /** country: two letters, '' unknown. Here and below, the most sent first */
  countries: (OutcomeCounts & { country: string })[]
  gateways: (OutcomeCounts & { id: number; name: string; latency: Latency | null })[]
  /** messages that have bounced, and refused messages that wait for a retry, by the gateway's code */
  errors: { code: string; words: string; hard: number; soft: number; waiting: number }[]
  /** steps: the upper end of each in ms, ascending, with its number of deliveries; null: none yet */
  latency: (Latency & { steps: LatencyCount[] }) | null
  /** human clicks; empty if devices are unknown */
  devices: { device: string; clicks: number }[]
}

interface Row {
  kind: string
  key: string
  figure: string
  n: number
}

const brokenDownRows = rowsNamed('report-breakdowns', {
  kind: text,
  key: text,
  figure: text,
  n: int,
})

/** Undefined: the workspace has no such activity. */
export async function getBreakdowns(
  db: Db,
  workspaceId: number,
  activityId: number,
  asOf: Date,
): Promise<Breakdowns | undefined> {
  const [activity] = await db.query<{ id: number }>(
    sql`select a.id from activities a where a.workspace_id = ${workspaceId} and a.id = ${activityId} and ${isVisible}`,
    'report-breakdowns-of',
  )
  if (activity === undefined) return undefined
  const rows = await db.query<Row>(
    sql`select b.kind, b.key, b.figure, sum(b.n)::bigint as n from breakdowns b
      where b.bucket = ${everyBucket} and b.activity_id = ${activityId} and b.kind <> 'link'
      group by b.kind, b.key, b.figure having sum(b.n) <> 0 order by b.kind, b.key, b.figure`,
    brokenDownRows,
  )
  const names = await gatewayNames(db, workspaceId)
  const of = (kind: string) => rows.filter(row => row.kind === kind)
  const latencies = latenciesOf(of('latency'))
  return {
    asOf: asOf.toISOString(),
    countries: outcomes(of('country')).map(({ key, ...outcome }) => ({ country: key, ...outcome })),
    gateways: outcomes(of('gateway')).map(({ key, ...outcome }) => ({
      id: Number(key),
      name: names.get(Number(key)) ?? '',
      ...outcome,
      latency: latencyOf(latencies.get(key) ?? []),
    })),
    errors: errorsOf(of('code')),
    latency: allLatency([...latencies.values()].flat()),
    devices: of('device')
      .filter(({ figure }) => figure === 'clicks')
      .map(({ key, n }) => ({ device: key, clicks: n }))
      .sort((a, b) => b.clicks - a.clicks),
  }
}

/** A workspace has few gateways. A removed gateway has no name. */
async function gatewayNames(db: Db, workspaceId: number): Promise<Map<number, string>> {
  const rows = await db.query<{ id: number; name: string }>(
    sql`select g.id, g.name from gateways g where g.workspace_id = ${workspaceId}`,
    'report-gateways',
  )
  return new Map(rows.map(({ id, name }) => [id, name]))
}

/** By the table of figures, because breakdowns are kept by status like tallies. */
function outcomes(rows: readonly Row[]): (OutcomeCounts & { key: string })[] {
  return [...Map.groupBy(rows, row => row.key)]
    .map(([key, ofKey]) => {
      const { sent, delivered, bounced, pending } = figuresOf(new Map(ofKey.map(({ figure, n }) => [figure, n])))
      return { key, sent, delivered, bounced, pending }
    })
    .filter(({ sent }) => sent > 0)
    .sort((a, b) => b.sent - a.sent || (a.key < b.key ? -1 : 1))
}

function errorsOf(rows: readonly Row[]): Breakdowns['errors'] {
  return [...Map.groupBy(rows, row => row.key)]
    .map(([code, ofCode]) => {
      const { bouncedHard, bounced, queued } = figuresOf(new Map(ofCode.map(({ figure, n }) => [figure, n])))
      return { code, words: describeCode(code), hard: bouncedHard, soft: bounced - bouncedHard, waiting: queued }
    })
    .filter(error => sumOf(error) > 0)
    .sort((a, b) => sumOf(b) - sumOf(a) || (a.code < b.code ? -1 : 1))
}

const sumOf = ({ hard, soft, waiting }: { hard: number; soft: number; waiting: number }) => hard + soft + waiting

/** Gateway -> its histogram. The key of a row is "gateway/step". */
function latenciesOf(rows: readonly Row[]): Map<string, LatencyCount[]> {
  const byGateway = Map.groupBy(rows, row => row.key.slice(0, row.key.lastIndexOf('/')))
  return new Map(
    [...byGateway].map(([gateway, ofGateway]) => [
      gateway,
      ofGateway.map(({ key, n }) => ({ step: Number(key.slice(key.lastIndexOf('/') + 1)), n })),
    ]),
  )
}

function latencyOf(counts: readonly LatencyCount[]): Latency | null {
  const at = (share: number) => Math.round(latencyPercentile(counts, share) ?? 0)
  const delivered = counts.reduce((sum, { n }) => sum + n, 0)
  return delivered === 0 ? null : { delivered, p50: at(0.5), p90: at(0.9), p99: at(0.99) }
}

function allLatency(counts: readonly LatencyCount[]): Breakdowns['latency'] {
  const percentiles = latencyOf(counts)
  if (percentiles === null) return null
  const steps = [...Map.groupBy(counts, ({ step }) => step)]
    .map(([step, same]) => ({ step, n: same.reduce((sum, { n }) => sum + n, 0) }))
    .sort((a, b) => a.step - b.step)
  return { ...percentiles, steps }
}
