/**
 * Everybody targeted, each with the first reason that keeps the message back. The freeze and the count select from the same text, so that
 * the number shown before is the number that is sent.
 */
import type { SendToRules } from '../../core/activities/send-to.ts'
import { type Channel, channels } from '../../core/channels.ts'
import type { PriceList } from '../../core/credits/prices.ts'
import { pricedPrefix } from '../credits/prices.ts'
import { empty, join, raw, type Sql, sql } from '../platform/db/sql.ts'
import { openOptOut, openSuppression } from '../suppression/holding.ts'
import { addressKinds, consentCondition, firstReason, priceCondition } from '../suppression/verdict.ts'
import { fromMembers, type MemberScope, type Members } from './audience-members.ts'
import { type RecentAudience, recentCondition } from './recent.ts'

export interface AudienceTarget {
  workspaceId: number
  channel: Channel
  sendTo: SendToRules
  members: Members
  prices: PriceList
  /** null: Send to has no frequency, or nobody was sent anything */
  recent: RecentAudience | null
}

export interface TargetedShape {
  scope?: MemberScope
  /**
   * Rows in key order. The planner joins members and profiles by their key then, and sorts nothing; it forgets the order of a join at each
   * `offset 0`, so each level names it. A sort of a million rows in a file is a fifth of the time of their insert.
   */
  inKeyOrder?: boolean
}

/**
 * Rows (bucket, profile_id, address, kind, country, priced, reason) and `columns`, which are expressions over `profiles p`. `kind`
 * is what the channel's address is (verdict.ts), `priced` the priced prefix of the address, null where every address costs the same.
 *
 * Two levels: `offset 0` separates the facts from the verdict, so that no fact is computed again for each condition that names it. Few
 * addresses are suppressed, so one probe looks for a suppression of either reason (240 ns per profile). Workspace and channel are values: the
 * hash then holds addresses only. A left join with all suppressed addresses is faster by 150 ns, but while the planner has no statistics of a
 * new list it compares each profile with each address; `exists` is then a look-up by key.
 */
export function targeted(
  { workspaceId, channel, sendTo, members, prices, recent }: AudienceTarget,
  columns: readonly Sql[],
  { scope = {}, inKeyOrder = false }: TargetedShape = {},
): Sql {
  const { topics } = sendTo
  const address = raw(`p.${channels[channel].addressColumn}`)
  const kind = addressKinds[channel]
  const held = { workspace: sql`${workspaceId}::int`, channel, address }
  const byHand = openSuppression({ ...held, address: sql`f.address` }, 'by_hand')
  const { from, where, buckets } = fromMembers(workspaceId, channel, topics, members, scope)
  const consent = members.by === 'consent' ? {} : consentCondition(sql`p`, channel, topics)
  const conditions = {
    ...(consent.no_consent && { no_consent: sql`f.no_consent` }),
    opted_out: sql`f.opted_out`,
    suppressed: sql`f.suppressed and ${byHand}`,
    hard_bounces: sql`f.suppressed`,
    ...kind.conditions(sql`f.kind`, sql`f.address`),
    ...(recent && { frequency: sql`f.recent` }),
    ...priceCondition(sql`f.priced`, prices),
  }
  const ordered = (alias: 'p' | 'f') => (inKeyOrder ? raw(`order by ${alias}.bucket, ${alias}.profile_id`) : empty)
  return sql`
    select f.*, ${firstReason(conditions)} as reason from (
      select p.bucket, p.profile_id, ${address} as address, p.${raw(kind.column)} as kind, p.country,
        ${openOptOut(held, topics)} as opted_out, ${openSuppression(held)} as suppressed,
        ${consent.no_consent ? sql`${consent.no_consent} as no_consent,` : empty}
        ${recent === null ? empty : sql`${recentCondition(recent, channel, address, buckets)} as recent,`}
        ${prices.prefixes === null ? raw('null::text') : pricedPrefix(address, prices.prefixes)} as priced
        ${join([empty, ...columns], ', ')}
      ${from} ${where} ${ordered('p')} offset 0) f ${ordered('f')}`
}

/**
 * Those who share an address, or may: rows as of `targeted`, with `settled`, their reason after one per address was chosen. Of those without another
 * reason, the lowest profile id gets the message.
 */
export function sharing(target: AudienceTarget, columns: readonly Sql[]): Sql {
  return sql`select o.*, case when o.reason is null and o.place > 1 then 'duplicate_address' else o.reason end as settled
    from (select s.*, row_number() over (partition by s.address, s.reason is null order by s.profile_id) as place
      from (${targeted(target, columns, { scope: { shared: true } })}) s) o`
}
