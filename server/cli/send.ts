/** The verb `send`: an activity at once, by the same verbs as the wizard; with --wait this process works until it is final. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { ReminderPlan } from '../../core/activities/reminder.ts'
import { problem } from '../../core/problems.ts'
import { listTopics } from '../access/topics.ts'
import { createActivity, type RequestContext } from '../activities/draft.ts'
import { scheduleActivity } from '../activities/schedule.ts'
import { listGateways } from '../gateways/gateways.ts'
import { addresses } from '../platform/config.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { markPlaceOf } from '../platform/installation/installation.ts'
import { makeReach } from '../platform/reach.ts'
import { startActivity } from '../sending/start-due.ts'
import { runWorker } from '../worker.ts'
import { type CommandWords, optional } from './arguments.ts'
import type { CliContext } from './context.ts'
import { reminderPlanOf } from './reminder.ts'
import { segmentNamed } from './segment.ts'
import { actor, frequencyFlag, neededWorkspace, printAnswer, usage } from './set-up.ts'
import { readTextFile } from './text-file.ts'

export async function runSend(place: CliContext, words: CommandWords): Promise<undefined> {
  const { db, clock, linkUrl, log, config } = place
  const workspace = await neededWorkspace(db, words)
  const gateways = await listGateways(db, workspace.id)
  const gateway = gateways.find(({ name }) => name === words.needed('gateway'))
  if (gateway === undefined)
    throw problem('gateway_missing', {
      workspace: workspace.name,
      gateway: words.needed('gateway'),
      known: gateways.map(({ name }) => name).join(', ') || 'none',
    })
  const topics = await listTopics(db, workspace.id)
  const topic = topics.find(({ name }) => name === words.needed('topic'))
  if (topic === undefined)
    throw problem('topic_missing', {
      workspace: workspace.name,
      topic: words.needed('topic'),
      known: topics.map(({ name }) => name).join(', ') || 'none',
    })
  const chosen = async (flag: 'segment' | 'exclude') => {
    const name = words.text(flag)
    return {
      match: 'any' as const,
      segments: name === undefined ? [] : [(await segmentNamed(db, workspace.id, name)).id],
    }
  }
  const context: RequestContext = {
    workspaceId: workspace.id,
    actor,
    url: config.url ?? linkUrl,
    linkUrl: workspace.linkDomain ?? linkUrl,
    now: clock.now(),
  }
  const draft = await createActivity(db, context, {
    name: words.needed('name'),
    content: { channel: 'sms', sender: words.needed('sender'), body: await readTextFile(words.needed('text-file')) },
    sendTo: {
      topics: [topic.id],
      duplicates: 'one_per_address',
      include: await chosen('segment'),
      exclude: await chosen('exclude'),
      ...(words.on('frozen') && { frozen: true }),
      ...optional({ frequency: words.text('frequency') === 'none' ? null : frequencyFlag(words, 'send') }),
    },
    gatewayId: gateway.id,
    quietHours: words.on('quiet-hours'),
    reminder: await reminderOf(words),
  })
  await scheduleActivity(db, context, draft.id, { sendAt: null })
  // Another worker may be faster: then it is frozen by that one.
  const frozen = (await startActivity({ db, clock, log, linkUrl }, draft.id)) ?? (await frozenElsewhere(db, draft.id))
  if (words.on('wait')) await workUntilFinal(place, draft.id)
  printAnswer(
    words,
    { activity: String(draft.id), ...frozen },
    `Activity ${draft.id}: ${frozen.targeted} targeted, ${frozen.notSent} not sent, ${frozen.queued} queued.`,
  )
}

const remindUsage = 'send … --remind-after 2d|36h [--remind-text-file F]'

async function reminderOf(words: CommandWords): Promise<ReminderPlan | null> {
  const [after, file] = [words.text('remind-after'), words.text('remind-text-file')]
  if (after !== undefined)
    return reminderPlanOf(after, file === undefined ? null : await readTextFile(file), remindUsage)
  if (file !== undefined) usage('--remind-text-file needs --remind-after', remindUsage)
  return null
}

async function frozenElsewhere(
  db: Db,
  activityId: number,
): Promise<{ targeted: number; notSent: number; queued: number }> {
  for (;;) {
    const [row] = await db.query<{
      state: string
      detail: string | null
      frozen: boolean
      targeted: number
      notSent: number
    }>(
      sql`select a.state, a.state_detail as detail, a.frozen_at is not null as frozen,
        coalesce((select sum(n) from tallies t where t.activity_id = a.id and t.figure = 'targeted'), 0)::bigint as targeted,
        coalesce((select sum(n) from tallies t where t.activity_id = a.id and t.figure = 'not_sent'), 0)::bigint as "notSent"
        from activities a where a.id = ${activityId}`,
    )
    if (row === undefined || row.state === 'failed')
      throw problem('not_frozen', { why: row?.detail ?? row?.state ?? 'it is gone' })
    if (row.frozen) return { targeted: row.targeted, notSent: row.notSent, queued: row.targeted - row.notSent }
    await sleep(50)
  }
}

/** Until no message is queued, unanswered or awaiting a receipt (72 hours of business time at most) and no retry remains. */
async function workUntilFinal(
  { connection, config, linkUrl, keys, log, db }: CliContext,
  activityId: number,
): Promise<void> {
  const worker = await runWorker({
    connection,
    dataFolder: config.data,
    place: markPlaceOf(config),
    url: addresses(config, config.port).url,
    linkUrl,
    keys,
    reach: makeReach(config.privateGateways),
    log,
  })
  try {
    while (!(await isFinal(db, activityId))) await sleep(100)
  } finally {
    await worker.stop()
  }
}

export async function isFinal(db: Db, activityId: number): Promise<boolean> {
  const [row] = await db.query<{ state: string }>(sql`select a.state from activities a where a.id = ${activityId}`)
  if (row === undefined) return true
  if (!['sent', 'cancelled', 'failed'].includes(row.state)) return false
  const [sums] = await db.query<{ open: number }>(
    sql`select /* fanout */ coalesce(sum(t.n), 0)::bigint as open from tallies t where t.activity_id = ${activityId}
        and t.figure in ('queued', 'pending', 'bounced_soft_retrying')`,
  )
  return sums?.open === 0
}
