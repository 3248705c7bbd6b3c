/**
 * Why does a person get no SMS? Several reasons may hold; the first in this order is the one that is stored and shown.
 *
 * The order is that of reasons.ts, with one exception: an erased person has no number and no consent because of the erase, so
 * nothing else is said of them. A verdict is made from conditions: booleans here, SQL in server/audience/verdict.ts.
 */
import { isSendable, type PhoneType } from '../phone.ts'
import { type NotSentReasonKey, notSentReasons } from './reasons.ts'

/** By reason; a reason without a condition cannot hold where the verdict is asked for. */
export type Conditions<Condition> = Partial<Readonly<Record<NotSentReasonKey, Condition>>>

export const verdictOrder: readonly NotSentReasonKey[] = [
  'erased',
  ...notSentReasons.map(({ key }) => key).filter(key => key !== 'erased'),
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

/** Of the kind of a number one reason holds at most. */
export function numberConditions(type: PhoneType, hasNumber: boolean): Conditions<boolean> {
  if (type === 'none') return { no_number: true }
  if (type === 'invalid' || !hasNumber) return { invalid_number: true }
  if (type === 'fixed') return { landline: true }
  return { number_type: !isSendable(type) }
}
