/**
 * Why does a person get no message of a channel? Several reasons may hold; the first in this order is the one that is stored and shown.
 *
 * The order is that of not-sent-reasons.ts, with one exception: an erased person has no number and no consent because of the erase, so
 * nothing else is said of them. A verdict is made from conditions: booleans here, SQL in server/suppression/verdict.ts.
 */
import type { Channel } from '../channels.ts'
import { isSendable, type PhoneType } from '../phone.ts'
import { type NotSentReasonKey, notSentReasonKeys } from './not-sent-reasons.ts'

/** By reason; a reason without a condition cannot hold where the verdict is asked for. */
export type Conditions<Condition> = Partial<Readonly<Record<NotSentReasonKey, Condition>>>

export const verdictOrder: readonly NotSentReasonKey[] = [
  'erased',
  ...notSentReasonKeys.filter(key => key !== 'erased'),
]

/** The conditions that exist, in the order in which they are asked. */
export function inVerdictOrder<Condition>(conditions: Conditions<Condition>): [NotSentReasonKey, Condition][] {
  return verdictOrder.flatMap(key => {
    const condition = conditions[key]
    return condition === undefined ? [] : [[key, condition]]
  })
}

/** All that hold, the first one being the verdict. */
export function reasonsThatHold(conditions: Conditions<boolean>): NotSentReasonKey[] {
  if (conditions.erased === true) return ['erased']
  return inVerdictOrder(conditions).flatMap(([key, holds]) => (holds ? [key] : []))
}

/** What a profile says of its address on a channel. */
export interface AddressFacts {
  sms: { phone: string | null; phoneType: PhoneType }
  email: { email: string | null; emailValid: boolean }
}

/** Of the kind of an address one reason holds at most. */
export const kindConditions: { readonly [On in Channel]: (facts: AddressFacts[On]) => Conditions<boolean> } = {
  sms({ phone, phoneType }) {
    if (phoneType === 'none') return { no_address: true }
    if (phoneType === 'invalid' || phone === null) return { invalid_address: true }
    if (phoneType === 'fixed') return { landline: true }
    return { number_type: !isSendable(phoneType) }
  },
  email({ email, emailValid }) {
    return email === null ? { no_address: true } : { invalid_address: !emailValid }
  },
}
