/**
 * The report of an activity. Its figures are sums of tallies, never a count of messages, so its cost does not depend on the size
 * of the audience. All figures come from one statement, so that they always add up.
 *
 * `asOf` is business time and an argument. It only labels the report.
 */

import { type Content, type ContentOf, readContent } from '../../core/activities/content.ts'
import { problemOf } from '../../core/activities/fields.ts'
import { countsFrom, type ReminderPlan, type ReminderState, readReminder } from '../../core/activities/reminder.ts'
import { type ChosenSegments, type NamedSegments, readSendTo, type SendTo } from '../../core/activities/send-to.ts'
import { readSettings } from '../../core/activities/settings.ts'
import { notSentReasonKeys } from '../../core/audience/not-sent-reasons.ts'
import { type Channel, channelInWords } from '../../core/channels.ts'
import { windowEnd } from '../../core/messages/retry.ts'
import { inCurrency, moneyOf, sharesOf } from '../../core/money.ts'
import { completenessOf, type Figures, figuresOf } from '../../core/report/figures.ts'
import { type TopicColumns, topicColumns, topicsOf } from '../activities/activity-topics.ts'
import { gatewayColumns, type OverGateway } from '../activities/over-gateway.ts'
import { type ReminderStatus, reminderStatus } from '../activities/planned-reminders.ts'
import { gatewayJoin } from '../messages/simulated.ts'
import { isVisible } from '../messages/visible.ts'
import { everyBucket } from '../platform/db/buckets.ts'
import type { Db } from '../platform/db/database.ts'
import { decimal, int, orNull, rowsNamed, text, time } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'
import { namesOfSegments } from '../segments/saved.ts'
import { type CreditWorth, type WorthColumns, worthColumns, worthOf } from './credit-worth.ts'

export interface Report {
  /** the activity's id */
  activity: string
  name: string
  channel: Channel
  state: string
  /** business time, ISO */
  asOf: string
  /** the share of messages in a final state, 0..1 */
  completeness: number
  figures: Figures
  /** reason -> profiles, in the order of the table of reasons, without reasons that have no profiles */
  notSentReasons: Record<string, number>
  credits: ReportedCredits
  links: LinkFigures[]
  overview: Overview
}

/** Credits are decimals with four places. Money is their value in the workspace's currency, with two places. */
export interface ReportedCredits {
  charged: string
  reserved: string
  currency: string
  money: { charged: string; reserved: string }
  /** sent over the built-in simulator: nobody pays for it */
  simulated: boolean
  /** charges by country, the highest first; they add up to `charged` and its money. country: two letters, '' unknown */
  countries: { country: string; messages: number; credits: string; money: string }[]
}

export interface LinkFigures {
  /** never changes; names the link in segments and exports */
  id: number
  url: string
  clicks: number
  unique: number
  /** visits by suspected bots, suspect and bot */
  botClicks: number
  /** profiles whose link was opened by a person or a bot */
  visited: number
}

/** Send to in names. */
export interface SendToView extends Pick<SendTo, 'tags' | 'duplicates' | 'frequency' | 'frozen' | 'remindsWho'> {
  topics: string[]
  include: { match: 'any' | 'all'; segments: string[] }
  exclude: { match: 'any' | 'all'; segments: string[] }
  /** the name of the activity that it reminds of */
  reminds: string | null
}

/** The settings as they were when sending started; of a draft, the current ones. Times ISO. */
export interface Overview {
  /** why it could not start; null: no problem */
  stateDetail: string | null
  sender: string
  /** of an e-mail: its subject */
  text: string
  /** as it was sent; null: an SMS */
  email: ContentOf<'email'> | null
  sendTo: SendToView
  gateway: string | null
  /** the name of the paused gateway that it waits for; null: it waits for none */
  pausedGateway: string | null
  quietHours: boolean
  /** characters that would add parts are replaced */
  smart: boolean
  sendAt: string | null
  /** after it, nothing is sent or retried */
  latestAt: string | null
  startedAt: string | null
  frozenAt: string | null
  finishedAt: string | null
  /** the time after which no soft bounce is retried; null: nothing was sent yet */
  retriesEndAt: string | null
  /** planned with it; null: none */
  reminder: PlannedReminder | null
  revision: number
}

