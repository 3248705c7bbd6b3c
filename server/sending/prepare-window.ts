/**
 * A window of claimed messages as they are handed to the connection: rendered, in their parts, with what they cost. Those that must not be sent
 * any more, or have become too long, are returned separately with the reason.
 */

import type { NotSentReasonKey } from '../../core/audience/not-sent-reasons.ts'
import type { Code } from '../../core/gateways/code.ts'
import { droppedCode, homingCode } from '../../core/gateways/homing.ts'
import { countCarried } from '../../core/messages/facts.ts'
import { type CheckedMessage, isStillSendable, type Sendable } from './claim.ts'
import type { Flight, Submission } from './flights.ts'
import { referenceOf, type SendingPlan, validityMinutes } from './plan.ts'
import { type RenderedMessage, renderWindow } from './render.ts'

export interface PreparedWindow {
  submissions: Submission[]
  /** code: what the answer says. stop: why its message is not tried again; null: it has been settled meanwhile */
  dropped: { flight: Flight; code: Code; stop: NotSentReasonKey | null }[]
}

/** `flights` of the claimed, in their order. `checkedMs`: monotonicMs() before it was read who may be sent to. `now`: business time. */
export function prepareWindow(
  plan: SendingPlan,
  flights: readonly Flight[],
  checked: readonly CheckedMessage[],
  checkedMs: number,
  now: Date,
): PreparedWindow {
  const prepared: PreparedWindow = { submissions: [], dropped: [] }
  const byProfile = new Map(checked.map(one => [one.profileId, one]))
  const sendable: { flight: Flight; check: Sendable }[] = []
  for (const flight of flights) {
    const check = byProfile.get(flight.profileId)
    if (check?.settled) prepared.dropped.push({ flight, code: homingCode('settled'), stop: null })
    else if (check !== undefined && isStillSendable(check)) sendable.push({ flight, check })
    else {
      const reason = check?.barred ?? 'erased'
      prepared.dropped.push({ flight, code: droppedCode(reason), stop: reason })
    }
  }
  const rendered = renderWindow(
    plan,
    sendable.map(({ check }) => check),
  )
  sendable.forEach(({ flight, check }, i) => {
    const submission = submissionOf(plan, flight, check, rendered[i]!, now)
    if (submission === undefined) prepared.dropped.push({ flight, code: droppedCode('too_long'), stop: 'too_long' })
    else {
      flight.checkedMs = checkedMs
      prepared.submissions.push(submission)
    }
  })
  return prepared
}

/** Undefined: it has more parts than the workspace allows. */
function submissionOf(
  plan: SendingPlan,
  flight: Flight,
  check: Sendable,
  { content, parts }: RenderedMessage,
  now: Date,
): Submission | undefined {
  const { attempt, activityId, profileId, n } = flight
  if (parts > plan.maxParts) return undefined
  flight.audience = plan
  flight.parts = parts
  flight.creditsE4 = (plan.prices.creditsE4(check.address) ?? 0) * parts
  flight.open = countCarried(attempt.parts, parts)
  flight.submission = {
    key: flight.key,
    n,
    to: check.address,
    from: plan.content.sender,
    content,
    parts: attempt.parts,
    reference: referenceOf(activityId, profileId, attempt.try),
    validMinutes: validityMinutes(plan, check.t0, now),
    again: n > 1,
    bounced: check.t0 !== null && attempt.parts === null,
    flight,
  }
  return flight.submission
}
