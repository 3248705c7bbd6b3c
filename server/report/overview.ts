/**
 * What has this activity done so far? The figures are sums of tallies, never a count over messages: the price of a report
 * does not hang on the size of its audience. All figures come from one statement, so that they always add up.
 *
 * Time is an argument: `asOf` is business time, and nothing here depends on it but the label.
 */

import { notSentReasons } from '../../core/audience/reasons.ts'
import { completenessOf, type Figures, figuresOf } from '../../core/report/figures.ts'
import type { ActivitySettings } from '../activities/settings.ts'
import { fromE4, toE4 } from '../messages/tallies.ts'
import type { Db } from '../platform/db.ts'
import { sql } from '../platform/sql.ts'
import { everyBucket } from './buckets.ts'

export interface Report {
  /** the activity's id */
  activity: string
  name: string
  state: string
  /** business time, ISO */
  asOf: string
  /** the share of messages in a final state, 0..1 */
  completeness: number
  figures: Figures
  /** reason -> profiles, in the order of the table of reasons; reasons without profiles are left out */
  notSentReasons: Record<string, number>
  /** decimal, four places */
  credits: { charged: string; reserved: string }
  links: LinkFigures[]
  overview: Overview
}

export interface LinkFigures {
  /** never changes; names the link in segments and exports */
  id: number
  url: string
  clicks: number
  unique: number
}

/** The settings as they were at sending; of a draft, as they are. Times ISO. */
export interface Overview {
  sender: string
  text: string
  sendTo: { topics: string[]; duplicates: string }
  gateway: string | null
  quietHours: boolean
  sendAt: string | null
  /** after which nothing is sent or tried again */
  latestAt: string | null
  startedAt: string | null
  frozenAt: string | null
  finishedAt: string | null
}

/** Undefined: the workspace has no such activity. Five statements, whatever the size. */
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
  const chargedE4 = toE4(tallies.find(row => row.figure === 'charged')?.credits ?? '0')
  const reservedE4 = await readReserved(db, activityId, chargedE4)
  return {
    activity: String(activityId),
    name: activity.name,
    state: activity.state,
    asOf: asOf.toISOString(),
    completeness: completenessOf(n),
    figures: figuresOf(n),
    notSentReasons: reasonsOf(n),
    credits: { charged: fromE4(chargedE4), reserved: fromE4(reservedE4) },
    links,
    overview: overviewOf(activity),
  }
}

interface ActivityRow {
  name: string
  state: string
  sender: string
  text: string
  topics: string[]
  duplicates: string
  gateway: string | null
  quietHours: boolean
  sendAt: Date | null
  latestAt: Date | null
  startedAt: Date | null
  frozenAt: Date | null
  finishedAt: Date | null
  /** null: not scheduled yet */
  frozen: ActivitySettings | null
}

async function readActivity(db: Db, workspaceId: number, activityId: number): Promise<ActivityRow | undefined> {
  const [row] = await db.query<ActivityRow>(
    sql`select a.name, a.state, a.sender, a.body as text, g.name as gateway, a.quiet_hours as "quietHours",
        array(select t.name from topics t where t.workspace_id = a.workspace_id and to_jsonb(t.id) <@ (a.send_to -> 'topics') order by t.name) as topics,
        coalesce(a.send_to ->> 'duplicates', 'one_per_number') as duplicates, a.send_at as "sendAt", a.latest_at as "latestAt",
        a.started_at as "startedAt", a.frozen_at as "frozenAt", a.finished_at as "finishedAt", v.settings as frozen
      from activities a
      left join activity_versions v on v.activity_id = a.id and v.version = a.version
      left join gateways g on g.id = a.gateway_id
      where a.workspace_id = ${workspaceId} and a.id = ${activityId} and a.deleted_at is null`,
    'report-activity',
  )
  return row
}

