/**
 * The reminder that is planned with an activity: planned, changed and removed by a person, and made when it is due: an activity of its own,
 * scheduled at once, with the settings of the first and live until it starts. Who clicked or opted out by then gets none.
 *
 * Always: one transaction makes the reminder, schedules it, and notes its id in the row that it locked. So a crash at any point, and several
 * workers at once, make it once or not yet. It waits while the first is paused, or while somebody still waits for the first SMS.
 */
import { withText } from '../../core/activities/content.ts'
import { problemOf } from '../../core/activities/fields.ts'
import {
  isOfReminder,
  type ReminderPlan,
  type ReminderState,
  readReminder,
  reminderAt,
  reminderName,
} from '../../core/activities/reminder.ts'
import { allows, refusal } from '../../core/activities/states.ts'
import { Problem, problem } from '../../core/problems.ts'
import { audit } from '../access/audit.ts'
import { isVisible } from '../messages/visible.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import type { Log } from '../platform/log.ts'
import { holdNames } from '../segments/names-lock.ts'
import { type Activity, getActivity, insertDraft, type RequestContext, storedReminder } from './draft.ts'
import { checkReminder } from './readiness.ts'
import { readCountsFrom } from './reminder-time.ts'
import { scheduleIn } from './schedule.ts'
import { type ActivityRow, readActivity, readSurroundings } from './store.ts'

/** One that could not be sent for so long after its time is not sent any more: its words may not be true any more. Business time, from the time when it was due. */
export const lateMs = 24 * 3_600_000

/** What has become of a plan. */
export interface ReminderStatus {
  state: ReminderState
  /** when it is due; null: not known before the last message is sent */
  at: Date | null
  /** the activity that it has become */
  activityId: number | null
  /** why it could not be sent so far */
  fault: string | null
}

type OfReminder = 'reminder' | 'reminderState' | 'reminderId' | 'reminderFault' | 'timeZone'

/** `from`: from when its time counts. */
export function reminderStatus(row: Pick<ActivityRow, OfReminder>, from: Date | null): ReminderStatus | null {
  const { reminder, reminderState: state, reminderId, reminderFault } = row
  if (reminder === null || state === null) return null
  const at = from === null ? null : reminderAt(from, reminder, row.timeZone)
  return { state, at, activityId: reminderId, fault: reminderFault }
}

/**
 * Of a draft as of what is sent, until the reminder is made. Throws not_found, conflict, activity_state, activity_not_ready (what is wrong
 * with it), reminder_past, reminder_exists: another one was made by hand, and nobody has said that people may get both.
 */
export async function planReminder(
  db: Database,
  context: RequestContext,
  id: number,
  revision: number,
  plan: ReminderPlan,
  others?: 'keep',
): Promise<Activity> {
  const { workspaceId, actor, now, url, linkUrl } = context
  await db.tx(async tx => {
    const before = await lockOpen(tx, context, id)
    // Its text may name attributes.
    await holdNames(tx, workspaceId)
    if (before.revision !== revision)
      throw problem('conflict', {
        what: `Somebody changed this activity since you loaded it (revision ${before.revision}, yours ${revision}).`,
      })
    if (!allows('edit', before.state)) {
      const surroundings = await readSurroundings(tx, workspaceId)
      const faults = before.faults.filter(fault => !isOfReminder(fault))
      const wrong = checkReminder({ ...before, faults, reminder: plan }, { ...surroundings, url, linkUrl, now })
      if (wrong.length > 0) throw problem('reminder_not_ready', { what: wrong.map(one => one.sentence).join(' ') })
      const from = (await readCountsFrom(tx, [before])).get(id) ?? null
      if (from !== null && reminderAt(from, plan, before.timeZone) <= now) throw problem('reminder_past')
    }
    if (others === undefined && before.reminderState !== 'planned') {
      const name = await nameOfOther(tx, workspaceId, id)
      if (name !== undefined) throw problem('reminder_exists', { name })
    }
    await writePlan(tx, context, id, plan)
    const { n, unit } = plan.after
    const act = { workspaceId, actor, action: 'reminder.plan', subject: `activity ${id}`, details: { [unit]: n } }
    await audit(tx, act, now)
  })
  return getActivity(db, context, id)
}

/** Of a reminder by hand that is scheduled or sent; a draft reaches nobody yet. */
async function nameOfOther(tx: Db, workspaceId: number, id: number): Promise<string | undefined> {
  const [other] = await tx.query<{ name: string }>(
    sql`select a.name from activities a where a.workspace_id = ${workspaceId} and a.id > ${id} and ${isVisible}
        and a.send_to ->> 'reminds' = ${String(id)} and a.state not in ('draft', 'cancelled') order by a.id desc limit 1`,
  )
  return other?.name
}

/** One that is not there is removed already. Throws not_found, conflict, activity_state. */
export async function removeReminder(db: Database, context: RequestContext, id: number): Promise<Activity> {
  await db.tx(async tx => {
    const { reminder } = await lockOpen(tx, context, id)
    if (reminder !== null) await dropPlan(tx, context, id)
  })
  return getActivity(db, context, id)
}

/** Of an activity that the caller has locked. */
export async function dropPlan(tx: Db, context: RequestContext, id: number): Promise<void> {
  const { workspaceId, actor, now } = context
  await writePlan(tx, context, id, null)
  await audit(tx, { workspaceId, actor, action: 'reminder.remove', subject: `activity ${id}` }, now)
}

async function lockOpen(tx: Db, { workspaceId }: RequestContext, id: number): Promise<ActivityRow> {
  const found = await readActivity(tx, workspaceId, id, true)
  if (!allows('planReminder', found.state)) throw refusal('planReminder', found.state)
  if (found.reminderState === 'made')
    throw problem('conflict', { what: 'The reminder has become an SMS of its own. Change or cancel that one.' })
  return found
}