export interface PlannedReminder extends ReminderPlan, Omit<ReminderStatus, 'at'> {
  /** ISO */
  at: string | null
}

/** Undefined: the workspace has no such activity. Always seven statements. */
export async function getReport(
  db: Db,
  workspaceId: number,
  activityId: number,
  asOf: Date,
): Promise<Report | undefined> {
  const activity = await readActivity(db, workspaceId, activityId)
  if (activity === undefined) return undefined
  const tallies = await readTallies(db, activityId)
  const links = await readLinks(db, activityId)
  const n = new Map(tallies.map(row => [row.figure, row.n]))
  const credits = await readCredits(db, activityId, { ...worthOf(activity), simulated: activity.simulated })
  return {
    activity: String(activityId),
    name: activity.name,
    channel: channelInWords(activity.channel),
    state: activity.state,
    asOf: asOf.toISOString(),
    completeness: completenessOf(n),
    figures: figuresOf(n),
    notSentReasons: reasonsOf(n),
    credits,
    links,
    overview: overviewOf(
      activity,
      await readChoice(db, workspaceId, activity),
      n.get('queued') ?? 0,
      await readLastSent(db, activityId),
    ),
  }
}

interface ActivityRow extends TopicColumns, WorthColumns, OverGateway {
  name: string
  channel: string
  state: string
  stateDetail: string | null
  content: unknown
  gateway: string | null
  quietHours: boolean
  sendAt: Date | null
  latestAt: Date | null
  startedAt: Date | null
  frozenAt: Date | null
  finishedAt: Date | null
  reminder: unknown
  reminderState: ReminderState | null
  reminderId: number | null
  reminderFault: string | null
  timeZone: string
  revision: number
}

async function readActivity(db: Db, workspaceId: number, activityId: number): Promise<ActivityRow | undefined> {
  const [row] = await db.query<ActivityRow>(
    sql`select a.name, a.channel, a.state, a.state_detail as "stateDetail", a.content, g.name as gateway, ${gatewayColumns}, a.quiet_hours as "quietHours",
        ${worthColumns},
        ${topicColumns}, a.send_at as "sendAt", a.latest_at as "latestAt",
        a.started_at as "startedAt", a.frozen_at as "frozenAt", a.finished_at as "finishedAt",
        a.reminder, a.reminder_state as "reminderState", a.reminder_id as "reminderId", a.reminder_fault as "reminderFault",
        w.time_zone as "timeZone", a.revision
      from activities a
      join workspaces w on w.id = a.workspace_id
      left join activity_versions v on v.activity_id = a.id and v.version = a.version
      ${gatewayJoin}
      where a.workspace_id = ${workspaceId} and a.id = ${activityId} and ${isVisible}`,
    'report-activity',
  )
  return row
}

const tallyRows = rowsNamed('report-tallies', {
  figure: text,
  n: int,
  credits: decimal,
})

/** The sums of an activity. One statement, so that they always add up. */
export async function readTallies(
  db: Db,
  activityId: number,
): Promise<{ figure: string; n: number; credits: string }[]> {
  return db.query(
    sql`select t.figure, sum(t.n)::bigint as n, sum(t.credits) as credits from tallies t
      where t.bucket = ${everyBucket} and t.activity_id = ${activityId} group by t.figure`,
    tallyRows,
  )
}

const linkRows = rowsNamed('report-links', {
  id: int,
  url: orNull(text),
})

const linkSumRows = rowsNamed('report-link-sums', {
  id: text,
  clicks: int,
  unique: int,
  botClicks: int,
  visited: int,
})

