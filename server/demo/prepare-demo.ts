/**
 * The demo workspace of a new installation: a shop with a past, and an SMS that is sent before one's eyes as soon as the owner has signed in.
 * Made by the verbs that make every other workspace, with times of the past.
 *
 * Invariants: only where there is no workspace yet. Each step is whole or not at all, and a step that was done is not repeated: a start that
 * was killed is continued by the next one, and ends in the same demo.
 */
import { Problem } from '../../core/problems.ts'
import { whoDidNot } from '../../core/segments/from-report.ts'
import { starters } from '../../core/segments/starters.ts'
import { ownerHasSignedIn } from '../access/links.ts'
import { ensureTopic } from '../access/topics.ts'
import { createWorkspace, getWorkspace, listWorkspaces } from '../access/workspaces.ts'
import { countActivityAudience } from '../activities/activity-audience.ts'
import { createActivity, type RequestContext } from '../activities/draft.ts'
import { scheduleActivity } from '../activities/schedule.ts'
import { isVisible } from '../messages/visible.ts'
import { type Database, type Db, overClient } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import type { Log } from '../platform/log.ts'
import { createSegment, keepSize, listSegments, treeOf } from '../segments/saved.ts'
import { countMembers } from '../segments/segment-members.ts'
import { importList } from './import-list.ts'
import { liveThrough } from './live-through.ts'
import { momentAhead, momentOf } from './moments.ts'
import { inOneTransaction } from './one-transaction.ts'
import { addSimulatorGateway } from './simulator-gateway.ts'
import { draft, live, type PastImport, type PastSms, past, scheduled, segments, topics } from './story.ts'

const actor = 'demo'
/** The advisory lock of who makes it. */
const making = 7304
/** SMS per second: the live SMS is on its way for some two minutes. */
const liveRate = 100
const weekMs = 7 * 24 * 3_600_000
/** SEK */
const creditValue = '0.39'

export interface DemoInput {
  dataFolder: string
  url: string
  linkUrl: string
  profiles: number
  seed: number
  /** business time */
  now: Date
  log: Log
  /** It stops at the next step; another call continues. */
  signal?: AbortSignal | undefined
}

interface Shop {
  workspaceId: number
  gatewayId: number
  /** by name */
  topicIds: ReadonlyMap<string, number>
  zone: string
}

/**
 * Makes it, or what is missing of it; nothing where somebody has made a workspace before. Another process that is making it is waited
 * for: what is left of one that was killed ends with its statement.
 */
export async function prepareDemo(db: Database, input: DemoInput): Promise<void> {
  const holder = await db.connect()
  try {
    await overClient(holder).query(sql`select pg_advisory_lock(${making}, 0)`)
    await makeDemo(db, input)
  } finally {
    // Closing the connection releases the lock.
    holder.release(true)
  }
}

async function makeDemo(db: Database, input: DemoInput): Promise<void> {
  const begun = await readDemo(db)
  if (begun.workspaceId === null) {
    if ((await listWorkspaces(db)).length > 0) return
    await inOneTransaction(db, one => openShop(one, input))
  } else if (begun.activityId !== null) return
  const shop = await readShop(db)
  if (shop === undefined) return
  for (const [nth, step] of past.entries()) {
    if (input.signal?.aborted) return
    const at = momentOf(step.at, shop.zone, input.now)
    if (step.kind === 'import') await importPart(db, shop, input, step, at)
    else if ((await find(db, shop, step.name)) === undefined)
      await inOneTransaction(db, one => liveThrough(one, placeOf(shop, input, step.topic), step, { nth, at }))
  }
  await writeNext(db, shop, input)
}

/**
 * Sends the SMS that waits for the owner, once the owner has signed in. True: nothing waits any more.
 */
export async function sendLive(
  db: Database,
  { url, linkUrl, now }: Pick<DemoInput, 'url' | 'linkUrl' | 'now'>,
): Promise<boolean> {
  const { workspaceId, activityId } = await readDemo(db)
  if (workspaceId === null || activityId === null) return true
  if (!(await ownerHasSignedIn(db))) return false
  try {
    await scheduleActivity(db, { workspaceId, actor, url, linkUrl, now }, activityId, { sendAt: null })
  } catch (error) {
    // Somebody was faster, this process before it was killed among them, or has deleted it: then there is nothing to send.
    if (!(error instanceof Problem)) throw error
  }
  await db.run(sql`update installation set demo_workspace = null, demo_activity = null where id = 1`)
  return true
}

async function readDemo(db: Db): Promise<{ workspaceId: number | null; activityId: number | null }> {
  const [row] = await db.query<{ workspaceId: number | null; activityId: number | null }>(
    sql`select demo_workspace as "workspaceId", demo_activity as "activityId" from installation where id = 1`,
  )
  return row ?? { workspaceId: null, activityId: null }
}

