/**
 * The visits to the links of one message, judged together: what each alone shows, when the message was submitted and
 * delivered, and what all of them show. Pure, and a function of the set: order and repetition of arrival never matter, and
 * more visits only ever turn more of them. A page that was seen turns its own click back.
 */
import { type ClickReasonKey, isBotReason, verdictOf } from './click-reasons.ts'
import type { ClickVerdict } from './count-clicks.ts'

/** A visit within this time of a submission: nobody has read the SMS. */
export const tooSoonMs = 2_000
/** All links of a message opened within this time: nobody reads so fast. */
export const allAtOnceMs = 3_000
/** Within this time one visitor's steps through a message belong together. */
export const walkMs = 60_000

export interface Visit {
  /** the link's place in the text, null: the unsubscribe link, which is evidence and never a click */
  slot: number | null
  at: Date
  /** what it alone shows (hit.ts), null: nothing */
  ownReason: string | null
  /** a sign of a program (hit.ts) */
  ownSign: boolean
  /** address and agent: whose steps belong together */
  visitor: string
  /** turned by the rule over one address (crowd.ts) */
  crowd: boolean
  /** the page that it led to ran the script of the website and was looked at */
  pageSeen?: boolean
}

/** What is known of the message. */
export interface MessageContext {
  /** places of its tracked links */
  slots: readonly number[]
  /** when it was handed to a gateway, each attempt */
  submittedAt: readonly Date[]
  /**
   * when the phone had it, where a receipt says so by the gateway's own dates; null: not delivered so far, or nobody knows when: a receipt
   * without dates may come long after the phone had the SMS
   */
  deliveredAt: Date | null
}

export interface Judged {
  verdict: ClickVerdict
  reason: string | null
  /** counts for the rule over one address */
  signed: boolean
}

/** One for each visit, in the order given. */
export function judgeVisits(visits: readonly Visit[], context: MessageContext): Judged[] {
  const open = visits.map((visit, i) => ({ ...visit, i })).filter(visit => !isBotReason(visit.ownReason))
  open.sort(inTime)
  const atOnce = allAtOnce(open, context.slots)
  const walks = Map.groupBy(open, visit => visit.visitor)
  const inOrder = new Set<number>()
  const beside = new Set<number>()
  for (const steps of walks.values()) {
    for (const i of stepsInOrder(steps, context.slots)) inOrder.add(i)
    for (const i of besideUnsubscribe(steps)) beside.add(i)
  }
  return visits.map((visit, i) => {
    const reason = reasonOf(visit, context, atOnce.has(i), inOrder.has(i))
    const isBot = isBotReason(visit.ownReason)
    return { verdict: verdictOf(reason), reason, signed: !isBot && (visit.ownSign || beside.has(i)) }
  })
}

/** In the order of the table of reasons. */
function reasonOf(visit: Visit, context: MessageContext, atOnce: boolean, inOrder: boolean): string | null {
  if (visit.ownReason !== null) return visit.ownReason
  // The rules over several visits only suspect; a person was there.
  if (visit.pageSeen === true) return null
  const shared: [ClickReasonKey, boolean][] = [
    ['crowd', visit.crowd],
    ['too_soon', context.submittedAt.some(at => isWithin(visit.at, at, tooSoonMs))],
    ['before_delivery', context.deliveredAt !== null && visit.at < context.deliveredAt],
    ['all_at_once', atOnce],
    ['in_order', inOrder],
  ]
  return shared.find(([, holds]) => holds)?.[0] ?? null
}

function isWithin(at: Date, from: Date, ms: number): boolean {
  const since = at.getTime() - from.getTime()
  return since >= 0 && since <= ms
}

interface Step extends Visit {
  i: number
}

/** Those of one moment by their place in the text, so that it does not matter in which order they came. */
function inTime(a: Visit, b: Visit): number {
  return a.at.getTime() - b.at.getTime() || (a.slot ?? -1) - (b.slot ?? -1)
}

/**
 * Those in a stretch of 3 s in which every tracked link was opened; where there is only one, it and the unsubscribe link.
 * Steps are ascending in time. From any address, because scanners change their address from link to link.
 */
function allAtOnce(steps: readonly Step[], slots: readonly number[]): Set<number> {
  const found = new Set<number>()
  if (slots.length === 0) return found
  const wanted: readonly (number | null)[] = slots.length === 1 ? [...slots, null] : slots
  const seen = new Map<number | null, number>()
  let open = wanted.length
  let end = 0
  // Steps before this are in the set already: no stretch is walked twice.
  let marked = 0
  for (const [start, first] of steps.entries()) {
    for (; end < steps.length && steps[end]!.at.getTime() - first.at.getTime() <= allAtOnceMs; end++) {
      const { slot } = steps[end]!
      if (!wanted.includes(slot)) continue
      const n = seen.get(slot) ?? 0
      if (n === 0) open--
      seen.set(slot, n + 1)
    }
    if (open === 0) for (marked = Math.max(marked, start); marked < end; marked++) found.add(steps[marked]!.i)
    const left = seen.get(first.slot)
    if (left === undefined) continue
    seen.set(first.slot, left - 1)
    if (left === 1) open++
  }
  return found
}

/**
 * Those of one visitor within a minute in which all links were opened in the order of the text, the unsubscribe link at any
 * place. Of a message with one link that is what a person does who looks and then opts out: it says nothing.
 */
function stepsInOrder(steps: readonly Step[], slots: readonly number[]): Set<number> {
  const found = new Set<number>()
  if (slots.length < 2 || !steps.some(({ slot }) => slot === null)) return found
  const order = [...slots].sort((a, b) => a - b)
  for (const [start, first] of steps.entries()) {
    const end = first.at.getTime() + walkMs
    let place = 0
    let unsubscribe = false
    let last = start
    for (; last < steps.length && steps[last]!.at.getTime() <= end; last++) {
      const { slot } = steps[last]!
      if (slot === null) unsubscribe = true
      else if (slot === order[place]) place++
    }
    if (unsubscribe && place === order.length) for (const { i } of steps.slice(start, last)) found.add(i)
  }
  return found
}

/** Links that one visitor opened within a minute of the unsubscribe link of the same message. Steps are ascending. */
function besideUnsubscribe(steps: readonly Step[]): Set<number> {
  const found = new Set<number>()
  const opened = steps.filter(({ slot }) => slot === null).map(({ at }) => at.getTime())
  if (opened.length === 0) return found
  for (const { slot, at, i } of steps)
    if (slot !== null && opened.some(time => Math.abs(time - at.getTime()) <= walkMs)) found.add(i)
  return found
}
