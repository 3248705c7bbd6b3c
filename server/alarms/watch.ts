/**
 * What is wrong right now? Read from what the others have written: sessions, activities, the installation. Each says it in a
 * marketer's words first (what it means for the sending, what to do), then in an operator's.
 */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readGatewaySettings } from '../gateways/find-kind.ts'
import { type Clock, monotonicMs } from '../platform/clock.ts'
import { everyBucket } from '../platform/db/buckets.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { leaseIsOver, leaseRuns } from '../platform/leases/lease.ts'
import { type AlarmKind, type Standing, settleAlarms } from './alarms.ts'
import { findRefused } from './refused.ts'
import { behindKinds, findBehind, findUnmatched, unmatchedEveryMs, unmatchedKinds } from './watch-inbox.ts'
import { findUnwritable, probeEveryMs } from './watch-spool.ts'

/** A reconnect, a restart, a deadlock: over before anybody could do something about it. */
const hiccupMs = 15_000
const slowMs = 1_000
const slowInARow = 3
const unsettledMs = 60_000

const shared: readonly AlarmKind[] = [
  'gateway_down',
  'gateway_credentials',
  'gateway_unreadable',
  'gateway_silent',
  'gateway_refuses',
  'activity_refused',
  'activity_not_started',
  'activity_failed',
  'activity_unreadable',
  'reminder_not_sent',
  'sending_held',
  'attempts_unsettled',
]
const disk: readonly AlarmKind[] = ['spool_unwritable']
const own: readonly AlarmKind[] = ['spool_in_use', 'database_slow', 'journal_failed', 'secret_key_missing']

export interface WatchInput {
  db: Database
  clock: Clock
  /** what came in and could not be written, of this machine */
  spoolFolder: string
  /** which of several machines */
  machine: string
  /** why what is handed to gateways cannot be noted */
  journalFault?: () => string | undefined
  /** why gateways cannot be opened with the keys of this process; undefined: they can */
  secretFault?: () => string | undefined
  /** how long a spool may wait for the database before it raises an alarm; 60 s */
  spoolOldMs?: number
}

export class AlarmWatch {
  readonly #input: WatchInput
  #slow = 0
  #countedMs = Number.NEGATIVE_INFINITY
  #probedMs = Number.NEGATIVE_INFINITY

  constructor(input: WatchInput) {
    this.#input = input
  }

  /** One look. `now`: business time. */
  async look(now: Date): Promise<void> {
    const { db, machine, clock } = this.#input
    const began = Date.now()
    const held = await findHeld(db)
    this.#slow = Date.now() - began > slowMs ? this.#slow + 1 : 0
    const unreadable = await findUnreadable(db)
    await settleAlarms(
      db,
      { kinds: shared },
      [
        ...held,
        ...unreadable,
        ...(await findGateways(db)).filter(({ subject }) => !unreadable.some(one => one.subject === subject)),
        ...(await findNotStarted(db)),
        ...(await findPausedUnreadable(db)),
        ...(await findReminders(db, now)),
        ...(await findUnsettled(db)),
        ...(await findRefused(db, now)),
      ],
      now,
    )
    await settleAlarms(
      db,
      { kinds: own, subject: machine },
      [...(await this.#spool()), ...this.#slowness(), ...this.#journal(), ...this.#secrets()],
      now,
    )
    await settleAlarms(db, { kinds: behindKinds }, await findBehind(db, clock), now)
    if (monotonicMs() - this.#probedMs > probeEveryMs) {
      const { spoolFolder } = this.#input
      await settleAlarms(db, { kinds: disk, subject: machine }, await findUnwritable(spoolFolder, machine), now)
      this.#probedMs = monotonicMs()
    }
    if (monotonicMs() - this.#countedMs > unmatchedEveryMs) {
      await settleAlarms(db, { kinds: unmatchedKinds }, await findUnmatched(db, now), now)
      this.#countedMs = monotonicMs()
    }
  }

  /** What only this process can see is not seen any more. */
  async stop(now: Date): Promise<void> {
    await settleAlarms(this.#input.db, { kinds: [...own, ...disk], subject: this.#input.machine }, [], now)
  }

  async #spool(): Promise<Standing[]> {
    const { spoolFolder, machine, spoolOldMs = 60_000 } = this.#input
    const before = Date.now() - spoolOldMs
    const names = await readdir(spoolFolder).catch(() => [])
    const files = await Promise.all(
      names.filter(name => name.endsWith('.spool')).map(name => stat(join(spoolFolder, name)).catch(() => undefined)),
    )
    const old = files.filter(file => file !== undefined && (file.birthtimeMs || file.mtimeMs) <= before)
    if (old.length === 0) return []
    const bytes = old.reduce((sum, file) => sum + (file?.size ?? 0), 0)
    return [
      {
        kind: 'spool_in_use',
        subject: machine,
        workspaceId: null,
        sentence: 'Deliveries, clicks and replies are counted late.',
        fix: 'Nothing is lost: they are kept safely and are counted when the database keeps up again. If this stays, tell your administrator.',
        detail: `${old.length} file(s) in the spool folder of ${machine} have waited for the database for over ${spoolOldMs / 1000} s, ${Math.ceil(bytes / 1_000_000)} MB.`,
        afterMs: 0,
      },
    ]
  }

  #journal(): Standing[] {
    const { machine, journalFault = () => undefined } = this.#input
    const fault = journalFault()
    if (fault === undefined) return []
    return [
      {
        kind: 'journal_failed',
        subject: machine,
        workspaceId: null,
        sentence: 'Nothing is sent: the server cannot write to its disk.',
        fix: 'Nothing is lost: sending continues when there is room. Tell your administrator.',
        detail: `The folder journal in the data folder of ${machine} cannot be written: ${fault}. Free some space, or correct the rights of the folder.`,
        afterMs: 0,
      },
    ]
  }

  #secrets(): Standing[] {
    const { machine, secretFault = () => undefined } = this.#input
    const fault = secretFault()
    if (fault === undefined) return []
    return [
      {
        kind: 'secret_key_missing',
        subject: machine,
        workspaceId: null,
        sentence: 'Some gateways are not opened: the key of their secrets is missing.',
        fix: 'Nothing is lost: their SMS wait. Tell your administrator to put the key back.',
        detail: `On ${machine}: ${fault}.`,
        afterMs: 0,
      },
    ]
  }

