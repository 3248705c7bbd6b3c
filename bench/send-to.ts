/**
 * What do the settings of Send to cost, beside the plain count and freeze of the same people in the same run? Frequency where three tenths got an SMS lately, a
 * frozen audience, the look at an audience (who came and went), the people in common with another activity, and a change of tags of everybody
 * with its undo. The ways alternate; the result is the highest of the ratios to the plain count or freeze.
 */
import { sendToOf } from '../core/activities/send-to.ts'
import { parseTemplate } from '../core/sms/template.ts'
import { createWorkspace } from '../server/access/workspaces.ts'
import { countActivityAudience } from '../server/activities/activity-audience.ts'
import { audienceChanges, lookAtAudience } from '../server/activities/audience-changes.ts'
import { countOverlaps } from '../server/activities/overlaps.ts'
import { byConsent } from '../server/audience/audience-members.ts'
import { freeze } from '../server/audience/freeze.ts'
import { keepAudience, keptMembers } from '../server/audience/kept.ts'
import type { Database } from '../server/platform/db/database.ts'
import { openLanes } from '../server/platform/db/pools.ts'
import { sql } from '../server/platform/db/sql.ts'
import { runTaggings } from '../server/tags/run-taggings.ts'
import { createTagging, undoTagging } from '../server/tags/taggings.ts'
import { inFreshHoming } from './fresh-homing.ts'
import { makeAudience, texts } from './make-audience.ts'
import type { BenchResult } from './result.ts'
import { median, timed } from './rounds.ts'

const rounds = 3
const hours = 72

export function benchSendTo({ size = 1_000_000 }: { size?: number } = {}): Promise<BenchResult> {
  return inFreshHoming('send-to', async ({ db, connectionString, atEnd, now }) => {
    const { id: workspaceId } = await createWorkspace(db, { name: 'Bench', owner: null, actor: 'bench' }, now)
    const made = await makeAudience(db, workspaceId, size, now)
    const { topicId, tagged, twoTags } = made
    await sentLately(db, { workspaceId, activityId: twoTags, people: Math.round(size * 0.3), now })
    // The same text, with and without.
    const [withFrequency] = await db.query<{
      id: number
    }>(sql`insert into activities (workspace_id, name, content, send_to, created_at, updated_at)
      select workspace_id, 'Frequency', content, ${JSON.stringify(sendToOf({ topics: [topicId], frequency: { hours } }))}::jsonb, created_at, updated_at
      from activities where id = ${tagged} returning id`)
    const lanes = openLanes({ connectionString })
    atEnd(() => lanes.end())
    const lane = lanes.counts
    const context = { workspaceId, actor: 'bench', url: 'http://localhost', linkUrl: 'https://l.acme.test', now }
    const sendTo = { topics: [topicId], duplicates: 'one_per_address' as const }
    const frozenBy = async (more: { frequency?: { hours: number }; frozen?: boolean }) => {
      const [row] = await db.query<{
        id: number
      }>(sql`insert into activities (workspace_id, name, state, send_to, created_at, updated_at)
        values (${workspaceId}, 'A', 'starting', '{}', ${now}, ${now}) returning id`)
      const activityId = row!.id
      if (more.frozen)
        await keepAudience(db, { activityId, workspaceId, channel: 'sms', topics: [topicId], members: byConsent })
      const took = await timed(() =>
        freeze(db, {
          activityId,
          workspaceId,
          channel: 'sms',
          sendTo: { ...sendTo, frequency: more.frequency ?? null },
          template: parseTemplate(texts.tagged),
          members: more.frozen ? keptMembers(activityId) : byConsent,
          linkUrl: context.linkUrl,
          now,
        }),
      )
      await db.run(sql`delete from messages where activity_id = ${activityId}`)
      await db.run(sql`delete from tallies where activity_id = ${activityId}`)
      await db.run(
        sql`update activities set state = 'cancelled', swept_at = ${now}, finished_at = ${new Date(0)} where id = ${activityId}`,
      )
      await db.run(sql`vacuum analyze messages`)
      return took
    }
    const ways = {
      count: () => timed(() => countActivityAudience(lane, context, tagged)),
      countFrequency: () => timed(() => countActivityAudience(lane, context, withFrequency!.id)),
      look: () => timed(() => lookAtAudience(lane, context, tagged, { again: true })),
      changes: () => timed(() => audienceChanges(lane, context, tagged)),
      overlapsEstimate: () => timed(() => countOverlaps(lane, context, tagged, { sampled: true })),
      overlaps: () => timed(() => countOverlaps(lane, context, tagged)),
      freeze: () => frozenBy({}),
      freezeFrequency: () => frozenBy({ frequency: { hours } }),
      keep: () =>
        db.tx(tx =>
          timed(() =>
            keepAudience(tx, {
              activityId: tagged,
              workspaceId,
              channel: 'sms',
              topics: [topicId],
              members: byConsent,
            }),
          ),
        ),
      freezeFrozen: () => frozenBy({ frozen: true }),
    }
    const names = Object.keys(ways) as (keyof typeof ways)[]
    const took = Object.fromEntries(names.map(name => [name, [] as number[]])) as Record<keyof typeof ways, number[]>
    for (let round = 0; round < rounds; round++) for (const name of names) took[name].push(await ways[name]())
    const medians = Object.fromEntries(names.map(name => [name, median(took[name])])) as Record<
      keyof typeof ways,
      number
    >
    const ratios = {
      countFrequency: medians.countFrequency / medians.count,
      look: medians.look / medians.count,
      changes: medians.changes / medians.count,
      overlaps: medians.overlaps / medians.count,
      freezeFrequency: medians.freezeFrequency / medians.freeze,
      freezeFrozen: medians.freezeFrozen / medians.freeze,
    }
    const tags = await tagEverybody(db, workspaceId, now)
    const [bytes] = await db.query<{ n: number }>(
      sql`select length(ids) as n from audience_looks where activity_id = ${tagged}`,
    )
    return {
      name: 'send-to',
      figure: Math.max(medians.countFrequency, medians.look),
      unit: 'ms',
      better: 'lower',
      reference: medians.count,
      ratio: Math.round(Math.max(...Object.values(ratios)) * 100) / 100,
      size,
      detail: { rounds, ratios, medians, took, tags, lookBytes: bytes?.n },
    }
  })
}

