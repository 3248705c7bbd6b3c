/**
 * What a person decides about an activity as a whole: schedule it, pause, resume, cancel it. The settings are frozen as a
 * version; the worker does the rest (freezing the audience, sending, stopping what is queued).
 */

import { isDeepStrictEqual } from 'node:util'
import type { ActivitySettings } from '../../core/activities/settings.ts'
import { type ActivityState, allows, refusal, statesBeforeStart } from '../../core/activities/states.ts'
import { templateOf } from '../../core/activities/tags.ts'
import { linkOfLength } from '../../core/credits/cost.ts'
import { plainDecimal, stepsOf } from '../../core/money.ts'
import { problem } from '../../core/problems.ts'
import { mayExceed } from '../../core/sms/template.ts'
import { audit } from '../access/audit.ts'
import { membersOf } from '../audience/audience-members.ts'
import { dropAudience, keepAudience } from '../audience/kept.ts'
import { dropLook } from '../audience/looks.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { holdNames } from '../segments/names-lock.ts'
import { countActivityAudience } from './activity-audience.ts'
import { rememberScheduled } from './audience-changes.ts'
import { type Activity, getActivity, type RequestContext } from './draft.ts'
import { settingsOf } from './frozen-settings.ts'
import { readGotBefore } from './got-before.ts'
import { checkActivity } from './readiness.ts'
import { selectedOf } from './selected.ts'
import { holdGateway, readActivity, readSurroundings } from './store.ts'

export interface When {
  /** null: now; undefined: as the draft says */
  sendAt?: Date | null | undefined
  /** refused where it is not the newest; undefined: any revision */
  revision?: number | undefined
  /** what the person looked at; refused where it has grown noticeably since */
  looked?: { people: number; credits: string } | undefined
}

const version = 1
/** Characters of a short link's code at most (server/links/seal.ts). */
const longestCode = 12

/** A person has decided: the tries before do not count any more (server/sending/start-due.ts). */
const startedAfresh = sql`start_tries = 0, start_again_at = null, state_detail = null`

/** Throws activity_not_ready (with each problem in words), activity_state, conflict, audience_grown, audience_too_long, not_found. */
export async function scheduleActivity(
  db: Database,
  context: RequestContext,
  id: number,
  when: When,
): Promise<Activity> {
  const estimate = await refuseAudience(db, context, id, when.looked)
  await db.tx(tx => scheduleIn(tx, context, id, when, estimate))
  const scheduled = await getActivity(db, context, id)
  // One that starts at once has no time in which people come and go.
  if (scheduled.sendAt !== null && scheduled.sendAt > context.now) await rememberScheduled(db, context, id)
  return scheduled
}

/** In the caller's transaction, without a look at the audience. Throws as scheduleActivity. */
export async function scheduleIn(
  tx: Db,
  { workspaceId, actor, now, url, linkUrl }: RequestContext,
  id: number,
  when: When,
  estimate: AudienceEstimate = null,
): Promise<void> {
  const draft = await readActivity(tx, workspaceId, id, true)
  if (!allows('schedule', draft.state)) throw refusal('schedule', draft.state)
  if (when.revision !== undefined && when.revision !== draft.revision)
    throw problem('conflict', {
      what: `Somebody changed this activity since you loaded it (revision ${draft.revision}, yours ${when.revision}).`,
    })
  const activity = { ...draft, sendAt: when.sendAt === undefined ? draft.sendAt : when.sendAt }
  if (draft.gatewayId !== null) await holdGateway(tx, workspaceId, draft.gatewayId)
  const sendAt = activity.sendAt ?? now
  const readSettings = async () => {
    const surroundings = await readSurroundings(tx, workspaceId)
    const problems = checkActivity(activity, { ...surroundings, url, linkUrl, now })
    if (problems.length > 0)
      throw problem('activity_not_ready', { what: problems.map(({ sentence }) => sentence).join(' ') })
    const template = templateOf(activity.content, surroundings.attributes, linkUrl)
    const gotBefore = await readGotBefore(tx, workspaceId, activity, sendAt)
    const selected = await selectedOf(tx, activity.sendTo, { workspaceId, now, gotBefore })
    return settingsOf(activity, selected, surroundings, template, sendAt)
  }
  const keep = async ({ sendTo: { selection }, content: { channel } }: ActivitySettings) => {
    const members = await membersOf(tx, selection, { workspaceId, now })
    await keepAudience(tx, { activityId: id, workspaceId, channel, topics: activity.sendTo.topics, members })
  }
  // Many people take seconds: they are found before the names are held, and again only where a segment was edited meanwhile.
  const found = activity.sendTo.frozen ? await readSettings() : null
  if (found !== null) await keep(found)
  await holdNames(tx, workspaceId)
  const settings = await readSettings()
  if (found !== null && !isDeepStrictEqual(found.sendTo.selection, settings.sendTo.selection)) await keep(settings)
  await writeVersion(tx, id, settings, now, estimate)
  await tx.run(sql`
    update activities set state = 'scheduled', version = ${version}, send_at = ${sendAt}, revision = revision + 1, updated_at = ${now}, ${startedAfresh}
    where id = ${id} and workspace_id = ${workspaceId}`)
  const { topics } = activity.sendTo
  const details = { sendAt: sendAt.toISOString(), gateway: settings.gateway.id, topics, ...when.looked }
  await audit(tx, { workspaceId, actor, action: 'activity.schedule', subject: `activity ${id}`, details }, now)
}

