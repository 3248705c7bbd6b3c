/**
 * What is the status of a message? A pure function of its facts: no clock, no order, no memory. The columns beside the
 * facts are a cache of this.
 *
 * Rank of a part within one attempt: delivered > hard > soft > accepted = pending > refused > dropped > unknown > none:
 * any true word outranks "unknown"; a drop for a person's word carries a stop, which is enough to hold it back. Over the attempts of one try an unknown outranks a refusal: what may be on the air is
 * not sent again because an earlier attempt was refused.
 * A try: any part hard -> hard; else any soft -> soft; else all delivered -> delivered; else anything on the air -> in flight.
 * Refusals that count (the gateway took others around it): after each the message waits longer; the third of a part is its outcome,
 * hard or soft by its code, and a submission, never charged. Any other refusal is none.
 * A message: any try delivered -> delivered; else any hard -> hard; else any in flight -> pending; else soft.
 * A fact for the whole message (part 0) is the same fact for each part that its attempt carries.
 *
 * E-mail is the other way round: what was accepted is delivered until it is returned, since most mail servers report failures only, days later.
 * hard > soft > delivered = accepted > pending > refused > dropped > unknown. So a report of failure outranks acceptance, and a message is
 * delivered while any of its tries is.
 */
import type { Channel } from '../channels.ts'
import type { Code } from '../gateways/code.ts'
import { refusalEndsAs } from '../gateways/codes.ts'
import { isHomingCode } from '../gateways/homing.ts'
import { type AnswerFact, type AttemptFact, type MessageFacts, mostParts, type ReceiptFact } from './facts.ts'
import { MOST_REFUSALS, nextSlot, refusalWaitMs, windowEnd } from './retry.ts'

/** Every status that a message can have. */
export const messageStatuses = [
  'queued',
  'not_sent',
  'pending',
  'no_receipt',
  'delivered',
  'bounced_hard',
  'bounced_soft_retrying',
  'bounced_soft_final',
] as const
export type MessageStatus = (typeof messageStatuses)[number]

export interface MessageVerdict {
  status: MessageStatus
  /** why it was not sent */
  reason: string | null
  /** the highest answered attempt; the next one is this + 1 */
  attempts: number
  /** the first submission (an attempt that was answered, or whose outcome is unknown) */
  t0: Date | null
  /** when it came into this status, by the facts */
  statusAt: Date | null
  /** what the gateway said of a bounce; of a queued message: why it was refused last */
  code: Code | null
  /** a hard bounce that is evidence against the number */
  counts: boolean
  /** a gateway has answered for it: it costs its credits, once */
  charged: boolean
  /** when it is to be taken up again; null: never, or (queued, never tried) as soon as it is its turn */
  due: Date | null
  /** bits of the parts to send at due; null: all */
  resend: number | null
}

type PartState = 'none' | AnswerFact['outcome'] | ReceiptFact['outcome']
type Ranks = Readonly<Record<PartState, number>>
const RANK: Ranks = {
  none: 0,
  unknown: 1,
  dropped: 2,
  refused: 3,
  accepted: 4,
  pending: 4,
  soft: 5,
  hard: 6,
  delivered: 7,
}
// over the attempts of one try
const TRY_RANK: Ranks = {
  none: 0,
  dropped: 1,
  refused: 2,
  unknown: 3,
  accepted: 4,
  pending: 4,
  soft: 5,
  hard: 6,
  delivered: 7,
}
/** What is said of an e-mail later, and outranks that it was accepted. */
const LATER = { accepted: 5, delivered: 5, soft: 6, hard: 7 }
const RANKS: Readonly<Record<Channel, { ofAttempt: Ranks; ofTry: Ranks }>> = {
  sms: { ofAttempt: RANK, ofTry: TRY_RANK },
  email: { ofAttempt: { ...RANK, ...LATER }, ofTry: { ...TRY_RANK, ...LATER } },
}
/** Does the gateway's "accepted" deliver it? */
const isDelivery = (channel: Channel, outcome: PartState) =>
  outcome === 'delivered' || (channel === 'email' && outcome === 'accepted')

type TryState = 'delivered' | 'hard' | 'soft' | 'inflight' | 'none'

interface Try {
  state: TryState
  firstN: number
  lastN: number
  deliveredAt: number
  someDelivered: boolean
  refusedParts: number
  /** when what was refused may be sent again; 0: nothing was */
  againAt: number
}

/** An answer, and for one that was refused when it may be sent again. */
type Judged = AnswerFact & { againAt?: number }
/** The facts with no part 0 among them. */
type Facts = Omit<MessageFacts, 'parts' | 'answers'> & { parts: number; answers: readonly Judged[] }