/** To the first of them, an hour ago, by an activity that is being sent. */
async function sentLately(
  db: Database,
  { workspaceId, activityId, people, now }: { workspaceId: number; activityId: number; people: number; now: Date },
): Promise<void> {
  const at = new Date(now.getTime() - 3_600_000)
  await db.run(sql`insert into messages (bucket, workspace_id, activity_id, profile_id, status, t0, status_at, attempts)
    select i & 255, ${workspaceId}::int, ${activityId}::bigint, i, 'delivered', ${at}::timestamptz, ${at}::timestamptz, 1
    from generate_series(1, ${people}::bigint) i order by i & 255, i`)
  await db.run(sql`vacuum analyze messages`)
  await db.run(
    sql`update activities set state = 'sending', frozen_at = ${at}, send_at = ${at} where id = ${activityId}`,
  )
}

/** A tag for everybody, and its undo, as the worker does them: with its pauses. */
async function tagEverybody(
  db: Database,
  workspaceId: number,
  now: Date,
): Promise<{ tagMs: number; undoMs: number; changed: number }> {
  const acting = { workspaceId, actor: 'bench', now }
  const definition = { v: 1, root: { kind: 'group', match: 'all', items: [] } }
  const { id } = await createTagging(db, { add: ['bench'], definition }, acting)
  const tagMs = await timed(() => runTaggings({ db, now: () => now }))
  const [done] = await db.query<{ changed: number }>(
    sql`select changed from taggings where id = ${id} and state = 'done'`,
  )
  await undoTagging(db, id, acting)
  const undoMs = await timed(() => runTaggings({ db, now: () => now }))
  const [undone] = await db.query(sql`select from taggings where id = ${id} and state = 'undone'`)
  if (done === undefined || undone === undefined) throw new Error('the tags are not changed and undone')
  return { tagMs, undoMs, changed: done.changed }
}