  #slowness(): Standing[] {
    if (this.#slow < slowInARow) return []
    return [
      {
        kind: 'database_slow',
        subject: this.#input.machine,
        workspaceId: null,
        sentence: 'Homing is slow at the moment.',
        fix: 'Sending and counting continue, only later. If this stays, tell your administrator.',
        detail: `The database has taken over ${slowMs} ms for a statement that reads one row, ${slowInARow} times in a row.`,
        afterMs: 0,
      },
    ]
  }
}

/** Sessions that ended over a minute ago (real time), and whose unanswered attempts could not be settled. */
async function findUnsettled(db: Db): Promise<Standing[]> {
  const rows = await db.query<{ id: number; gatewayId: number; name: string; workspaceId: number }>(
    sql`select s.id, g.id as "gatewayId", g.name, g.workspace_id as "workspaceId" from gateway_sessions s join gateways g on g.id = s.gateway_id
      where s.ended_at is not null and not s.settled and ${leaseIsOver(sql`s.ended_at`, { marginMs: unsettledMs })} order by s.id desc limit 100`,
    'alarms-unsettled',
  )
  return rows.map(({ id, gatewayId, name, workspaceId }) => ({
    kind: 'attempts_unsettled',
    subject: `session ${id}`,
    workspaceId,
    sentence: `What became of some SMS of the gateway “${name}” is not known.`,
    fix: 'They are neither sent again nor counted until it is; all others continue. Tell your administrator: the log of the worker says why.',
    detail: `Session ${id} of gateway ${gatewayId} ended and its unanswered attempts cannot be settled. It is tried again each second; look for “session ${id}” in the log.`,
    afterMs: 0,
  }))
}

async function findHeld(db: Db): Promise<Standing[]> {
  const [row] = await db.query<{ why: string | null }>(
    sql`select sending_held as why from installation where id = 1`,
    'alarms-held',
  )
  if (!row?.why) return []
  return [
    {
      kind: 'sending_held',
      subject: 'installation',
      workspaceId: null,
      sentence: 'Sending is held.',
      fix: 'No gateway is opened: nothing is sent, and no deliveries and replies come in. The owner of this installation can release it, once no other copy of it does.',
      detail: row.why,
      afterMs: 0,
    },
  ]
}