/** The sums of an activity. One statement, so that they always add up. */
export async function readTallies(
  db: Db,
  activityId: number,
): Promise<{ figure: string; n: number; credits: string }[]> {
  return db.query(
    sql`select t.figure, sum(t.n)::bigint as n, sum(t.credits) as credits from tallies t
      where t.bucket = ${everyBucket} and t.activity_id = ${activityId} group by t.figure`,
    'report-tallies',
  )
}

/** The links of an activity in the order of its text, each with its clicks. The unsubscribe link is none of them. */
export async function readLinks(db: Db, activityId: number): Promise<LinkFigures[]> {
  const links = await db.query<{ id: number; url: string | null }>(
    sql`select l.id, l.url from links l where l.activity_id = ${activityId} and l.kind = 'link' order by l.slot`,
    'report-links',
  )
  if (links.length === 0) return []
  const sums = await db.query<{ id: string; clicks: number; unique: number }>(
    sql`select b.key as id, coalesce(sum(b.n) filter (where b.figure = 'clicks'), 0)::bigint as clicks,
        coalesce(sum(b.n) filter (where b.figure = 'unique'), 0)::bigint as unique
      from breakdowns b where b.bucket = ${everyBucket} and b.activity_id = ${activityId} and b.kind = 'link' group by b.key`,
    'report-link-sums',
  )
  const byId = new Map(sums.map(({ id, clicks, unique }) => [id, { clicks, unique }]))
  return links.map(({ id, url }) => ({ id, url: url ?? '', ...(byId.get(String(id)) ?? { clicks: 0, unique: 0 }) }))
}

/**
 * What of the reservation is still open. A charge frees as much of it when the ledger posts it; what is charged and not
 * posted yet is taken off here, so that charged and reserved never show the same credits twice.
 */
async function readReserved(db: Db, activityId: number, chargedE4: number): Promise<number> {
  const [row] = await db.query<{ reserved: string; posted: string }>(
    sql`select coalesce(-sum(l.credits) filter (where l.kind in ('reserve', 'release')), 0) as reserved,
        coalesce(-sum(l.credits) filter (where l.kind = 'charge'), 0) as posted
      from ledger l where l.activity_id = ${activityId}`,
    'report-reserved',
  )
  if (row === undefined) return 0
  return Math.max(0, toE4(row.reserved) - Math.max(0, chargedE4 - toE4(row.posted)))
}

function reasonsOf(tallies: ReadonlyMap<string, number>): Record<string, number> {
  const known: readonly string[] = notSentReasons.map(({ key }) => key)
  const prefix = 'not_sent:'
  const found = [...tallies].flatMap(([figure, n]) =>
    figure.startsWith(prefix) && n !== 0 ? [{ reason: figure.slice(prefix.length), n }] : [],
  )
  const place = (reason: string) => (known.includes(reason) ? known.indexOf(reason) : known.length)
  found.sort((a, b) => place(a.reason) - place(b.reason) || (a.reason < b.reason ? -1 : 1))
  return Object.fromEntries(found.map(({ reason, n }) => [reason, n]))
}

/** What was frozen, with the names as they were then; of a draft what stands in it. */
function overviewOf(row: ActivityRow): Overview {
  const { frozen } = row
  const iso = (at: Date | null) => at?.toISOString() ?? null
  return {
    sender: frozen?.sender ?? row.sender,
    text: frozen?.body ?? row.text,
    sendTo: {
      topics: frozen?.sendTo.topics.map(topic => topic.name) ?? row.topics,
      duplicates: frozen?.sendTo.duplicates ?? row.duplicates,
    },
    gateway: frozen?.gateway.name ?? row.gateway,
    quietHours: frozen?.quietHours ?? row.quietHours,
    sendAt: iso(row.sendAt),
    latestAt: iso(row.latestAt),
    startedAt: iso(row.startedAt),
    frozenAt: iso(row.frozenAt),
    finishedAt: iso(row.finishedAt),
  }
}
