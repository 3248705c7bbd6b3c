/**
 * The page behind the unsubscribe link. GET shows it (scanners fetch links), POST does it: durable and applied before the
 * answer. It stops the topics of the message, or everything from the sender, and lets one take it back for 10 minutes. A
 * code is not a login: the page shows no number and no name.
 */
import type { IncomingMessage } from 'node:http'
import { type Channel, channelOf } from '../../core/channels.ts'
import { escapeHtml } from '../../core/escape-html.ts'
import { testRecipient } from '../../core/messages/test-sms.ts'
import { type TopicColumns, topicColumns, topicsOf } from '../activities/activity-topics.ts'
import type { LinkVisit } from '../links/visit.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import type { Log } from '../platform/log.ts'
import { optOut, undoMs, undoOptOut } from '../suppression/opt-out.ts'
import { type OptOutWords, optOutWords } from './opt-out-words.ts'
import { languageOf, sendNotice, sendPage } from './plain-page.ts'

const bodyLimitBytes = 4096

type Act = 'stop' | 'stop_all' | 'undo'

/** What the page needs to know. */
interface Standing {
  brand: string
  topics: { id: number; name: string }[]
  /** the activity's */
  channel: Channel
  /** null: erased, or a test SMS */
  address: string | null
  stoppedTopics: boolean
  stoppedAll: boolean
  /** something was said through this message in the last 10 minutes */
  undoable: boolean
}

export async function serveOptOut(
  visit: LinkVisit,
  { db, clock, log }: { db: Database; clock: Clock; log: Log },
): Promise<void> {
  const { request, response, target } = visit
  const { method } = request
  if (method !== 'GET' && method !== 'HEAD' && method !== 'POST') {
    response.setHeader('Allow', 'GET, HEAD, POST')
    sendNotice(request, response, 405)
    return
  }
  try {
    const act = method === 'POST' ? await readAct(request) : undefined
    if (act === 413 || act === 400) return sendNotice(request, response, act)
    const before = await readStanding(db, target, clock.now())
    if (before === undefined) return sendNotice(request, response, 404)
    if (act !== undefined && before.address !== null) await perform(db, visit, before, act, clock.now())
    const standing = act === undefined ? before : ((await readStanding(db, target, clock.now())) ?? before)
    const language = languageOf(request)
    const { title, content } = contentOf(
      standing,
      optOutWords(language, standing.channel),
      target.profileId === testRecipient,
    )
    sendPage(request, response, 200, { language, title, content })
  } catch (error) {
    if (request.destroyed && !request.complete) return // went away while sending
    log.warn({ err: error }, 'an opt-out page could not be served')
    sendNotice(request, response, 503)
  }
}

async function perform(
  db: Database,
  { target, agent, addressHash }: LinkVisit,
  { channel, address, topics }: Standing,
  act: Act,
  now: Date,
): Promise<void> {
  const { workspaceId, activityId, profileId } = target
  const message = { workspaceId, channel, address: address!, activityId, profileId, now }
  if (act === 'undo') await undoOptOut(db, message)
  else
    await optOut(db, {
      ...message,
      topicIds: act === 'stop_all' ? null : topics.map(topic => topic.id),
      source: 'link',
      evidence: { agent, addressHash },
    })
}

/**
 * What the form says. A mail program that unsubscribes with one click (RFC 8058 §3.1) sends the pair List-Unsubscribe=One-Click as a form
 * of either kind, and means stop whatever else it sends; so does a form without a field.
 */
async function readAct(request: IncomingMessage): Promise<Act | 400 | 413> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > bodyLimitBytes) return 413
    chunks.push(chunk)
  }
  const body = Buffer.concat(chunks).toString()
  // Our own form is never multipart.
  if (/^multipart\/form-data\b/i.test(request.headers['content-type'] ?? '')) return 'stop'
  const fields = new URLSearchParams(body)
  if (fields.get('List-Unsubscribe') === 'One-Click') return 'stop'
  const act = fields.get('do') ?? 'stop'
  return act === 'stop' || act === 'stop_all' || act === 'undo' ? act : 400
}

async function readStanding(
  db: Db,
  { workspaceId, activityId, profileId }: LinkVisit['target'],
  now: Date,
): Promise<Standing | undefined> {
  const [row] = await db.query<{ brand: string; channel: string } & TopicColumns>(
    sql`select w.name as brand, a.channel, ${topicColumns} from activities a join workspaces w on w.id = a.workspace_id
      where a.id = ${activityId} and a.workspace_id = ${workspaceId}`,
    'opt-out-activity',
  )
  if (row === undefined) return undefined
  const activity = { brand: row.brand, channel: channelOf(row.channel), topics: topicsOf(row) }
  // The page of a test stops nothing.
  const address = profileId === testRecipient ? null : await readAddress(db, workspaceId, activityId, profileId)
  if (address === null) return { ...activity, address, stoppedTopics: false, stoppedAll: false, undoable: false }
  const optOuts = await db.query<{ topicId: number | null; mine: boolean }>(
    sql`select topic_id as "topicId", source = 'link' and activity_id = ${activityId} and profile_id = ${profileId}
        and at > ${new Date(now.getTime() - undoMs)} as mine
      from opt_outs where workspace_id = ${workspaceId} and channel = ${activity.channel} and address = ${address} and released_at is null`,
    'opt-out-topics-of',
  )
  const stopped = new Set(optOuts.map(no => no.topicId))
  const stoppedAll = stopped.has(null)
  return {
    ...activity,
    address,
    stoppedAll,
    stoppedTopics: stoppedAll || (activity.topics.length > 0 && activity.topics.every(topic => stopped.has(topic.id))),
    undoable: optOuts.some(no => no.mine),
  }
}

async function readAddress(db: Db, workspaceId: number, activityId: number, profileId: number): Promise<string | null> {
  const [row] = await db.query<{ address: string | null }>(
    sql`select address from messages where bucket = ${profileId & 255} and activity_id = ${activityId}
        and profile_id = ${profileId} and workspace_id = ${workspaceId}`,
    'opt-out-address',
  )
  return row?.address ?? null
}

function contentOf(
  { brand, topics, address, stoppedTopics, stoppedAll, undoable }: Standing,
  words: OptOutWords,
  isTest: boolean,
) {
  const list = words.list(topics.map(topic => topic.name))
  const paragraph = (text: string, soft = false) => `<p${soft ? ' class="soft"' : ''}>${escapeHtml(text)}</p>`
  const button = (act: Act, label: string, quiet = false) =>
    `<form method="post"><button name="do" value="${act}"${quiet ? ' class="quiet"' : ''}>${escapeHtml(label)}</button></form>`
  const undo = undoable ? button('undo', words.undo, true) + paragraph(words.undoUntil, true) : ''

  if (isTest) return { title: words.stopTitle(brand), content: paragraph(words.test) }
  if (address === null) return { title: words.goneTitle(brand), content: paragraph(words.gone) }
  if (stoppedAll) return { title: words.doneTitle, content: paragraph(words.doneAll(brand)) + undo }
  const everything = button('stop_all', words.stopAll(brand), true)
  if (stoppedTopics) return { title: words.doneTitle, content: paragraph(words.done(brand, list)) + everything + undo }
  if (topics.length === 0)
    return { title: words.stopTitle(brand), content: paragraph(words.askAll(brand)) + button('stop_all', words.stop) }
  return {
    title: words.stopTitle(brand),
    content: paragraph(words.ask(brand, list)) + button('stop', words.stop) + everything + undo,
  }
}
