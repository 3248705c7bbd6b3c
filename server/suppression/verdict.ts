/**
 * The verdict in SQL: the first reason that keeps a message back, null where none does. The freeze, the count, the check of a claim, the
 * reach of an import and the question for one number make it from these conditions, in the order of core/audience/verdict.ts.
 *
 * `duplicate_address` is settled after it, among those without a reason: the first of them gets the message. `too_long` comes after
 * that, when the length of the links is known.
 */

import { type Conditions, inVerdictOrder } from '../../core/audience/verdict.ts'
import type { Channel } from '../../core/channels.ts'
import type { PriceList } from '../../core/credits/prices.ts'
import { sendableTypes } from '../../core/phone.ts'
import { join, raw, type Sql, sql } from '../platform/db/sql.ts'
import { type HeldAddress, openOptOut, openSuppression } from './holding.ts'

/** Text, null where no condition holds. A condition that is null does not hold. */
export function firstReason(conditions: Conditions<Sql>): Sql {
  const cases = inVerdictOrder(conditions).map(([key, condition]) => sql`when ${condition} then ${raw(`'${key}'`)}`)
  return cases.length === 0 ? sql`null::text` : sql`case ${join(cases, ' ')} end`
}

/** `topics`: those of Send to; null: an opt-out of any topic counts. */
export function addressConditions(held: HeldAddress, topics: readonly number[] | null): Conditions<Sql> {
  return {
    opted_out: openOptOut(held, topics),
    suppressed: openSuppression(held, 'by_hand'),
    hard_bounces: openSuppression(held, 'hard_bounces'),
  }
}

const sendable = raw(`'{${sendableTypes.join(',')}}'::text[]`)

interface AddressKind {
  /** the column of `profiles` that says what kind of an address it is */
  readonly column: 'phone_type' | 'email_valid'
  /** Each counts where those before it do not hold. */
  conditions(kind: Sql, address: Sql): Conditions<Sql>
}

/** Can the address of a profile get a message of the channel? */
export const addressKinds: Readonly<Record<Channel, AddressKind>> = {
  sms: {
    column: 'phone_type',
    conditions: (type, number) => ({
      no_address: sql`${type} = 'none'`,
      invalid_address: sql`${type} = 'invalid' or ${number} is null`,
      landline: sql`${type} = 'fixed'`,
      number_type: sql`${type} <> all(${sendable})`,
    }),
  },
  email: {
    column: 'email_valid',
    conditions: (valid, address) => ({ no_address: sql`${address} is null`, invalid_address: sql`not ${valid}` }),
  },
}

/** Of the types of numbers: one that can get an SMS. */
export function isSendableType(type: Sql): Sql {
  return sql`${type} = any(${sendable})`
}

/** `person`: an alias with bucket and profile_id. */
export function consentCondition(person: Sql, channel: string, topics: readonly number[]): Conditions<Sql> {
  return {
    no_consent: sql`not exists (select from current_consents k where k.bucket = ${person}.bucket and k.profile_id = ${person}.profile_id
      and k.topic_id = any(${topics}::int[]) and k.channel = ${channel} and k.granted)`,
  }
}

export function erasedCondition(person: Sql): Conditions<Sql> {
  return {
    erased: sql`not exists (select from profiles e where e.bucket = ${person}.bucket and e.profile_id = ${person}.profile_id and e.erased_at is null)`,
  }
}

/** `priced`: the priced prefix of the number (server/credits/prices.ts). */
export function priceCondition(priced: Sql, { prefixes }: PriceList): Conditions<Sql> {
  return prefixes === null ? {} : { no_price: sql`${priced} is null` }
}
