/**
 * Alarms: what a person should look at. The only place that raises and clears them.
 *
 * Always: at most one alarm per kind and subject is raised at a time. Who watches gives the whole of what holds now; what is new
 * is raised, what no longer holds is cleared, what was reworded is rewritten. Doing it again, or by several processes,
 * changes nothing. What stops before `afterMs` of real time have passed was a hiccup: nobody has seen it, and it goes.
 */
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'

export const alarmKinds = [
  'gateway_down',
  'gateway_credentials',
  'gateway_unreadable',
  'gateway_silent',
  'gateway_refuses',
  'webhook_refused',
  'activity_refused',
  'activity_not_started',
  'activity_failed',
  'activity_unreadable',
  'reminder_not_sent',
  'sending_held',
  'inbox_behind',
  'receipts_unmatched',
  'deliveries_unreadable',
  'records_set_aside',
  'spool_in_use',
  'spool_unwritable',
  'database_slow',
  'journal_failed',
  'secret_key_missing',
  'attempts_unsettled',
  'process_down',
  'proxy_not_trusted',
] as const
export type AlarmKind = (typeof alarmKinds)[number]

/** Something that holds now. */
export interface Standing {
  kind: AlarmKind
  /** what it is about, unique with the kind: "gateway 3", "activity 12", "installation" */
  subject: string
  /** null: the whole installation */
  workspaceId: number | null
  /** what is wrong, for anybody; as long as it reads the same, nothing has changed */
  sentence: string
  /** what to do, or that nothing is to be done */
  fix: string
  /** the same in an operator's words */
  detail: string
  /** shown only after it has held for so long, real time */
  afterMs: number
}

/** Which alarms a watcher answers for: of these kinds, and where it is given of this subject only. */
export interface AlarmScope {
  kinds: readonly AlarmKind[]
  subject?: string
}

/** `now`: business time. All of the scope that is not in `standing` is cleared. */
export async function settleAlarms(
  db: Database,
  { kinds, subject }: AlarmScope,
  standing: readonly Standing[],
  now: Date,
): Promise<void> {
  const realNow = new Date()
  await db.tx(async tx => {
    const open = await tx.query<{ id: number; kind: AlarmKind; subject: string; shown: boolean }>(sql`
      select id, kind, subject, shown_at <= ${realNow} as shown from alarms
      where cleared_at is null and kind = any(${[...kinds]}::text[]) and ${subject === undefined ? sql`true` : sql`subject = ${subject}`}
      order by id for update`)
    const over = open.filter(alarm => !standing.some(one => one.kind === alarm.kind && one.subject === alarm.subject))
    const idsWhere = (shown: boolean) => over.filter(alarm => alarm.shown === shown).map(({ id }) => id)
    if (over.length > 0) {
      await tx.run(sql`update alarms set cleared_at = ${now} where id = any(${idsWhere(true)}::bigint[])`)
      await tx.run(sql`delete from alarms where id = any(${idsWhere(false)}::bigint[])`)
    }
    for (const one of standing) await raise(tx, one, now, realNow)
  })
}

/** When it began stays as it was; the words may change. */
async function raise(tx: Db, one: Standing, now: Date, realNow: Date): Promise<void> {
  const { kind, subject, workspaceId, sentence, fix, detail } = one
  const shownAt = new Date(realNow.getTime() + one.afterMs)
  await tx.run(sql`
    insert into alarms as a (workspace_id, kind, subject, sentence, fix, detail, raised_at, shown_at)
    values (${workspaceId}, ${kind}, ${subject}, ${sentence}, ${fix}, ${detail}, ${now}, ${shownAt})
    on conflict (kind, subject) where cleared_at is null do update
      set sentence = excluded.sentence, fix = excluded.fix, detail = excluded.detail
      where (a.sentence, a.fix, a.detail) is distinct from (excluded.sentence, excluded.fix, excluded.detail)`)
}

export interface Alarm {
  id: number
  kind: string
  subject: string
  sentence: string
  fix: string
  detail: string
  /** business time */
  raisedAt: Date
}

/** The alarms of a workspace: its own and those of the installation, the oldest first. Of more than 50 the newest, and reminders last: they may be many. */
export async function listAlarms(db: Db, workspaceId: number): Promise<Alarm[]> {
  return db.query<Alarm>(sql`
    select id, kind, subject, sentence, fix, detail, raised_at as "raisedAt" from (
      select * from alarms
      where cleared_at is null and shown_at <= ${new Date()} and (workspace_id = ${workspaceId} or workspace_id is null)
      order by kind = 'reminder_not_sent', raised_at desc, id limit 50) a
    order by raised_at, id`)
}
