/**
 * Everybody targeted, each with the first reason that keeps the message from them. The freeze and the count select from the same text,
 * so that the number shown before is the number that is sent.
 */
import type { SendToChoice } from '../../core/activities/send-to.ts'
import type { Channel } from '../../core/channels.ts'
import type { PriceList } from '../../core/credits/prices.ts'
import { pricedPrefix } from '../credits/prices.ts'
import { empty, join, raw, type Sql, sql } from '../platform/db/sql.ts'
import { openOptOut, openSuppression } from '../suppression/holding.ts'
import { fromMembers, type Members, type Scope } from './members.ts'
import { consentCondition, firstReason, numberConditions, priceCondition } from './verdict.ts'

export interface Target {
  workspaceId: number
  channel: Channel
  sendTo: SendToChoice
  members: Members
  prices: PriceList
}

/**
 * Rows (bucket, profile_id, phone, country, priced, reason) and `columns`, which are expressions over `profiles p`. `priced` is the priced
 * prefix of the number, null where all numbers cost the same.
 *
 * In two steps: the facts first, behind an `offset 0`, so that none is computed again for each condition that names it. An address that
 * is held is rare, so the suppressions of both reasons are one probe (240 ns per profile), and workspace and channel are values: the hash
 * then holds addresses only. A left join with all held addresses is faster by 150 ns, but where the planner has no statistics of a new list
 * it compares each profile with each of them; `exists` is then a look-up by key.
 */
export function targeted(
  { workspaceId, channel, sendTo, members, prices }: Target,
  columns: readonly Sql[],
  scope: Scope = {},
): Sql {
  const { topics } = sendTo
  const held = { workspace: sql`${workspaceId}::int`, channel, address: sql`p.phone` }
  const byHand = openSuppression({ ...held, address: sql`f.phone` }, 'by_hand')
  const { from, where } = fromMembers(workspaceId, channel, topics, members, scope)
  const consent = members.by === 'consent' ? {} : consentCondition(sql`p`, channel, topics)
  const asked = {
    ...(consent.no_consent && { no_consent: sql`f.no_consent` }),
    opted_out: sql`f.opted_out`,
    suppressed: sql`f.suppressed and ${byHand}`,
    hard_bounces: sql`f.suppressed`,
    ...numberConditions(sql`f.phone_type`, sql`f.phone`),
    ...priceCondition(sql`f.priced`, prices),
  }
  return sql`
    select f.*, ${firstReason(asked)} as reason from (
      select p.bucket, p.profile_id, p.phone, p.phone_type, p.country,
        ${openOptOut(held, topics)} as opted_out, ${openSuppression(held)} as suppressed,
        ${consent.no_consent ? sql`${consent.no_consent} as no_consent,` : empty}
        ${prices.prefixes === null ? raw('null::text') : pricedPrefix(sql`p.phone`, prices.prefixes)} as priced
        ${join([empty, ...columns], ', ')}
      ${from} ${where} offset 0) f`
}