/** What was counted when the activity was scheduled; null: it was not counted. */
type AudienceEstimate = { people: number; credits: string } | null

/** The settings as they are frozen, and the links that they name. */
export async function writeVersion(
  tx: Db,
  id: number,
  settings: ActivitySettings,
  now: Date,
  estimate: AudienceEstimate = null,
): Promise<void> {
  const { people = null, credits = null } = estimate ?? {}
  await tx.run(sql`
    insert into activity_versions (activity_id, version, settings, created_at, estimated_people, estimated_credits)
    values (${id}, ${version}, ${JSON.stringify(settings)}::jsonb, ${now}, ${people}, ${credits})
    on conflict (activity_id, version) do update set settings = excluded.settings, created_at = excluded.created_at,
      estimated_people = excluded.estimated_people, estimated_credits = excluded.estimated_credits`)
  await writeLinks(tx, id, settings)
}

/** More than a hundredth, and at least this number of people or credits, is worth a second look. */
const noticeable = 10n
const creditPlaces = 4

/** Exact: credits may have more digits than a number holds. `one`: a person, or a credit, in the steps of `before` and `now`. */
export function hasGrown(before: bigint, now: bigint, one: bigint): boolean {
  return now - before >= noticeable * one && (now - before) * 100n > before
}

/**
 * Counts again where it matters: the audience is live until it starts, and so is its price. Without what a person looked at, and where
 * no value can make the text too long, nothing is counted.
 */
async function refuseAudience(
  db: Database,
  context: RequestContext,
  id: number,
  looked: When['looked'],
): Promise<AudienceEstimate> {
  if (looked === undefined && !(await mayBeTooLong(db, context, id))) return null
  const { queued, credits, tooLong, maxParts } = await countActivityAudience(db, context, id)
  if (tooLong !== null)
    throw problem('audience_too_long', {
      people: tooLong.people === 1 ? 'One person' : `${tooLong.people.toLocaleString('en')} people`,
      limit: maxParts,
      parts: tooLong.parts,
    })
  const estimate = { people: queued, credits }
  if (looked === undefined) return estimate
  const steps = (text: string) => stepsOf(text, creditPlaces)
  const more = hasGrown(BigInt(looked.people), BigInt(queued), 1n)
  const costlier = hasGrown(steps(looked.credits), steps(credits), steps('1'))
  if (more || costlier)
    throw problem('audience_grown', {
      people: queued,
      credits: plainDecimal(credits),
      peopleBefore: looked.people,
      creditsBefore: plainDecimal(looked.credits),
    })
  return estimate
}

async function mayBeTooLong(db: Database, { workspaceId, linkUrl }: RequestContext, id: number): Promise<boolean> {
  const activity = await readActivity(db, workspaceId, id)
  const { attributes, maxParts } = await readSurroundings(db, workspaceId)
  const template = templateOf(activity.content, attributes, linkUrl)
  // What is wrong with the text is said by the check.
  if (template.channel !== 'sms' || template.problems.length > 0) return false
  return mayExceed(template, linkOfLength(linkUrl, longestCode), maxParts)
}