/** Facts of attempts that do not exist are passed over. Throws only for a part above 31, which no text has. */
export function foldMessage(known: MessageFacts): MessageVerdict {
  const facts = byPart(known)
  const tries = foldTries(facts)
  const submitted = tries.filter(t => t.state !== 'none')
  const attempts = known.answers.reduce((n, answer) => Math.max(n, answer.n), 0)
  const againAt = tries.reduce((at, t) => Math.max(at, t.againAt), 0)
  const base = {
    reason: null,
    attempts,
    t0: firstSubmission(facts),
    code: null,
    counts: false,
    charged:
      known.receipts.length > 0 ||
      known.answers.some(a => a.outcome === 'accepted' || a.outcome === 'soft' || a.outcome === 'hard'),
    due: null,
    resend: null,
  }
  if (submitted.length === 0) {
    if (facts.excluded !== null) return { ...base, status: 'not_sent', reason: facts.excluded, statusAt: null }
    if (facts.stop !== null) return { ...base, status: 'not_sent', reason: facts.stop.reason, statusAt: facts.stop.at }
    const due = againAt > 0 ? new Date(againAt) : null
    return { ...base, status: 'queued', statusAt: null, code: lastRefusal(facts), due }
  }
  const t0 = base.t0 ?? new Date(0)

  const delivered = submitted.filter(t => t.state === 'delivered')
  if (delivered.length > 0)
    return { ...base, status: 'delivered', statusAt: new Date(Math.min(...delivered.map(t => t.deliveredAt))) }

  const hard = bounceFacts(facts, 'hard')
  const firstHard = hard.sort(byTime)[0]
  if (firstHard !== undefined)
    return {
      ...base,
      status: 'bounced_hard',
      statusAt: firstHard.at,
      code: firstHard.code,
      counts: hard.some(fact => fact.counts),
    }

  const inflight = submitted.filter(t => t.state === 'inflight')
  if (inflight.length > 0) {
    if (facts.noReceiptAt !== null) {
      // At the end of 72 hours: one part delivered and none failed counts as delivered.
      const status = inflight.some(t => t.someDelivered) ? 'delivered' : 'no_receipt'
      return { ...base, status, statusAt: facts.noReceiptAt }
    }
    const latest = tries.at(-1)
    const resend = latest !== undefined && latest.state === 'inflight' && facts.stop === null ? latest.refusedParts : 0
    return {
      ...base,
      status: 'pending',
      statusAt: t0,
      ...(resend === 0 ? {} : { resend, due: new Date(latest!.againAt) }),
    }
  }

  const lastSoft = bounceFacts(facts, 'soft').sort(byTime).at(-1)
  const softAt = lastSoft?.at ?? t0
  const bounced = { ...base, statusAt: softAt, code: lastSoft?.code ?? null }
  if (facts.stop !== null || facts.windowOverAt !== null || facts.noReceiptAt !== null)
    return { ...bounced, status: 'bounced_soft_final' }
  const slot = nextSlot(t0, softAt) ?? windowEnd(t0)
  return { ...bounced, status: 'bounced_soft_retrying', due: new Date(Math.max(slot.getTime(), againAt)) }
}

function byPart(known: MessageFacts): Facts {
  const parts = partsOf(known)
  const { attempts } = known
  const answers = judgeRefusals(eachPart(known.answers, attempts, parts), attempts)
  return { ...known, parts, answers, receipts: eachPart(known.receipts, attempts, parts) }
}

/** Most facts name their part, and are returned as they are. */
function eachPart<Fact extends { n: number; part: number }>(
  facts: readonly Fact[],
  attempts: readonly AttemptFact[],
  parts: number,
): readonly Fact[] {
  if (!facts.some(({ part }) => part === 0)) return facts
  const carriedBy = new Map(attempts.map(attempt => [attempt.n, attempt]))
  return facts.flatMap(fact => {
    if (fact.part !== 0) return [fact]
    const attempt = carriedBy.get(fact.n)
    if (attempt === undefined) return []
    const all = Array.from({ length: parts }, (_, i) => i + 1)
    return all.filter(part => carries(attempt, part)).map(part => ({ ...fact, part }))
  })
}

/** The third refusal of a part that counts is its outcome; what was refused otherwise may be sent again, later each time. */
function judgeRefusals(answers: readonly AnswerFact[], attempts: readonly AttemptFact[]): readonly Judged[] {
  if (!answers.some(({ outcome }) => outcome === 'refused')) return answers
  const known = new Set(attempts.map(({ n }) => n))
  const counting = answers.filter(({ outcome, counts, n }) => outcome === 'refused' && counts && known.has(n))
  return answers.map(answer => {
    const { outcome, part, n, at, code, counts } = answer
    if (outcome !== 'refused' || !known.has(n)) return answer
    if (!counts) return { ...answer, againAt: at.getTime() }
    const before = new Set(counting.filter(other => other.part === part && other.n <= n).map(other => other.n)).size
    if (before % MOST_REFUSALS === 0) return { ...answer, outcome: refusalEndsAs(code), counts: false }
    return { ...answer, againAt: at.getTime() + refusalWaitMs(before) }
  })
}

/** The gateway's own word. */
function lastRefusal({ answers }: Facts): Code | null {
  const refused = answers.filter(({ againAt, code }) => againAt !== undefined && code !== null && !isHomingCode(code))
  return [...refused].sort(byTime).at(-1)?.code ?? null
}

