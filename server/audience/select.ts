/**
 * Send to, compiled to SQL: which profiles are targeted, and the first reason that keeps one from being sent. The same
 * text counts (count.ts) and freezes (freeze.ts), so that the number shown before is the number that goes.
 *
 * Reasons in the order of core/audience/reasons.ts; `duplicate_number` is settled after it, among those without a reason.
 */
import { maxValueLength } from '../../core/sms/values.ts'
import { type PriceList, pricedPrefix } from '../credits/prices.ts'
import { empty, join, type Sql, sql } from '../platform/sql.ts'

export interface SendTo {
  /** everyone who has consented to one of these on SMS */
  topics: number[]
  duplicates: 'one_per_number' | 'all'
}

/** Of whom: a sample is what lies in the first buckets; shared are those whose number another profile has too. */
export type Scope = 'all' | 'shared' | { bucketsBelow: number }

/** Rows (bucket, profile_id, phone, phone_shared, country, reason, first_name, last_name, email, external_key, attrs). */
export function targeted(workspaceId: number, sendTo: SendTo, prices: PriceList, scope: Scope = 'all'): Sql {
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
    from ${consenting(workspaceId, sendTo.topics, scope)} c
    join profiles p on p.bucket = c.bucket and p.profile_id = c.profile_id
    where p.workspace_id = ${workspaceId} ${scope === 'shared' ? sql`and p.phone_shared` : empty}`
}

/**
 * Each profile that has consented to one of the topics, once. The consents stand first: where the planner has no statistics of
 * a new list yet, it then looks each profile up by its key; the other way round it would compare all with all.
 */
function consenting(workspaceId: number, topics: readonly number[], scope: Scope): Sql {
  const rows = sql`from current_consents k where k.workspace_id = ${workspaceId} and k.topic_id = any(${topics}::int[]) and k.channel = 'sms' and k.granted
    ${typeof scope === 'object' ? sql`and k.bucket < ${scope.bucketsBelow}` : empty}`
  return topics.length === 1
    ? sql`(select k.bucket, k.profile_id ${rows})`
    : sql`(select distinct k.bucket, k.profile_id ${rows})`
}

/** An opt-out of this number that holds now, of everything or of one of these topics. */
export function openOptOut(workspace: Sql, phone: Sql, topics: readonly number[]): Sql {
  return sql`select from opt_outs o where o.workspace_id = ${workspace} and o.phone = ${phone} and o.released_at is null
    and (o.topic_id is null or o.topic_id = any(${topics}::int[]))`
}

export function openSuppression(workspace: Sql, phone: Sql, reason: 'by_hand' | 'hard_bounces'): Sql {
  return sql`select from suppressions s where s.workspace_id = ${workspace} and s.channel = 'sms' and s.address = ${phone}
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

/** Letters, digits and signs that cost one septet each, whatever stands beside them and whether smart encoding is on. */
const plainValue =
  '^[0-9A-Za-zÅÄÖåäöÉéèùìòàÆæØøÑñÜüß!"#$%&()*+,./:;<=>?@_-][0-9A-Za-zÅÄÖåäöÉéèùìòàÆæØøÑñÜüß !"#$%&()*+,./:;<=>?@_-]*$'

/**
 * `varsOf` for counting: a plain value is an x for each of its signs, so that texts of one length are one row, however
 * many people there are. What may cost more than its length says stays as it is.
 */
export function lengthsOf(tags: readonly string[]): Sql {
  if (tags.length === 0) return sql`null::jsonb`
  const pairs = tags.map(tag => {
    const [text, value] = columns.has(tag)
      ? [columnOf(tag), sql`to_jsonb(${columnOf(tag)})`]
      : [sql`t.attrs ->> ${tag}`, sql`t.attrs -> ${tag}`]
    const plain = columns.has(tag) ? sql`true` : sql`jsonb_typeof(t.attrs -> ${tag}) = 'string'`
    return sql`${tag}::text, case when ${plain} and length(${text}) <= ${maxValueLength}::int and right(${text}, 1) <> ' ' and ${text} ~ ${plainValue}
      then to_jsonb(repeat('x', length(${text}))) else ${value} end`
  })
  return sql`jsonb_strip_nulls(jsonb_build_object(${join(pairs)}))`
}

function columnOf(tag: string): Sql {
  if (tag === 'first_name') return sql`t.first_name`
  if (tag === 'last_name') return sql`t.last_name`
  if (tag === 'email') return sql`t.email`
  if (tag === 'phone') return sql`t.phone`
  return sql`t.external_key`
}
