/**
 * The attempts of one session between their intent and their committed answer. Answers are committed in batches, one batch at a time.
 *
 * Always: an answer is kept until it is committed, however long the database is away: it is true whatever the database does, and
 * a repeat changes nothing. Each attempt leaves once, when all parts that it carries are answered and the answers are committed.
 */
import type { NotSentReasonKey } from '../../core/audience/not-sent-reasons.ts'
import type { Code } from '../../core/gateways/code.ts'
import type { AnswerOutcome, AttemptFact } from '../../core/messages/facts.ts'
import type { GatewayAnswer, Outgoing } from '../gateways/gateway.ts'
import { type Grouping, groupForWriting, type WriteGroup } from '../messages/group.ts'
import type { MessageChange, NewAnswer } from '../messages/message-change.ts'
import { monotonicMs } from '../platform/clock.ts'
import type { Log } from '../platform/log.ts'
import type { Claimed } from './claim.ts'

/** An attempt as it was handed to the connection. */
export type Submission = Outgoing & { readonly flight: Flight }

export interface Flight {
  readonly key: string
  readonly activityId: number
  /** null: over the activity's own gateway, or not known */
  readonly route: number | null
  readonly bucket: number
  readonly profileId: number
  readonly n: number
  readonly attempt: AttemptFact
  /** business time */
  readonly claimedAt: Date
  /** monotonicMs() when it was read that it may be sent */
  checkedMs: number
  /** an opt-out of these bars it */
  audience: { readonly workspaceId: number; readonly topics: readonly number[] }
  /** known once it was rendered */
  parts: number
  creditsE4: number
  /** parts that have no answer yet */
  open: number
  answers: NewAnswer[]
  stop: { reason: NotSentReasonKey; at: Date } | undefined
  /** undefined: it was never handed over */
  submission: Submission | undefined
}

export interface FlightsInput {
  now: () => Date
  log: Pick<Log, 'warn'>
  grouping: Grouping
  gatewayId: number
  /** One transaction. */
  write(group: WriteGroup<MessageChange>): Promise<void>
  /** Does this refusal count for its message, though the connection does not say so? Called for each answer. */
  countsAnyway(answer: GatewayAnswer<Submission>): boolean
  /** These have left. */
  committed(flights: readonly Flight[]): void
  /** before a batch that could not be written is tried again; 500 */
  retryMs?: number
}

const mostInBatch = 2000
const nobody = { workspaceId: 0, topics: [] }

export class Flights implements Iterable<Flight> {
  readonly #input: FlightsInput
  readonly #open = new Map<string, Flight>()
  #answered: Flight[] = []
  #committing: Promise<void> | undefined
  /** business time of a claim whose outcome is not known (yet) */
  #claimingSince: Date | undefined

  constructor(input: FlightsInput) {
    this.#input = input
  }

  get size(): number {
    return this.#open.size
  }

  [Symbol.iterator](): Iterator<Flight> {
    return this.#open.values()
  }

  get claimingSince(): Date | undefined {
    return this.#claimingSince
  }

  /** Before a claim. Until claimEnded() its attempts may be committed, though nobody has heard of it. */
  claimBegins(now: Date): void {
    this.#claimingSince = now
  }

  claimEnded(): void {
    this.#claimingSince = undefined
  }

  /** Every attempt has its committed answer. False: a claim broke off, and may have been committed. */
  get settled(): boolean {
    return this.#open.size === 0 && this.#claimingSince === undefined
  }

