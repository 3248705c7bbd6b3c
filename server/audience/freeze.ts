/**
 * Fixes the audience at the start: one statement writes every targeted profile as a message, queued or not sent with the first reason that
 * holds. One transaction: an activity is frozen whole or not at all, and a redo after a crash starts from nothing. What it costs:
 * docs/decisions/0013-freeze-in-the-workers-loop.md.
 *
 * Rows are written in key order. Sending reads them in that order, so that a batch touches few pages.
 */

import type { SendToRules } from '../../core/activities/send-to.ts'
import type { AnyTemplate } from '../../core/activities/tags.ts'
import type { Channel } from '../../core/channels.ts'
import { Costing, linkOfLength, tagsOfCost } from '../../core/credits/cost.ts'
import type { PriceList } from '../../core/credits/prices.ts'
import type { Frequency } from '../../core/frequency.ts'
import { highestMaxParts } from '../../core/sms/split.ts'
import type { Vars } from '../../core/sms/tag-values.ts'
import { pricedPrefix, readPrices } from '../credits/prices.ts'
import { drawCodeRange } from '../links/range.ts'
import { codeLengthFor } from '../links/seal.ts'
import { fromE4 } from '../messages/tallies.ts'
import { everyBucket } from '../platform/db/buckets.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { empty, join, raw, type Sql, sql } from '../platform/db/sql.ts'
import { type Members, plannerSettings } from './audience-members.ts'
import { type CostGroup, groupsIn, varsOfGroup } from './groups.ts'
import { dropAudience } from './kept.ts'
import { dropLook } from './looks.ts'
import { type RecentAudience, recentAudience } from './recent.ts'
import { sharing, targeted } from './targeted.ts'
import { varsSql } from './vars.ts'

export interface Freeze {
  activityId: number
  workspaceId: number
  channel: Channel
  sendTo: SendToRules & { frequency?: Frequency | null; reminds?: number | null }
  /** those of Send to (`membersOf`) */
  members: Members
  template: AnyTemplate
  linkUrl: string
  now: Date
  /** a text with more parts is not sent */
  maxParts?: number
}

export interface Frozen {
  targeted: number
  notSent: number
  queued: number
}

/** The activity must be `starting`; it is `sending` afterwards. Undefined where somebody else was faster. */
export async function freeze(db: Database, input: Freeze): Promise<Frozen | undefined> {
  const { activityId, workspaceId, channel, now } = input
  const { frequency = null, reminds = null } = input.sendTo
  return db.tx(async tx => {
    if (frequency !== null) await oneAfterTheOther(tx, workspaceId)
    const [activity] = await tx.query(
      sql`select id from activities where id = ${activityId} and workspace_id = ${workspaceId} and state = 'starting' for update`,
    )
    if (activity === undefined) return undefined
    // What a redo finds on a cluster, where this is not one transaction.
    await tx.run(sql`delete from messages where bucket = ${everyBucket} and activity_id = ${activityId}`)
    await tx.run(sql`delete /* fanout */ from tallies where activity_id = ${activityId}`)
    const prices = await readPrices(tx, workspaceId, channel, now)
    const recent = await recentAudience(tx, { workspaceId, channel, frequency, now, reminds })
    await insertMessages(tx, input, prices, recent)
    await dropAudience(tx, activityId)
    await dropLook(tx, activityId)
    // Without statistics of the new rows, the planner misjudges the statements that read them: the first claims.
    await tx.run(sql`analyze messages`)
    const codeLength = await drawCodes(db, tx, input)
    await reserve(tx, input, codeLength, prices)
    const frozen = await tally(tx, activityId)
    await tx.run(
      sql`update activities set state = 'sending', frozen_at = ${now}, started_at = coalesce(started_at, ${now}) where id = ${activityId}`,
    )
    return frozen
  })
}

/**
 * Two activities that spare those whom the other sends to: each sees the messages of the earlier one, so that everybody gets the first and nobody
 * neither. "freq" in ASCII.
 */
async function oneAfterTheOther(tx: Db, workspaceId: number): Promise<void> {
  await tx.query(sql`select pg_advisory_xact_lock(1718773105, ${workspaceId}::int)`)
}

/**
 * Numbers for the short codes: slot * span + profile id, above the base, for each link and the unsubscribe link. They are drawn in a
 * transaction of their own: the row that gives them out is that of all workspaces, and a freeze may take minutes. Of one that fails they are
 * lost, and there are enough.
 */
async function drawCodes(db: Database, tx: Db, { activityId, now }: Freeze): Promise<number> {
  const [slots] = await tx.query<{ n: number }>(sql`select count(*) as n from links where activity_id = ${activityId}`)
  const [top] = await tx.query<{ id: number }>(sql`select last_value + 1 as id from profile_ids`)
  const { base, span } = await db.tx(own => drawCodeRange(own, Math.max(1, slots!.n), top!.id))
  const length = codeLengthFor(base + span * Math.max(1, slots!.n))
  await tx.run(
    sql`update activities set code_base = ${base}, code_span = ${span}, code_length = ${length}, updated_at = ${now} where id = ${activityId}`,
  )
  return length
}

/**
 * One statement sees one snapshot, so a profile whose number becomes shared meanwhile is written once. The few who share a number are read by
 * an index of their own and merged in; settling them by an update afterwards took a sixth of the time of the insert.
 */
