/**
 * How long does the exact count of an audience take: people, those left out by reason, parts, credits, the longest text? It
 * counts everybody of a workspace over the lane of connections that the web process counts over, by the verb that the wizard
 * calls. The text has three data tags, a link and the unsubscribe link. In the same run: the estimate shown before the count,
 * texts with two tags and with none, fourteen prices, and the reference, a bare count(*) of consents joined with their profiles
 * (PostgreSQL uses its own parallel workers for that one). The machine is shared, so the ways alternate and the result is the
 * median of the rounds' ratios.
 */
import { createWorkspace } from '../server/access/workspaces.ts'
import { type AudienceView, countActivityAudience } from '../server/activities/activity-audience.ts'
import type { Database } from '../server/platform/db/database.ts'
import { openLanes } from '../server/platform/db/pools.ts'
import { sql } from '../server/platform/db/sql.ts'
import { inFreshHoming } from './fresh-homing.ts'
import { makeAudience } from './make-audience.ts'
import type { BenchResult } from './result.ts'
import { median, timed } from './rounds.ts'

const rounds = 9

export function count({ size = 1_000_000 }: { size?: number } = {}): Promise<BenchResult> {
  return inFreshHoming('count', async ({ db, connectionString, atEnd, now }) => {
    const { id: workspaceId } = await createWorkspace(db, { name: 'Bench', owner: null, actor: 'bench' }, now)
    const { tagged, twoTags, plain, topicId, pricedAt } = await makeAudience(db, workspaceId, size, now)
    const lanes = openLanes({ connectionString })
    atEnd(() => lanes.end())
    const lane = lanes.counts
    const context = { workspaceId, actor: 'bench', url: 'http://localhost', linkUrl: 'https://l.acme.test' }
    const counted = (id: number, { at = now, sampled = false } = {}) =>
      countActivityAudience(lane, { ...context, now: at }, id, { sampled })
    const ways = {
      bare: () => countBare(lane, workspaceId, topicId),
      exact: () => counted(tagged),
      twoTags: () => counted(twoTags),
      plain: () => counted(plain),
      manyPrices: () => counted(tagged, { at: pricedAt }),
      estimate: () => counted(tagged, { sampled: true }),
    }
    const [exact, estimate] = [await ways.exact(), await ways.estimate()]
    checkAgainst(exact, estimate, size)
    const names = Object.keys(ways) as (keyof typeof ways)[]
    const took = Object.fromEntries(names.map(name => [name, [] as number[]])) as Record<keyof typeof ways, number[]>
    for (let round = 0; round < rounds; round++) for (const name of names) took[name].push(await timed(ways[name]))
    const ratio = (name: keyof typeof ways) =>
      round2(median(took[name].map((ms, i) => ms / Math.max(1, took.bare[i]!))))
    return {
      name: 'count',
      figure: median(took.exact),
      unit: 'ms',
      better: 'lower',
      reference: median(took.bare),
      ratio: ratio('exact'),
      size,
      detail: {
        reference: 'select count(*) of the consents joined with their profiles',
        lane: { connections: lane.max },
        rounds,
        ratios: Object.fromEntries(names.map(name => [name, ratio(name)])),
        medianMs: Object.fromEntries(names.map(name => [name, median(took[name])])),
        ms: took,
        queued: exact.queued,
        parts: exact.parts,
        notSentReasons: exact.notSentReasons,
        estimatedQueued: estimate.ranges?.queued,
        peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
      },
    }
  })
}

async function countBare(db: Database, workspaceId: number, topicId: number): Promise<void> {
  await db.query(sql`
    select count(*) from current_consents k join profiles p on p.bucket = k.bucket and p.profile_id = k.profile_id
    where k.workspace_id = ${workspaceId} and k.topic_id = ${topicId} and k.channel = 'sms' and k.granted
      and p.workspace_id = ${workspaceId} and p.phone_type = 'mobile'`)
}

/** A count that is quick and wrong is no figure. */
function checkAgainst(exact: AudienceView, estimate: AudienceView, size: number): void {
  const { low = 0, high = 0 } = estimate.ranges?.queued ?? {}
  // 19 of 20 times the truth lies within; twice as far off is a fault.
  const slack = high - low
  if (exact.targeted < size * 0.9 || exact.queued < low - slack || exact.queued > high + slack)
    throw new Error(`${exact.queued} people of ${exact.targeted}, estimated ${low} to ${high}`)
}

const round2 = (n: number) => Math.round(n * 100) / 100