  /** Business time before which every attempt has its answer: also of a claim that is under way, or of which nobody knows. */
  get answeredUntil(): Date {
    let until = this.#input.now()
    if (this.#claimingSince !== undefined && this.#claimingSince < until) until = this.#claimingSince
    for (const { claimedAt } of this.#open.values()) if (claimedAt < until) until = claimedAt
    return until
  }

  has(activityId: number, one: Claimed): boolean {
    return this.#open.has(flightKey(activityId, one))
  }

  /** The intent is committed. */
  takeOff(activityId: number, one: Claimed, at: Date, route: number | null = null): Flight {
    const flight: Flight = {
      key: flightKey(activityId, one),
      activityId,
      route,
      bucket: one.bucket,
      profileId: one.profileId,
      n: one.n,
      attempt: { n: one.n, try: one.try, parts: one.parts, at },
      claimedAt: at,
      checkedMs: monotonicMs(),
      audience: nobody,
      parts: 0,
      creditsE4: 0,
      open: 0,
      answers: [],
      stop: undefined,
      submission: undefined,
    }
    this.#open.set(flight.key, flight)
    return flight
  }

  /** It never reached a socket. */
  refuse(flight: Flight, code: Code): void {
    this.#answerWhole(flight, 'refused', code)
  }

  /** It must not be sent any more. `stop`: nor any later attempt of its message, for this reason. */
  drop(flight: Flight, code: Code, stop: NotSentReasonKey | null): void {
    if (stop !== null) flight.stop = { reason: stop, at: this.#input.now() }
    this.#answerWhole(flight, 'dropped', code)
  }

  /** Answers as the connection gives them; a second, late one of a part is a fact like any other. */
  answered(answers: readonly GatewayAnswer<Submission>[]): void {
    const at = this.#input.now()
    for (const one of answers) {
      const { part, outcome, providerId, code } = one
      const { flight } = one.message
      const counts = this.#input.countsAnyway(one) || one.counts
      const answer = this.#answer(flight, part, outcome, counts, at, providerId, code)
      if (one.late) {
        this.#answered.push({ ...flight, submission: undefined, answers: [answer] })
        continue
      }
      flight.answers.push(answer)
      flight.open = part === 0 ? 0 : flight.open - 1
      if (flight.open === 0) this.#answered.push(flight)
    }
    this.#commitSoon()
  }

  async allCommitted(): Promise<void> {
    while (this.#committing !== undefined || this.#answered.length > 0) {
      this.#commitSoon()
      await this.#committing
    }
  }

  #answerWhole(flight: Flight, outcome: 'refused' | 'dropped', code: Code): void {
    flight.answers.push(this.#answer(flight, 0, outcome, false, this.#input.now(), null, code))
    this.#answered.push(flight)
    this.#commitSoon()
  }

  #answer(
    { n }: Flight,
    part: number,
    outcome: AnswerOutcome,
    counts: boolean,
    at: Date,
    providerId: string | null,
    code: Code | null,
  ): NewAnswer {
    return { n, part, outcome, counts, at, gatewayId: this.#input.gatewayId, providerId, code }
  }

  /** What is answered while one batch is being committed makes the next one. */
  #commitSoon(): void {
    if (this.#committing !== undefined || this.#answered.length === 0) return
    this.#committing = this.#commit().finally(() => {
      this.#committing = undefined
      this.#commitSoon()
    })
  }

  async #commit(): Promise<void> {
    const batch = this.#answered.splice(0, mostInBatch)
    for (const group of groupForWriting(batch.map(changeOf), this.#input.grouping)) await this.#write(group)
    for (const flight of batch) if (this.#open.get(flight.key) === flight) this.#open.delete(flight.key)
    this.#input.committed(batch)
  }

  async #write(group: WriteGroup<MessageChange>): Promise<void> {
    for (;;) {
      try {
        await this.#input.write(group)
        return
      } catch (error) {
        this.#input.log.warn({ err: error, count: group.items.length }, 'answers wait for the database')
        await new Promise(resolve => setTimeout(resolve, this.#input.retryMs ?? 500))
      }
    }
  }
}

const flightKey = (activityId: number, { profileId, n }: { profileId: number; n: number }): string =>
  `${activityId}/${profileId}/${n}`

function changeOf({ bucket, activityId, profileId, answers, attempt, parts, creditsE4, stop }: Flight): MessageChange {
  return {
    bucket,
    activityId,
    profileId,
    answers,
    attempt,
    ...(parts > 0 ? { parts, creditsE4 } : {}),
    ...(stop === undefined ? {} : { stop }),
  }
}