async function writePlan(
  tx: Db,
  { workspaceId, now }: RequestContext,
  id: number,
  plan: ReminderPlan | null,
): Promise<void> {
  const { document, state } = storedReminder(plan)
  await tx.run(sql`
    update activities set reminder = ${document}::jsonb, reminder_state = ${state}, reminder_fault = null, reminder_fault_at = null,
      revision = revision + 1, updated_at = ${now}
    where workspace_id = ${workspaceId} and id = ${id}`)
}

export interface ReminderInput {
  db: Database
  clock: Clock
  log: Log
  url: string
  /** of workspaces without their own */
  linkUrl: string
}

interface Due {
  id: number
  workspaceId: number
  linkDomain: string | null
  fault: string | null
}

/** Makes the reminders that are due. Returns how many were made. One that cannot be read or made keeps back no other. */
export async function makeDueReminders({ db, clock, log, url, linkUrl }: ReminderInput): Promise<number> {
  let made = 0
  for (const { id, workspaceId, linkDomain, fault } of await readDue(db, clock.now())) {
    const context = { workspaceId, actor: 'homing', url, linkUrl: linkDomain ?? linkUrl, now: clock.now() }
    try {
      if ((await makeReminder(db, context, id)) !== null) made++
    } catch (error) {
      const words = wordsOf(error)
      // It is tried every few seconds for a day: the log tells of it once.
      if (words !== fault) log.error({ err: error, activity: id }, 'a planned reminder could not be made')
      await noteFault(db, context, id, words)
    }
  }
  return made
}

/** Few are planned at a time; their times need the calendar of their workspaces. A plan that cannot be read is due: making it says what is wrong. */
async function readDue(db: Db, now: Date): Promise<Due[]> {
  const rows = await db.query<Due & { reminder: unknown; timeZone: string; frozenAt: Date }>(
    sql`select a.id, a.workspace_id as "workspaceId", w.link_domain as "linkDomain", a.reminder, a.reminder_fault as fault,
        w.time_zone as "timeZone", a.frozen_at as "frozenAt"
      from activities a join workspaces w on w.id = a.workspace_id
      where a.reminder_state = 'planned' and a.frozen_at is not null and a.state in ('sending', 'sent') and a.deleted_at is null
      order by a.frozen_at, a.id`,
    'reminders-planned',
  )
  return rows.filter(({ reminder, frozenAt, timeZone }) => {
    const { value: plan, faults } = readReminder(reminder)
    return faults.length > 0 || (plan !== null && reminderAt(frozenAt, plan, timeZone) <= now)
  })
}

/** Null: not now, or by somebody else. */
async function makeReminder(db: Database, context: RequestContext, id: number): Promise<number | null> {
  const { workspaceId, now } = context
  return db.tx(async tx => {
    const first = await readActivity(tx, workspaceId, id, true)
    const { reminder, name, content, sendTo, gatewayId, quietHours, frozenAt, faults } = first
    if (reminder === null || first.reminderState !== 'planned' || frozenAt === null) return null
    if (first.state !== 'sending' && first.state !== 'sent') return null
    if (faults.some(isOfReminder)) throw problemOf(faults)
    if (reminderAt(frozenAt, reminder, first.timeZone) > now) return null
    const from = (await readCountsFrom(tx, [first])).get(id) ?? null
    if (from === null) {
      if (first.reminderFault !== null) await clearFault(tx, context, id)
      return null
    }
    const at = reminderAt(from, reminder, first.timeZone)
    if (at > now) return null
    if (now.getTime() - at.getTime() > lateMs) {
      await giveUp(tx, context, id)
      return null
    }
    if (faults.length > 0) throw problemOf(faults)
    const made = await insertDraft(tx, context, {
      name: reminderName(name),
      content: reminder.body === null ? content : withText(content, reminder.body),
      sendTo: { ...sendTo, frozen: false, reminds: id },
      gatewayId,
      quietHours,
    })
    await tx.run(sql`
      update activities set reminder_state = 'made', reminder_id = ${made}, reminder_fault = null, reminder_fault_at = null, revision = revision + 1
      where workspace_id = ${workspaceId} and id = ${id}`)
    await scheduleIn(tx, context, made, { sendAt: null })
    return made
  })
}

/** It waits for the first SMS now. */
async function clearFault(tx: Db, { workspaceId }: RequestContext, id: number): Promise<void> {
  await tx.run(
    sql`update activities set reminder_fault = null, reminder_fault_at = null where workspace_id = ${workspaceId} and id = ${id}`,
  )
}

const tooLate = 'It could not be sent within a day of its time.'

async function giveUp(tx: Db, { workspaceId, now }: RequestContext, id: number): Promise<void> {
  await tx.run(
    sql`update activities set reminder_state = 'late', reminder_fault = coalesce(reminder_fault, ${tooLate}), reminder_fault_at = ${now}
      where workspace_id = ${workspaceId} and id = ${id}`,
  )
}

/** Why it waits, for a page and an alarm. It is tried again until it is late. */
async function noteFault(db: Database, { workspaceId, now }: RequestContext, id: number, words: string): Promise<void> {
  await db
    .run(
      sql`update activities set reminder_fault = ${words}, reminder_fault_at = coalesce(reminder_fault_at, ${now})
      where workspace_id = ${workspaceId} and id = ${id} and reminder_state = 'planned' and reminder_fault is distinct from ${words}`,
    )
    .catch(() => {}) // the database is away: nothing can be noted there
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Problem)) return 'Something went wrong on the server. The log of the worker says what.'
  const { what } = error.details
  return error.code === 'activity_not_ready' && typeof what === 'string' ? what : error.message
}
