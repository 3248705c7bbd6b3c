/** The verb `send`: an activity at once, by the same verbs as the wizard; with --wait this process works until it is final. */

import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { cleanText } from '../../core/clean-text.ts'
import { problem } from '../../core/problems.ts'
import { listTopics } from '../access/workspaces.ts'
import { createActivity, type RequestContext } from '../activities/draft.ts'
import { scheduleActivity } from '../activities/schedule.ts'
import { listGateways } from '../gateways/gateways.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { placeOf } from '../platform/installation/installation.ts'
import { makeReach } from '../platform/reach.ts'
import { startActivity } from '../sending/start.ts'
import { runWorker } from '../worker.ts'
import type { Words } from './arguments.ts'
import type { CliContext } from './context.ts'
import { actor, say, workspaceOf } from './settings.ts'

const maxTextBytes = 64 * 1024

export async function runSend(place: CliContext, words: Words): Promise<undefined> {
  const { db, clock, linkUrl, log, config } = place
  const workspace = await workspaceOf(db, words)
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
  const context: RequestContext = {
    workspaceId: workspace.id,
    actor,
    url: config.url ?? linkUrl,
    linkUrl,
    now: clock.now(),
  }
  const draft = await createActivity(db, context, {
    name: words.needed('name'),
    content: { channel: 'sms', sender: words.needed('sender'), body: await textOf(words.needed('text-file')) },
    sendTo: { topics: [topic.id], duplicates: 'one_per_number' },
    gatewayId: gateway.id,
    quietHours: words.on('quiet-hours'),
  })
  await scheduleActivity(db, context, draft.id, { sendAt: null })
  // Another worker may be faster: then it is frozen by that one.
  const frozen = (await startActivity({ db, clock, log, linkUrl }, draft.id)) ?? (await frozenElsewhere(db, draft.id))
  if (words.on('wait')) await workUntilFinal(place, draft.id)
  say(
    words,
    { activity: String(draft.id), ...frozen },
    `Activity ${draft.id}: ${frozen.targeted} targeted, ${frozen.notSent} not sent, ${frozen.queued} queued.`,
  )
}

async function textOf(path: string): Promise<string> {
  let text: Buffer
  try {
    text = await readFile(path)
  } catch (error) {
    throw problem('file_unreadable', { file: path, what: error instanceof Error ? error.message : String(error) })
  }
  if (text.length > maxTextBytes)
    throw problem('file_unreadable', { file: path, what: `it is larger than ${maxTextBytes} bytes` })
  // the line break that editors put at the end of a file is not part of the text
  return cleanText(text.toString('utf8'))
    .replace(/^\uFEFF/, '')
    .replace(/\r?\n$/, '')
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
    place: placeOf(config),
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
  const [row] = await db.query<{ open: number; state: string }>(
    sql`select a.state, coalesce((select sum(t.n) from tallies t where t.activity_id = a.id
        and t.figure in ('queued', 'pending', 'bounced_soft_retrying')), 0)::bigint as open
      from activities a where a.id = ${activityId}`,
  )
  return row === undefined || (row.open === 0 && ['sent', 'cancelled', 'failed'].includes(row.state))
}
