/**
 * Send to, compiled to SQL: which profiles are targeted, and the first reason that keeps one from being sent. The same
 * text counts (count.ts) and freezes (freeze.ts), so that the number shown before is the number that goes.
 *
 * Reasons in the order of core/audience/reasons.ts; `duplicate_number` is settled after it, among those without a reason.
 */
import type { SendToChoice } from '../../core/activities/send-to.ts'
import type { PriceList } from '../../core/credits/prices.ts'
import { maxValueLength, type VarValue } from '../../core/sms/values.ts'
import { pricedPrefix } from '../credits/prices.ts'
import { empty, type Sql, sql } from '../platform/db/sql.ts'

/** Of whom; empty: of all. */
export interface Scope {
  /** those whose number another profile has too, or those who have theirs for themselves */
  shared?: boolean
  /** what lies in these buckets, from the first to before the last: a sample, or a part of the work */
  buckets?: readonly [from: number, below: number]
}

/** Rows (bucket, profile_id, phone, phone_shared, country, reason, first_name, last_name, email, external_key, attrs). */
export function targeted(workspaceId: number, sendTo: SendToChoice, prices: PriceList, scope: Scope = {}): Sql {
  const { shared, buckets } = scope
  return sql`
    select p.bucket, p.profile_id, p.phone, p.phone_shared, p.country, p.first_name, p.last_name, p.email, p.external_key, p.attrs,
      case
        when exists (${openOptOut(sql`p.workspace_id`, sql`p.phone`, sendTo.topics)}) then 'opted_out'
        when exists (${openSuppression(sql`p.workspace_id`, sql`p.phone`, 'by_hand')}) then 'suppressed'
        when exists (${openSuppression(sql`p.workspace_id`, sql`p.phone`, 'hard_bounces')}) then 'hard_bounces'
        when p.phone_type = 'none' then 'no_number'
        when p.phone_type = 'invalid' or p.phone is null then 'invalid_number'
        when p.phone_type = 'fixed' then 'landline'
        when p.phone_type not in ('mobile', 'fixed_or_mobile') then 'number_type'
        ${prices.prefixes === null ? empty : sql`when ${pricedPrefix(sql`p.phone`, prices.prefixes)} is null then 'no_price'`}
      end as reason
    from ${consenting(workspaceId, sendTo.topics, buckets)} c
    join profiles p on p.bucket = c.bucket and p.profile_id = c.profile_id
    where p.workspace_id = ${workspaceId} ${within(sql`p.bucket`, buckets)}
      ${shared === undefined ? empty : shared ? sql`and p.phone_shared` : sql`and not p.phone_shared`}`
}

function within(bucket: Sql, buckets: Scope['buckets']): Sql {
  return buckets === undefined ? empty : sql`and ${bucket} >= ${buckets[0]} and ${bucket} < ${buckets[1]}`
}

/**
 * Each profile that has consented to one of the topics, once. The consents stand first: where the planner has no statistics of
 * a new list yet, it then looks each profile up by its key; the other way round it would compare all with all.
 */
function consenting(workspaceId: number, topics: readonly number[], buckets: Scope['buckets']): Sql {
  const rows = sql`from current_consents k where k.workspace_id = ${workspaceId} and k.topic_id = any(${topics}::int[]) and k.channel = 'sms' and k.granted
    ${within(sql`k.bucket`, buckets)}`
  return topics.length === 1
    ? sql`(select k.bucket, k.profile_id ${rows})`
    : sql`(select distinct k.bucket, k.profile_id ${rows})`
}

/** An opt-out of this number that holds now, of everything or of one of these topics. */
export function openOptOut(workspace: Sql, address: Sql, topics: readonly number[]): Sql {
  return sql`select from opt_outs o where o.workspace_id = ${workspace} and o.channel = 'sms' and o.address = ${address} and o.released_at is null
    and (o.topic_id is null or o.topic_id = any(${topics}::int[]))`
}

export function openSuppression(workspace: Sql, address: Sql, reason: 'by_hand' | 'hard_bounces'): Sql {
  return sql`select from suppressions s where s.workspace_id = ${workspace} and s.channel = 'sms' and s.address = ${address}
    and s.reason = ${reason} and s.released_at is null`
}

const columns = new Set(['first_name', 'last_name', 'email', 'phone', 'external_key'])

/** What the text of an activity needs of a profile `t`, as jsonb; null where it needs nothing. */
export function varsOf(tags: readonly string[]): Sql {
  if (tags.length === 0) return sql`null::jsonb`
  const pairs = tags.map(tag =>
    columns.has(tag) ? sql`${tag}::text, ${columnOf(tag)}` : sql`${tag}::text, t.attrs -> ${tag}`,
  )
  return sql`jsonb_strip_nulls(jsonb_build_object(${pairs.reduce((all, pair) => sql`${all}, ${pair}`)}))`
}

/** A sign that may cost more than one septet or change with what stands beside it, or a space at an end. */
const dearSign = '[^ 0-9A-Za-zÅÄÖåäöÉéèùìòàÆæØøÑñÜüß!"#$%&()*+,./:;<=>?@_-]|^ | $'

/** One value of a profile `t` as text. */
export function textOf(tag: string): Sql {
  return columns.has(tag) ? columnOf(tag) : sql`t.attrs ->> ${tag}`
}

/**
 * For counting, of a value that `textOf` gives: how many signs it has where it is a plain one, so that texts of one length are one
 * row, however many people there are; null for what may cost more than its length says, or be written otherwise by JavaScript.
 */
export function lengthOf(tag: string, text: Sql): Sql {
  const isPlain = sql`length(${text}) <= ${maxValueLength}::int and ${text} !~ ${dearSign}`
  // An attribute may be a number; a long one, or one with a fraction, is not told from a text here.
  const isOdd = sql`${text} ~ '^-?[0-9.]+$' and (length(${text}) > 15 or ${text} like '%.%')`
  return sql`case when ${isPlain} ${columns.has(tag) ? empty : sql`and not (${isOdd})`} then length(${text}) end`
}

/** The value itself, where `lengthOf` is null: as text, of an attribute as JSON. */
export function oddValueOf(tag: string): Sql {
  return columns.has(tag) ? columnOf(tag) : sql`(t.attrs -> ${tag})::text`
}

/** A value that costs what the profile's own does, from what `lengthOf` and `oddValueOf` give. */
export function readValue(tag: string, length: number | null, value: string | null): VarValue {
  if (length !== null) return 'x'.repeat(length)
  if (value === null || columns.has(tag)) return value
  const parsed: VarValue = JSON.parse(value)
  return parsed
}

function columnOf(tag: string): Sql {
  if (tag === 'first_name') return sql`t.first_name`
  if (tag === 'last_name') return sql`t.last_name`
  if (tag === 'email') return sql`t.email`
  if (tag === 'phone') return sql`t.phone`
  return sql`t.external_key`
}