/** The links of an activity in the order of its text, each with its clicks, without the unsubscribe link. */
export async function readLinks(db: Db, activityId: number): Promise<LinkFigures[]> {
  const links = await db.query<{ id: number; url: string | null }>(
    sql`select l.id, l.url from links l where l.activity_id = ${activityId} and l.kind = 'link' order by l.slot`,
    linkRows,
  )
  if (links.length === 0) return []
  const sums = await db.query<{ id: string } & Omit<LinkFigures, 'id' | 'url'>>(
    sql`select b.key as id, coalesce(sum(b.n) filter (where b.figure = 'clicks'), 0)::bigint as clicks,
        coalesce(sum(b.n) filter (where b.figure = 'unique'), 0)::bigint as unique,
        coalesce(sum(b.n) filter (where b.figure in ('suspect_clicks', 'bot_clicks')), 0)::bigint as "botClicks",
        coalesce(sum(b.n) filter (where b.figure = 'visited'), 0)::bigint as visited
      from breakdowns b where b.bucket = ${everyBucket} and b.activity_id = ${activityId} and b.kind = 'link' group by b.key`,
    linkSumRows,
  )
  const byId = new Map(sums.map(({ id, ...counts }) => [id, counts]))
  const none = { clicks: 0, unique: 0, botClicks: 0, visited: 0 }
  return links.map(({ id, url }) => ({ id, url: url ?? '', ...(byId.get(String(id)) ?? none) }))
}

const chargedRows = rowsNamed('report-charged', {
  country: orNull(text),
  messages: int,
  credits: decimal,
})

const creditRows = rowsNamed('report-credits', {
  reserved: decimal,
})

/**
 * The remaining reservation. The ledger reduces it when it posts a charge. Charges that are not posted yet are subtracted here, so
 * that no credits appear in both charged and reserved.
 */
async function readCredits(
  db: Db,
  activityId: number,
  { currency, creditValue, simulated }: CreditWorth & { simulated: boolean },
): Promise<ReportedCredits> {
  // One statement, so that the countries add up to what was charged.
  const rows = await db.query<{ country: string | null; messages: number; credits: string }>(
    sql`select null as country, coalesce(sum(t.n), 0)::bigint as messages, coalesce(sum(t.credits), 0)::numeric(14, 4) as credits
        from tallies t where t.bucket = ${everyBucket} and t.activity_id = ${activityId} and t.figure = 'charged'
      union all
      (select b.key, sum(b.n)::bigint, sum(b.credits)::numeric(14, 4) from breakdowns b
        where b.bucket = ${everyBucket} and b.activity_id = ${activityId} and b.kind = 'country' and b.figure = 'charged'
        group by b.key having sum(b.n) <> 0 order by sum(b.credits) desc, b.key)`,
    chargedRows,
  )
  const charged = rows.find(row => row.country === null)?.credits ?? '0.0000'
  const [open] = await db.query<{ reserved: string }>(
    sql`select greatest(0, s.reserved - greatest(0, ${charged}::numeric - s.posted))::numeric(14, 4) as reserved
      from (select coalesce(-sum(l.credits) filter (where l.kind in ('reserve', 'release')), 0) as reserved,
          coalesce(-sum(l.credits) filter (where l.kind = 'charge'), 0) as posted
        from ledger l where l.activity_id = ${activityId}) s`,
    creditRows,
  )
  const reserved = open?.reserved ?? '0.0000'
  const countries = rows.filter((row): row is typeof row & { country: string } => row.country !== null)
  const worth = (amount: string) => inCurrency(moneyOf(amount, creditValue), currency)
  const { shares } = sharesOf(
    countries.map(({ credits }) => credits),
    creditValue,
    currency,
  )
  return {
    charged,
    reserved,
    currency,
    money: { charged: worth(charged), reserved: worth(reserved) },
    simulated,
    countries: countries.map((row, i) => ({ ...row, money: shares[i]! })),
  }
}

const lastSentRows = rowsNamed('report-last-sent', {
  minute: time,
})

/**
 * The most recent minute in which a message was first sent. If a late "refused" has withdrawn that message, the minute may be too late
 * for a while, so the end of retries is shown too late, never too early.
 */
async function readLastSent(db: Db, activityId: number): Promise<Date | null> {
  const [row] = await db.query<{ minute: Date }>(
    sql`select /* fanout */ s.minute from series s
      where s.activity_id = ${activityId} and s.event = 'sent' and s.n > 0
      order by s.minute desc limit 1`,
    lastSentRows,
  )
  return row?.minute ?? null
}

function reasonsOf(tallies: ReadonlyMap<string, number>): Record<string, number> {
  const known: readonly string[] = notSentReasonKeys
  const prefix = 'not_sent:'
  const found = [...tallies].flatMap(([figure, n]) =>
    figure.startsWith(prefix) && n !== 0 ? [{ reason: figure.slice(prefix.length), n }] : [],
  )
  const place = (reason: string) => (known.includes(reason) ? known.indexOf(reason) : known.length)
  found.sort((a, b) => place(a.reason) - place(b.reason) || (a.reason < b.reason ? -1 : 1))
  return Object.fromEntries(found.map(({ reason, n }) => [reason, n]))
}