function foldTries(facts: Facts): Try[] {
  const byTry = new Map<number, AttemptFact[]>()
  for (const attempt of facts.attempts) {
    const known = byTry.get(attempt.try)
    if (known === undefined) byTry.set(attempt.try, [attempt])
    else if (!known.some(a => a.n === attempt.n)) known.push(attempt)
  }
  return [...byTry.values()].map(attempts => foldTry(facts, attempts)).sort((a, b) => a.firstN - b.firstN)
}

/** Every try carries the same text: how many parts it has, as far as is known. */
function partsOf(facts: MessageFacts): number {
  const known = new Set(facts.attempts.map(attempt => attempt.n))
  let parts = facts.parts ?? 1
  for (const attempt of facts.attempts)
    if (attempt.parts !== null) parts = Math.max(parts, 32 - Math.clz32(attempt.parts))
  for (const fact of [...facts.answers, ...facts.receipts]) if (known.has(fact.n)) parts = Math.max(parts, fact.part)
  if (parts > mostParts) throw new RangeError(`a message of ${parts} parts`)
  return parts
}

function foldTry(facts: Facts, attempts: AttemptFact[]): Try {
  const ns = new Map(attempts.map(attempt => [attempt.n, attempt]))
  const answers = facts.answers.filter(answer => ns.has(answer.n))
  const receipts = facts.receipts.filter(receipt => ns.has(receipt.n))

  const result: Try = {
    state: 'none',
    firstN: Math.min(...ns.keys()),
    lastN: Math.max(...ns.keys()),
    deliveredAt: 0,
    someDelivered: false,
    refusedParts: 0,
    againAt: 0,
  }
  const { channel } = facts
  const { ofTry } = RANKS[channel]
  let hard = false
  let soft = false
  let air = false
  let all = true
  for (let part = 1; part <= facts.parts; part++) {
    let state: PartState = 'none'
    for (const attempt of attempts) {
      if (!carries(attempt, part)) continue
      const said = partOfAttempt(part, attempt, { channel, answers, receipts })
      if (ofTry[said] > ofTry[state]) state = said
    }
    if (state === 'hard') hard = true
    if (state === 'soft') soft = true
    if (isDelivery(channel, state) || state === 'accepted' || state === 'pending' || state === 'unknown') air = true
    if (state === 'refused') result.refusedParts |= 1 << (part - 1)
    if (isDelivery(channel, state)) {
      result.someDelivered = true
      const at = firstDelivered(part, channel === 'sms' ? receipts : [...receipts, ...answers], channel)
      result.deliveredAt = Math.max(result.deliveredAt, at)
    } else all = false
  }
  for (const answer of answers) result.againAt = Math.max(result.againAt, answer.againAt ?? 0)
  result.state = hard ? 'hard' : soft ? 'soft' : all ? 'delivered' : air ? 'inflight' : 'none'
  return result
}

const carries = (attempt: AttemptFact, part: number) =>
  attempt.parts === null || (attempt.parts & (1 << (part - 1))) !== 0

function partOfAttempt(
  part: number,
  attempt: AttemptFact,
  { channel, answers, receipts }: Pick<MessageFacts, 'channel' | 'answers' | 'receipts'>,
): PartState {
  const { ofAttempt: rank } = RANKS[channel]
  let state: PartState = 'none'
  for (const answer of answers)
    if (answer.n === attempt.n && answer.part === part && rank[answer.outcome] > rank[state]) state = answer.outcome
  for (const receipt of receipts)
    if (receipt.n === attempt.n && receipt.part === part && rank[receipt.outcome] > rank[state]) state = receipt.outcome
  return state
}

function firstDelivered(part: number, said: readonly (ReceiptFact | AnswerFact)[], channel: Channel): number {
  return Math.min(
    ...said.filter(one => one.part === part && isDelivery(channel, one.outcome)).map(one => one.at.getTime()),
  )
}

function firstSubmission(facts: Facts): Date | null {
  let first: Date | null = null
  for (const attempt of facts.attempts) {
    if (first !== null && first <= attempt.at) continue
    if (wasSubmitted(attempt, facts)) first = attempt.at
  }
  return first
}

/** Some part of it reached the gateway, or may have. A late "refused" of a part takes back its "unknown". */
function wasSubmitted(attempt: AttemptFact, facts: Facts): boolean {
  for (let part = 1; part <= facts.parts; part++) {
    if (!carries(attempt, part)) continue
    const { ofTry } = RANKS[facts.channel]
    if (ofTry[partOfAttempt(part, attempt, facts)] >= ofTry.unknown) return true
  }
  return false
}

type Bounce = { at: Date; n: number; part: number; code: Code | null; counts: boolean }

function bounceFacts(facts: Facts, outcome: 'hard' | 'soft'): Bounce[] {
  const known = new Set(facts.attempts.map(attempt => attempt.n))
  return [...facts.answers, ...facts.receipts].filter(fact => fact.outcome === outcome && known.has(fact.n))
}

/** A total order, so that equal times never let the order of arrival decide. Codes by their characters, as in every language. */
function byTime(a: Bounce, b: Bounce): number {
  return a.at.getTime() - b.at.getTime() || a.n - b.n || a.part - b.part || byCharacters(a.code ?? '', b.code ?? '')
}

const byCharacters = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