/** A row a link, in the order of the text; the unsubscribe link has the last slot. A link that is there keeps its id. */
async function writeLinks(tx: Db, id: number, settings: ActivitySettings): Promise<void> {
  const links: { slot: number; kind: string; url: string | null }[] = settings.links.map((url, slot) => ({
    slot,
    kind: 'link',
    url,
  }))
  if (settings.unsubscribe) links.push({ slot: links.length, kind: 'unsubscribe', url: null })
  const slots = links.map(link => link.slot)
  const kinds = links.map(link => link.kind)
  const urls = links.map(link => link.url)
  await tx.run(sql`
    delete from links l where l.activity_id = ${id} and not exists (
      select from unnest(${slots}::int[], ${kinds}::text[], ${urls}::text[]) as n (slot, kind, url)
      where n.slot = l.slot and n.kind = l.kind and n.url is not distinct from l.url)`)
  await tx.run(sql`
    insert into links (activity_id, slot, kind, url)
    select ${id}, n.slot, n.kind, n.url from unnest(${slots}::int[], ${kinds}::text[], ${urls}::text[]) as n (slot, kind, url) order by n.slot
    on conflict (activity_id, slot) do nothing`)
}

/** A draft again, with its times. Nothing of it is reserved before it starts. */
export async function unscheduleActivity(db: Database, context: RequestContext, id: number): Promise<Activity> {
  return move(db, context, id, 'unschedule', () => 'draft')
}

/** No further message leaves; those on their way are awaited. */
export async function pauseActivity(db: Database, context: RequestContext, id: number): Promise<Activity> {
  return move(db, context, id, 'pause', () => 'paused')
}

/** Continues where it stopped: with the audience, or with freezing it. One that failed is started once more. */
export async function resumeActivity(db: Database, context: RequestContext, id: number): Promise<Activity> {
  return move(db, context, id, 'resume', frozen => (frozen ? 'sending' : 'starting'))
}

/** For good, with the reminder that is planned with it. What is queued becomes Not sent (cancelled): the worker's sweep. */
export async function cancelActivity(db: Database, context: RequestContext, id: number): Promise<Activity> {
  return move(db, context, id, 'cancel', () => 'cancelled')
}

async function move(
  db: Database,
  context: RequestContext,
  id: number,
  act: 'unschedule' | 'pause' | 'resume' | 'cancel',
  to: (frozen: boolean) => ActivityState,
): Promise<Activity> {
  const { workspaceId, actor, now } = context
  await db.tx(async tx => {
    const { state, frozenAt, reminderId } = await readActivity(tx, workspaceId, id, true)
    if (!allows(act, state)) throw refusal(act, state)
    const withReminder = act === 'cancel' && reminderId !== null && (await cancelUnstarted(tx, context, reminderId))
    if (act === 'unschedule' || act === 'cancel') await dropAudience(tx, id)
    if (act === 'cancel') await dropLook(tx, id)
    await tx.run(sql`
      update activities set state = ${to(frozenAt !== null)}, revision = revision + 1, updated_at = ${now}, ${startedAfresh},
        reminder_state = case when ${act === 'cancel'} and (${withReminder} or reminder_state in ('planned', 'late')) then 'cancelled' else reminder_state end,
        reminder_fault = case when ${act === 'cancel'} or reminder_state = 'planned' then null else reminder_fault end
      where id = ${id} and workspace_id = ${workspaceId}`)
    await audit(
      tx,
      { workspaceId, actor, action: `activity.${act}`, subject: `activity ${id}`, details: { from: state } },
      now,
    )
  })
  return getActivity(db, context, id)
}

/** The reminder of a cancelled activity, as long as nobody is to get it yet. False: it has started, or a person has taken it back. */
async function cancelUnstarted(tx: Db, context: RequestContext, id: number): Promise<boolean> {
  const { workspaceId, actor, now } = context
  const rows = await tx.query<{ state: string }>(
    sql`select state from activities where workspace_id = ${workspaceId} and id = ${id} and frozen_at is null
        and state = any(${[...statesBeforeStart]}::text[]) and deleted_at is null for update`,
  )
  const [found] = rows
  if (found === undefined) return false
  await dropAudience(tx, id)
  await dropLook(tx, id)
  await tx.run(
    sql`update activities set state = 'cancelled', revision = revision + 1, updated_at = ${now}, ${startedAfresh}
      where workspace_id = ${workspaceId} and id = ${id}`,
  )
  const details = { from: found.state }
  await audit(tx, { workspaceId, actor, action: 'activity.cancel', subject: `activity ${id}`, details }, now)
  return true
}
