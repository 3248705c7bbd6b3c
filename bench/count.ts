/**
 * How soon is the audience of an activity counted exactly: people, those left out by reason, parts, credits, the longest text? Over
 * everybody of a workspace, with texts that hold data tags, a link and the unsubscribe link, by the verb that the page of the
 * wizard asks. Beside it in the same run: the estimate that is shown before, the same count with a text without tags, and a bare
 * count(*) of the consents joined with their profiles. Rounds in turn, medians: the machine is shared.
 */
import { createWorkspace } from '../server/access/workspaces.ts'
import { type AudienceView, countActivityAudience } from '../server/activities/activity-audience.ts'
import type { Database } from '../server/platform/db/database.ts'
import { sql } from '../server/platform/db/sql.ts'
import { makeAudience } from './audience.ts'
import { inFreshHoming } from './fresh-homing.ts'
import type { BenchResult } from './result.ts'

const rounds = 9

export function count({ size = 1_000_000 }: { size?: number } = {}): Promise<BenchResult> {
  return inFreshHoming('count', async ({ db, now }) => {
    const { id: workspaceId } = await createWorkspace(db, { name: 'Bench', owner: null, actor: 'bench' }, now)
    const audience = await makeAudience(db, workspaceId, size, now)
    const asker = { workspaceId, actor: 'bench', url: 'http://localhost', linkUrl: 'https://l.acme.test', now }
    const counted = (id: number, sampled = false) => countActivityAudience(db, asker, id, { sampled })
    const ways = {
      exact: () => counted(audience.tagged),
      estimate: () => counted(audience.tagged, true),
      plain: () => counted(audience.plain),
      bare: () => countBare(db, workspaceId, audience.topicId),
    }
    const [exact, estimate] = [await ways.exact(), await ways.estimate()]
    checkAgainst(exact, estimate, size)
    const took: Record<keyof typeof ways, number[]> = { exact: [], estimate: [], plain: [], bare: [] }
    for (let round = 0; round < rounds; round++)
      for (const name of ['bare', 'exact', 'plain', 'estimate'] as const) took[name].push(await timed(ways[name]))
    const [figure, reference] = [median(took.exact), median(took.bare)]
    return {
      name: 'count',
      figure,
      unit: 'ms',
      better: 'lower',
      reference,
      ratio: Math.round((figure / reference) * 100) / 100,
      size,
      detail: {
        reference: 'select count(*) of the consents joined with their profiles',
        rounds,
        exactMs: took.exact,
        estimateMs: took.estimate,
        estimateMedianMs: median(took.estimate),
        withoutTagsMs: took.plain,
        withoutTagsMedianMs: median(took.plain),
        bareMs: took.bare,
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

async function timed(what: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await what()
  return Math.round(performance.now() - began)
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0
}