async function insertMessages(
  tx: Db,
  { activityId, workspaceId, channel, sendTo, members, template }: Freeze,
  prices: PriceList,
  recent: RecentAudience | null,
): Promise<void> {
  const target = { workspaceId, channel, sendTo, members, prices, recent }
  const vars = [sql`${varsSql(template.tags)} as vars`]
  const onePerAddress = sendTo.duplicates === 'one_per_address'
  // Members by consent need no settings: the planner joins them in the order of their keys.
  if (members.by === 'condition')
    await tx.query(sql`select set_config(s.name, s.value, true)
      from unnest(${Object.keys(plannerSettings(members))}::text[], ${Object.values(plannerSettings(members))}::text[]) as s (name, value)`)
  const alone = targeted(target, vars, { scope: onePerAddress ? { shared: false } : {}, inKeyOrder: true })
  await tx.run(
    sql`insert into messages (bucket, workspace_id, activity_id, profile_id, status, excluded, address, country, vars)
      select t.bucket, ${workspaceId}::int, ${activityId}::bigint, t.profile_id,
        (case when t.reason is null then 'queued' else 'not_sent' end)::message_status, t.reason, t.address, t.country,
        case when t.reason is null then t.vars end
      from (
        ${rowsOf(alone, raw('a.reason'))}
        ${onePerAddress ? sql`union all ${rowsOf(sharing(target, vars), raw('a.settled'))}` : empty}) t
      order by t.bucket, t.profile_id`,
  )
}

/** Behind an `offset 0`, so that the reason is computed once although status, reason and values depend on it. */
function rowsOf(people: Sql, reason: Sql): Sql {
  return sql`(select a.bucket, a.profile_id, a.address, a.country, a.vars, ${reason} as reason from (${people}) a
    order by a.bucket, a.profile_id offset 0)`
}

async function tally(tx: Db, activityId: number): Promise<Frozen> {
  const rows = await tx.query<{ status: 'queued' | 'not_sent'; excluded: string | null; n: number }>(
    sql`select status, excluded, count(*) as n from messages where bucket = ${everyBucket} and activity_id = ${activityId} group by 1, 2`,
  )
  const figures = new Map<string, number>()
  const add = (figure: string, n: number) => figures.set(figure, (figures.get(figure) ?? 0) + n)
  for (const { status, excluded, n } of rows) {
    add('targeted', n)
    add(status, n)
    if (excluded !== null) add(`not_sent:${excluded}`, n)
  }
  await tx.run(
    sql`insert into tallies (bucket, activity_id, figure, n)
      select 0, ${activityId}::bigint, u.figure, u.n from unnest(${[...figures.keys()]}::text[], ${[...figures.values()]}::bigint[]) as u (figure, n)`,
  )
  return {
    targeted: figures.get('targeted') ?? 0,
    notSent: figures.get('not_sent') ?? 0,
    queued: figures.get('queued') ?? 0,
  }
}

/**
 * What it will cost at most is set aside, exactly, over the texts as they will be sent. Who would get a text of too many parts is left
 * out here: the length of the links is known now. The scheduling has refused those that were there then.
 */
async function reserve(
  tx: Db,
  { activityId, workspaceId, template, linkUrl, now, maxParts = highestMaxParts }: Freeze,
  codeLength: number,
  prices: PriceList,
): Promise<void> {
  const tags = tagsOfCost(template)
  const priced = prices.prefixes === null ? raw('null::text') : pricedPrefix(sql`m.address`, prices.prefixes)
  const texts = tags.map((tag, i) => sql`coalesce(m.vars ->> ${tag}, '') as ${raw(`text${i}`)}`)
  const people = sql`select ${join([sql`m.profile_id`, sql`m.country`, sql`${priced} as priced`, sql`null::text as reason`, sql`m.vars as attrs`, ...texts], ', ')}
    from messages m where ${queued(activityId)}`
  const costing = new Costing(template, linkOfLength(linkUrl, codeLength), prices, maxParts)
  const groups = await tx.query<CostGroup>(groupsIn(people, tags))
  const add = (group: CostGroup) => costing.add({ ...group, vars: varsOfGroup(tags, group), phone: group.priced ?? '' })
  const isTooLong = groups.map(add).includes(false)
  if (isTooLong) await leaveOutTooLong(tx, activityId, text => costing.isTooLong(text))
  const cost = costing.cost()
  await tx.run(sql`delete from ledger where activity_id = ${activityId} and kind = 'reserve'`)
  if (cost.creditsE4 > 0)
    await tx.run(
      sql`insert into ledger (workspace_id, activity_id, kind, credits, at, note)
        values (${workspaceId}, ${activityId}, 'reserve', ${fromE4(-cost.creditsE4)}::numeric, ${now}, 'set aside at the start')`,
    )
}

const queued = (activityId: number) =>
  sql`m.bucket = ${everyBucket} and m.activity_id = ${activityId} and m.status = 'queued'`

/** Only where somebody has one are the different values read. */
async function leaveOutTooLong(tx: Db, activityId: number, isTooLong: (vars: Vars | null) => boolean): Promise<void> {
  // As PostgreSQL writes them: a number of many digits is not what JavaScript reads.
  const rows = await tx.query<{ vars: Vars | null; written: string | null }>(
    sql`select m.vars, m.vars::text as written from messages m where ${queued(activityId)} group by m.vars`,
  )
  const vars = rows.flatMap(row => (isTooLong(row.vars) ? [row.written] : []))
  await tx.run(
    sql`update messages m set status = 'not_sent', excluded = 'too_long', vars = null
      where ${queued(activityId)}
        and (m.vars in (select u.vars::jsonb from unnest(${vars.filter(value => value !== null)}::text[]) as u (vars)) or (${vars.includes(null)} and m.vars is null))`,
  )
}