/** Gateways of an unknown kind, or with settings that do not fit their kind: a newer version or a hand in the database wrote them. */
async function findUnreadable(db: Db): Promise<Standing[]> {
  const rows = await db.query<{ id: number; workspaceId: number; name: string; kind: string; settings: unknown }>(
    sql`select id, workspace_id as "workspaceId", name, kind, settings from gateways where removed_at is null order by id`,
    'alarms-gateway-settings',
  )
  return rows.flatMap(({ id, workspaceId, name, kind, settings }) => {
    const { fault } = readGatewaySettings(kind, settings)
    if (fault === null) return []
    return [
      {
        kind: 'gateway_unreadable',
        subject: `gateway ${id}`,
        workspaceId,
        sentence: `The gateway “${name}” is not opened. ${fault}`,
        fix: 'The other gateways continue. Enter its settings again under Settings → Gateways (or by “gateway change”), or run the version that wrote them.',
        detail: `Gateway ${id}: ${fault}`,
        afterMs: 0,
      },
    ]
  })
}

/**
 * Without any session that is bound while SMS wait for it; or refused its credentials, whatever waits. One that asks to
 * slow down is bound. What waits is queued or to be tried again in an activity that is being sent: not paused, not over. A message with a
 * route waits for the gateway of its route.
 */
async function findGateways(db: Db): Promise<Standing[]> {
  const rows = await db.query<{
    id: number
    workspaceId: number
    name: string
    refused: boolean
    silent: boolean
    refusing: boolean
    sessions: string
    waiting: number
  }>(
    sql`with moving as (select id, gateway_id from activities where kind = 'sending' and state = 'sending'),
      totals as (
        select /* fanout */ a.id, a.gateway_id, sum(t.n)::bigint as n from moving a join tallies t on t.activity_id = a.id
        where t.figure in ('queued', 'bounced_soft_retrying') group by a.id, a.gateway_id),
      routed as (
        select r.activity_id, r.gateway_id, sum(b.n)::bigint as n from moving a join activity_routes r on r.activity_id = a.id
        join breakdowns b on b.bucket = ${everyBucket} and b.activity_id = r.activity_id and b.kind = 'route' and b.key = r.route::text
        where b.figure in ('queued', 'bounced_soft_retrying') group by r.activity_id, r.gateway_id),
      shares as (
        select gateway_id, n from totals union all select gateway_id, n from routed
        union all select t.gateway_id, -r.n from routed r join totals t on t.id = r.activity_id),
      queued as (select gateway_id, sum(n)::bigint as n from shares group by gateway_id),
      seen as (
        select g.id, g.workspace_id as "workspaceId", g.name, coalesce(bool_or(s.state in ('bound', 'throttled')), false) as bound,
          coalesce(bool_or(s.state = 'refused_credentials'), false) as refused,
          coalesce(bool_or(s.state = 'silent'), false) as silent, coalesce(bool_or(s.state = 'refusing'), false) as refusing,
          coalesce(string_agg(distinct s.state || ': ' || coalesce(s.detail, ''), '; '), 'no session') as sessions,
          coalesce((select q.n from queued q where q.gateway_id = g.id), 0) as waiting
        from gateways g left join gateway_sessions s on s.gateway_id = g.id and s.ended_at is null and ${leaseRuns(sql`s.lease_until`)}
        where g.removed_at is null and not exists (select from installation where sending_held is not null) group by g.id)
      select * from seen where not bound and (refused or waiting > 0) order by id`,
    'alarms-gateways',
  )
  return rows.map(({ id, workspaceId, name, refused, silent, refusing, sessions, waiting }) => {
    const about = { subject: `gateway ${id}`, workspaceId, detail: `Gateway ${id}, ${sessions}` }
    const waits =
      waiting === 0 ? '' : waiting === 1 ? ' One SMS waits for it.' : ` ${grouped(waiting)} SMS wait for it.`
    if (silent)
      return {
        ...about,
        kind: 'gateway_silent',
        sentence: `The gateway “${name}” takes messages and never answers.${waits}`,
        fix: 'Homing asks it with one message at a time, less and less often, and continues when it answers. Nobody knows whether the unanswered ones were sent, so they are not sent again. Ask your provider.',
        afterMs: 0,
      }
    if (refusing)
      return {
        ...about,
        kind: 'gateway_refuses',
        sentence: `The gateway “${name}” refuses all messages.${waits}`,
        fix: 'Nothing is lost: Homing tries one message at a time and continues when the gateway takes it. Give your provider the code in the detail and ask what the account needs.',
        afterMs: hiccupMs,
      }
    return refused
      ? {
          ...about,
          kind: 'gateway_credentials',
          sentence: `The gateway “${name}” does not accept its credentials.${waits}`,
          fix: 'Nothing is sent through it, and it is not tried again: more tries may lock the account. Ask your provider for the right ones, enter them under Settings → Gateways (or by “gateway change”), and what waits is sent.',
          afterMs: 0,
        }
      : {
          ...about,
          kind: 'gateway_down',
          sentence: `The gateway “${name}” does not answer.${waits}`,
          fix: 'Nothing is lost: sending resumes automatically when the gateway is back. If this stays, ask your provider.',
          afterMs: hiccupMs,
        }
  })
}

