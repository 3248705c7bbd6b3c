/** What is scheduled and due is started: its audience is frozen, then it sends. Several processes may look; one does it. */
import { Problem } from '../../core/problems.ts'
import { parseTemplate } from '../../core/sms/template.ts'
import { type Frozen, freeze } from '../audience/freeze.ts'
import type { Clock } from '../platform/clock.ts'
import { type Database, sqlState } from '../platform/db.ts'
import type { Log } from '../platform/log.ts'
import { sql } from '../platform/sql.ts'
import type { VersionSettings } from './plan.ts'

export interface StartInput {
  db: Database
  clock: Clock
  log: Log
  linkUrl: string
}

export async function startDue(input: StartInput): Promise<number> {
  const { db, clock, log } = input
  const due = await db.query<{ id: number }>(
    sql`select id from activities where (state = 'scheduled' and send_at <= ${clock.now()}) or state = 'starting' order by send_at, id`,
    'activities-due',
  )
  for (const { id } of due) {
    try {
      await startActivity(input, id)
    } catch (error) {
      log.error({ err: error, activity: id }, 'an activity could not be started; it is tried again')
      await noteFailure(db, id, error)
    }
  }
  return due.length
}

/** For the alarm: why it has not started, without what a database's message may quote. It is tried again all the same. */
async function noteFailure(db: Database, id: number, error: unknown): Promise<void> {
  const code = sqlState(error)
  const why =
    error instanceof Problem ? error.message : code === undefined ? String(error) : `the database said ${code}`
  await db
    .run(
      sql`update activities set state_detail = ${why.slice(0, 300)} where id = ${id} and state = 'starting' and state_detail is distinct from ${why.slice(0, 300)}`,
    )
    .catch(() => {}) // it is away: nothing can be noted there
}

/** Freezes it; undefined where it is not (any more) to be started. */
export async function startActivity(
  { db, clock, linkUrl }: StartInput,
  activityId: number,
): Promise<Frozen | undefined> {
  await db.run(sql`update activities set state = 'starting' where id = ${activityId} and state = 'scheduled'`)
  const [row] = await db.query<{ workspaceId: number; settings: VersionSettings }>(
    sql`select a.workspace_id as "workspaceId", v.settings from activities a join activity_versions v on v.activity_id = a.id and v.version = a.version
      where a.id = ${activityId} and a.state = 'starting'`,
  )
  if (row === undefined) return undefined
  const { settings, workspaceId } = row
  const frozen = await freeze(db, {
    activityId,
    workspaceId,
    sendTo: { topics: settings.sendTo.topics.map(topic => topic.id), duplicates: settings.sendTo.duplicates },
    template: parseTemplate(settings.body, { smart: settings.smart }),
    linkUrl,
    now: clock.now(),
  })
  await db.run(sql`update activities set state_detail = null where id = ${activityId} and state_detail is not null`)
  return frozen
}