/** Send to by names: as they were when it was scheduled; of a draft, as they are. */
async function readChoice(db: Db, workspaceId: number, row: ActivityRow): Promise<SendToView> {
  const names = (of: readonly { name: string }[]) => of.map(({ name }) => name)
  if (row.frozen !== null) {
    const { topics, include, exclude, tags, reminds, remindsWho, duplicates, frequency, frozen } = readSettings(
      row.frozen,
    ).value.sendTo
    const named = ({ match, segments }: NamedSegments) => ({ match, segments: names(segments) })
    return {
      ...{
        topics: names(topics),
        include: named(include),
        exclude: named(exclude),
        tags,
        remindsWho,
        duplicates,
        frequency,
        frozen,
      },
      reminds: reminds?.name ?? null,
    }
  }
  const { include, exclude, tags, reminds, remindsWho, duplicates, frequency, frozen } = readSendTo(row.sendTo).value
  const known = await namesOfSegments(db, workspaceId, [...include.segments, ...exclude.segments])
  const named = ({ match, segments }: ChosenSegments) => ({
    match,
    segments: segments.flatMap(id => known.get(id) ?? []),
  })
  const [of] =
    reminds === null
      ? []
      : await db.query<{ name: string }>(
          sql`select a.name from activities a where a.workspace_id = ${workspaceId} and a.id = ${reminds} and ${isVisible}`,
        )
  return {
    ...{
      topics: names(topicsOf(row)),
      include: named(include),
      exclude: named(exclude),
      tags,
      remindsWho,
      duplicates,
      frequency,
      frozen,
    },
    reminds: of?.name ?? null,
  }
}

/** Of an e-mail its subject is the text that lists and titles show; `email` has the rest. */
function shownOf(content: Content): Pick<Overview, 'sender' | 'text' | 'smart' | 'email'> {
  const { sender } = content
  return content.channel === 'sms'
    ? { sender, text: content.body, smart: content.smart, email: null }
    : { sender, text: content.subject, smart: false, email: content }
}

/** The frozen settings, with the names of that time; of a draft, its current settings. */
function overviewOf(row: ActivityRow, sendTo: SendToView, queued: number, lastSent: Date | null): Overview {
  const read = row.frozen === null ? undefined : readSettings(row.frozen)
  const frozen = read?.value
  const content = frozen?.content ?? readContent(row.content).value
  const unreadable = read === undefined || read.faults.length === 0 ? null : problemOf(read.faults).message
  const windowEndAt = lastSent === null ? null : windowEnd(lastSent)
  const iso = (at: Date | null) => at?.toISOString() ?? null
  return {
    stateDetail: row.stateDetail ?? unreadable,
    ...shownOf(content),
    sendTo,
    gateway: frozen?.gateway.name ?? row.gateway,
    pausedGateway: row.pausedGateway,
    quietHours: frozen?.quietHours ?? row.quietHours,
    sendAt: iso(row.sendAt),
    latestAt: iso(row.latestAt),
    startedAt: iso(row.startedAt),
    frozenAt: iso(row.frozenAt),
    finishedAt: iso(row.finishedAt),
    retriesEndAt: iso(earlier(windowEndAt, row.latestAt)),
    reminder: plannedReminder(row, countsFrom(row.frozenAt, queued, lastSent)),
    revision: row.revision,
  }
}

/** An unreadable one is missing. */
function plannedReminder(row: ActivityRow, from: Date | null): PlannedReminder | null {
  const { value: plan, faults } = readReminder(row.reminder)
  const status = reminderStatus({ ...row, reminder: plan }, from)
  if (plan === null || status === null || faults.length > 0) return null
  return { ...plan, ...status, at: status.at?.toISOString() ?? null }
}

/** The earlier of two times; null only if the first is null (nothing was sent). */
function earlier(end: Date | null, latest: Date | null): Date | null {
  return end !== null && latest !== null && latest < end ? latest : end
}