/** A week before the first import. */
async function openShop(db: Database, { now }: DemoInput): Promise<void> {
  const [first] = past
  const openedAt = first === undefined ? now : new Date(momentOf(first.at, 'UTC', now).getTime() - weekMs)
  const { id } = await createWorkspace(db, { name: 'Demo', owner: null, actor, creditValue }, openedAt)
  for (const name of Object.values(topics)) await ensureTopic(db, id, name, openedAt, actor)
  await addSimulatorGateway(db, id, openedAt, liveRate)
  await db.run(sql`update installation set demo_workspace = ${id} where id = 1`)
}

/** Undefined: it was taken apart meanwhile. */
async function readShop(db: Db): Promise<Shop | undefined> {
  const { workspaceId } = await readDemo(db)
  const workspace = workspaceId === null ? undefined : await getWorkspace(db, workspaceId)
  if (workspace === undefined) return undefined
  const now = new Date()
  const [gateway] = await db.query<{ id: number }>(
    sql`select id from gateways where workspace_id = ${workspace.id} and simulator and removed_at is null order by id limit 1`,
  )
  if (gateway === undefined) return undefined
  const topicIds = new Map<string, number>()
  for (const name of Object.values(topics))
    topicIds.set(name, (await ensureTopic(db, workspace.id, name, now, actor)).id)
  return { workspaceId: workspace.id, gatewayId: gateway.id, topicIds, zone: workspace.timeZone }
}

async function importPart(
  db: Database,
  { workspaceId }: Shop,
  { dataFolder, profiles, seed }: DemoInput,
  { fileName, topic, from, to, bought }: PastImport,
  now: Date,
): Promise<void> {
  const list = { from: Math.round(profiles * from) + 1, to: Math.round(profiles * to), seed, ...(bought && { bought }) }
  await importList(db, { workspaceId, dataFolder, fileName, topic, list, actor, now })
}

async function find(db: Db, { workspaceId }: Shop, name: string): Promise<{ id: number; state: string } | undefined> {
  const [found] = await db.query<{ id: number; state: string }>(
    sql`select a.id, a.state from activities a where a.workspace_id = ${workspaceId} and a.name = ${name} and ${isVisible}
      order by a.id limit 1`,
  )
  return found
}

const placeOf = (shop: Shop, { url, linkUrl, log }: DemoInput, topic: PastSms['topic']) => ({
  ...{ workspaceId: shop.workspaceId, gatewayId: shop.gatewayId, actor, url, linkUrl, log },
  topicId: topicOf(shop, topic),
})

const topicOf = ({ topicIds }: Shop, name: string): number => topicIds.get(name) ?? 0

/**
 * What comes next: the one that is sent when the owner signs in, one that is scheduled, and a draft. Then the demo is complete. Not in one
 * transaction, because the audience is counted over connections of its own.
 */
async function writeNext(db: Database, shop: Shop, { url, linkUrl, now }: DemoInput): Promise<void> {
  const context: RequestContext = { workspaceId: shop.workspaceId, actor, url, linkUrl, now }
  const write = async ({
    name,
    sender,
    body,
    topic,
  }: {
    name: string
    sender: string
    body: string
    topic: string
  }) => {
    const known = await find(db, shop, name)
    if (known !== undefined) return known
    return createActivity(db, context, {
      name,
      content: { channel: 'sms', sender, body },
      sendTo: { topics: [topicOf(shop, topic)], duplicates: 'one_per_address' },
      gatewayId: shop.gatewayId,
      quietHours: false,
    })
  }
  const waiting = await write(live)
  const later = await write(scheduled)
  if (later.state === 'draft') {
    // As from the page, where a person sees the audience before: the list then shows what was counted.
    const { queued: people, credits } = await countActivityAudience(db, context, later.id)
    const sendAt = momentAhead(scheduled, shop.zone, now)
    await scheduleActivity(db, context, later.id, { sendAt, looked: { people, credits } })
  }
  await write(draft)
  await saveSegments(db, shop, now)
  await db.run(sql`update installation set demo_activity = ${waiting.id} where id = 1`)
}

async function saveSegments(db: Database, shop: Shop, now: Date): Promise<void> {
  const { workspaceId, topicIds } = shop
  const of = { topics: [...topicIds.values()].map(id => ({ id })), attributes: [] }
  const offered = starters.filter(({ key }) => segments.starters.some(wanted => wanted === key))
  const wanted = offered.map(({ name, make }) => ({ name, definition: make(of) }))
  const { didNotClick } = segments
  const sent = await find(db, shop, didNotClick.sms)
  if (sent !== undefined)
    wanted.push({ name: didNotClick.name, definition: whoDidNot({ activity: sent.id, figure: 'unique' }) })
  const known = new Set((await listSegments(db, workspaceId)).map(segment => segment.name))
  for (const { name, definition } of wanted) {
    if (known.has(name)) continue
    const segment = await createSegment(db, { name, definition }, { workspaceId, actor, now })
    const { n } = await countMembers(db, treeOf(segment), { workspaceId, now })
    await keepSize(db, segment, n, now)
  }
}
