/**
 * A scheduled activity that is due is started: its audience is frozen, then it sends. Several processes may look; one does it.
 *
 * A start that fails is tried again after 1 s, 2 s, 4 s up to 5 minutes; the due time is in the database, so that a restart
 * keeps it. A problem that no second try can solve, or one that stays, makes the activity `failed` with its reason: a person
 * edits it, starts it again or cancels it; one whose segments use what is missing starts automatically when it is there again. A fault of the database itself (away, full, busy) is never final.
 */
import { ofFrozen } from '../../core/activities/send-to.ts'
import { settingsFrom } from '../../core/activities/settings.ts'
import { templateOf } from '../../core/activities/tags.ts'
import { Problem } from '../../core/problems.ts'
import { membersOf } from '../audience/audience-members.ts'
import { type Frozen, freeze } from '../audience/freeze.ts'
import { keptMembers } from '../audience/kept.ts'
import type { Clock } from '../platform/clock.ts'
import { type Database, sqlState } from '../platform/db/database.ts'
import { int, rowsNamed } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'
import type { Log } from '../platform/log.ts'
import { inLines } from '../platform/safe-error.ts'

/** Then a start that fails in the same way is given up: after some two minutes. */
export const mostTries = 8
/** Then a start during which the process ended each time, without a word, is given up. */
const mostDeaths = 20
const longestWaitSeconds = 300
const longestReason = 300

export interface StartInput {
  db: Database
  clock: Clock
  log: Log
  linkUrl: string
  /** real time */
  realNow?: () => Date
}

const dueRows = rowsNamed('activities-due', { id: int })

export async function startDue(input: StartInput): Promise<number> {
  const { db, clock, log, realNow = () => new Date() } = input
  const due = await db.query<{ id: number }>(
    sql`select id from activities where (state = 'scheduled' and send_at <= ${clock.now()})
        or (state = 'starting' and (start_again_at is null or start_again_at <= ${realNow()})) order by send_at, id`,
    dueRows,
  )
  for (const { id } of due) {
    try {
      await startActivity(input, id)
    } catch (error) {
      log.error({ err: error, activity: id }, 'an activity could not be started')
    }
  }
  return due.length
}

/** Why it has not started, without what a database's message may quote. Where that is final, it has failed. */
async function noteFailure(db: Database, id: number, error: unknown): Promise<void> {
  const code = sqlState(error)
  const why =
    error instanceof Problem
      ? error.message
      : code === undefined
        ? (inLines(error).split('\n')[0] ?? '')
        : `the database said ${code}`
  const waitsFor = error instanceof Problem && error.code.startsWith('segment_') ? 'segment' : null
  const tries = error instanceof Problem ? 0 : isOfDatabase(code, error) ? null : mostTries
  await db
    .run(
      sql`update activities set state_detail = ${why.slice(0, longestReason)}, waits_for = ${waitsFor},
        state = case when start_tries >= ${tries}::int then 'failed' else state end where id = ${id} and state = 'starting'`,
    )
    .catch(() => {}) // it is away: nothing can be noted there
}

const patienceMs = 24 * 3_600_000

/**
 * Starts what failed because something that its segments use was missing, once nothing is missing any more: within a day of its time. After
 * that, a person starts it. Returns how many.
 */
export async function startCorrected({ db, clock, log }: StartInput): Promise<number> {
  const now = clock.now()
  const waiting = await db.query<{ id: number; workspaceId: number; settings: unknown }>(
    sql`select a.id, a.workspace_id as "workspaceId", v.settings from activities a
      join activity_versions v on v.activity_id = a.id and v.version = a.version
      where a.state = 'failed' and a.waits_for = 'segment' and a.send_at > ${new Date(now.getTime() - patienceMs)} and a.deleted_at is null
      order by a.id limit 100`,
  )
  let started = 0
  for (const { id, workspaceId, settings } of waiting) {
    try {
      await membersOf(db, settingsFrom(settings).sendTo.selection, { workspaceId, now })
    } catch (error) {
      if (error instanceof Problem) continue
      throw error
    }
    started += await db.run(
      sql`update activities set state = 'starting', waits_for = null, start_again_at = null where id = ${id} and state = 'failed' and waits_for = 'segment'`,
    )
    log.info({ activity: id }, 'an activity starts: what its segments use is there again')
  }
  return started
}

/**
 * Connection, rollback for others' sake, resources, a person's intervention, the system: over some time without our doing. An
 * error of the socket has no SQLSTATE. https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
function isOfDatabase(code: string | undefined, error: unknown): boolean {
  if (code !== undefined) return /^(08|40|53|57|58)/.test(code)
  return error instanceof Error && ('errno' in error || /connection|timeout/i.test(error.message))
}

/**
 * Freezes it; undefined where it is not (any more) to be started, or is being started elsewhere. The try is counted before it
 * begins, so that one that ends its process is given up too. What goes wrong is noted, and thrown.
 */
export async function startActivity(input: StartInput, activityId: number): Promise<Frozen | undefined> {
  if (!(await begin(input, activityId))) return undefined
  try {
    return await freezeActivity(input, activityId)
  } catch (error) {
    await noteFailure(input.db, activityId, error)
    throw error
  }
}

async function begin({ db, realNow = () => new Date() }: StartInput, activityId: number): Promise<boolean> {
  const [begun] = await db.query<{ tries: number; noted: boolean }>(
    sql`update activities set state = 'starting', start_tries = start_tries + 1,
        start_again_at = ${realNow()}::timestamptz + least(${longestWaitSeconds}::int, power(2, least(start_tries, 16))) * interval '1 second'
      where id = ${activityId} and (state = 'scheduled' or (state = 'starting' and (start_again_at is null or start_again_at <= ${realNow()})))
      returning start_tries as tries, state_detail is not null as noted`,
  )
  if (begun === undefined) return false
  if (begun.tries <= mostDeaths || begun.noted) return true
  await db.run(
    sql`update activities set state = 'failed', state_detail = ${`the process that started it ended each time, ${mostDeaths} times`}
      where id = ${activityId} and state = 'starting'`,
  )
  return false
}

async function freezeActivity({ db, clock, linkUrl }: StartInput, activityId: number): Promise<Frozen | undefined> {
  const [row] = await db.query<{ workspaceId: number; settings: unknown }>(
    sql`select a.workspace_id as "workspaceId", v.settings from activities a join activity_versions v on v.activity_id = a.id and v.version = a.version
      where a.id = ${activityId} and a.state = 'starting'`,
  )
  if (row === undefined) return undefined
  const { workspaceId } = row
  const { content, sendTo, maxParts, linkDomain } = settingsFrom(row.settings)
  const now = clock.now()
  const frozen = await freeze(db, {
    activityId,
    workspaceId,
    channel: content.channel,
    sendTo: ofFrozen(sendTo),
    members: sendTo.frozen ? keptMembers(activityId) : await membersOf(db, sendTo.selection, { workspaceId, now }),
    template: templateOf(content),
    linkUrl: linkDomain ?? linkUrl,
    now,
    maxParts,
  })
  await db.run(
    sql`update activities set state_detail = null, start_tries = 0, start_again_at = null
      where id = ${activityId} and start_tries > 0 and state <> 'failed'`,
  )
  return frozen
}