/** The alarm of a reminder that was given up ends after this. Business time. */
const lateAlarmMs = 7 * 24 * 3_600_000

/** Planned reminders that are due and cannot be sent (server/activities/planned-reminders.ts): first those that still can be. */
async function findReminders(db: Db, now: Date): Promise<Standing[]> {
  const rows = await db.query<{ id: number; workspaceId: number; name: string; isLate: boolean; fault: string }>(
    sql`select id, workspace_id as "workspaceId", name, reminder_state = 'late' as "isLate", reminder_fault as fault
      from activities where reminder_fault is not null
        and (reminder_state = 'planned' or reminder_fault_at > ${new Date(now.getTime() - lateAlarmMs)})
      order by reminder_state = 'late', reminder_fault_at desc, id desc limit 100`,
    'alarms-reminders',
  )
  return rows.map(({ id, workspaceId, name, isLate, fault }) => ({
    kind: 'reminder_not_sent',
    subject: `activity ${id}`,
    workspaceId,
    sentence: isLate
      ? `The reminder of “${name}” was not sent. ${fault}`
      : `The reminder of “${name}” cannot be sent yet. ${fault}`,
    fix: isLate
      ? 'It was due more than a day ago, so it is not sent any more. Remove it on the report of the SMS, or send a reminder from there.'
      : 'Fix it within a day, and the reminder is sent automatically. Otherwise it is not sent any more.',
    detail: `Activity ${id}: ${fault}`,
    afterMs: hiccupMs,
  }))
}

/** One that is tried again, and one that was given up: the second waits for a person. The newest first: old ones hide no new one. */
async function findNotStarted(db: Db): Promise<Standing[]> {
  const rows = await db.query<{
    id: number
    workspaceId: number
    name: string
    failed: boolean
    waits: boolean
    detail: string
  }>(
    sql`select id, workspace_id as "workspaceId", name, state = 'failed' as failed, waits_for is not null as waits,
        coalesce(state_detail, 'no reason is known') as detail
      from activities where (state = 'starting' and state_detail is not null) or state = 'failed' order by id desc limit 100`,
    'alarms-not-started',
  )
  return rows.map(({ id, workspaceId, name, failed, waits, detail }) => {
    const about = { subject: `activity ${id}`, workspaceId, detail: `Activity ${id}: ${detail}` }
    if (failed && waits)
      return {
        ...about,
        kind: 'activity_failed',
        sentence: `“${name}” has not started, because something that its segments use is missing.`,
        fix: 'Nobody has got it. The technical details name what is missing: within a day of its time it starts automatically once that is there again. Or select it on the start page, then choose Edit or Try again, or cancel it.',
        afterMs: 0,
      }
    return failed
      ? {
          ...about,
          kind: 'activity_failed',
          sentence: `“${name}” could not be started, and is not tried again.`,
          fix: `Nobody has got it. Select it on the start page, then choose Edit or Try again, or cancel it. The reason is in the technical details.`,
          afterMs: 0,
        }
      : {
          ...about,
          kind: 'activity_not_started',
          sentence: `“${name}” could not be started yet.`,
          fix: 'Nobody has got it so far. Homing tries it again, later each time. If this stays, tell your administrator, or cancel it.',
          afterMs: hiccupMs,
        }
  })
}

/** Paused by the sender, because the stored settings of the activity cannot be read; a person pauses without a reason. */
async function findPausedUnreadable(db: Db): Promise<Standing[]> {
  const rows = await db.query<{ id: number; workspaceId: number; name: string; detail: string }>(
    sql`select id, workspace_id as "workspaceId", name, state_detail as detail from activities
      where state = 'paused' and state_detail is not null order by id desc limit 100`,
    'alarms-paused-unreadable',
  )
  return rows.map(({ id, workspaceId, name, detail }) => ({
    kind: 'activity_unreadable',
    subject: `activity ${id}`,
    workspaceId,
    sentence: `“${name}” is paused: its stored settings cannot be read.`,
    fix: 'The rest of it is not sent, and other activities continue. Tell your administrator; when the settings are corrected, choose Resume, or cancel it.',
    detail: `Activity ${id}: ${detail}`,
    afterMs: 0,
  }))
}

/** 12345 -> "12,345" */
const grouped = (n: number) => n.toLocaleString('en')
