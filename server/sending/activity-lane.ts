/**
 * Which messages of one activity, over one of its routes, come next? Three kinds of work take turns: the walk over what was never tried, in key order; the rounds over
 * messages that are due `again` (refused) and over those due for a `retry` (bounced softly). Each goes from bucket to bucket and begins again at the first.
 *
 * Always: a retry is claimed only when everything that was in the inbox when it was asked for has been applied: a receipt that was
 * acknowledged is never overtaken.
 */
import { countParts } from '../../core/sms/split.ts'
import { monotonicMs } from '../platform/clock.ts'
import type { Database } from '../platform/db/database.ts'
import { ActivityBackOff } from './activity-back-off.ts'
import {
  type Claimed,
  type ClaimInput,
  claimDue,
  claimQueued,
  hasPassed,
  type InboxHeads,
  type QueuePosition,
  readHeads,
} from './claim.ts'
import type { SendingPlan } from './plan.ts'

/** The statements of a lane (claim.ts). */
export interface Claims {
  queued(input: ClaimInput, buckets: readonly number[], after: QueuePosition | undefined): Promise<Claimed[]>
  due(input: ClaimInput, buckets: readonly number[], kind: 'again' | 'retry'): Promise<Claimed[]>
  heads(): Promise<InboxHeads>
  hasPassed(heads: InboxHeads): Promise<boolean>
}

export const claimsOf = (db: Database): Claims => ({
  queued: (input, buckets, after) => claimQueued(db, input, buckets, after),
  due: (input, buckets, kind) => claimDue(db, input, buckets, kind),
  heads: () => readHeads(db),
  hasPassed: heads => hasPassed(db, heads),
})

export interface LaneInput extends Omit<ClaimInput, 'activityId' | 'route'> {
  /** those of this session */
  buckets: readonly number[]
}

const kinds = ['retry', 'again', 'walk'] as const
type Kind = (typeof kinds)[number]

/** Where nothing was due, the next look at what was refused comes after this time. */
const againMs = 250
/** A walk that found the end begins again after this time, while the sums say that something is left. */
const rewalkMs = 3000
/** The weight of a window in the average number of parts: 1/n. */
const partsMemory = 20

export class ActivityLane {
  readonly plan: SendingPlan
  readonly route: number | null
  readonly backOff = new ActivityBackOff()
  readonly #claims: Claims
  readonly #nowMs: () => number
  /** by the sums of a moment ago */
  #queued = 0
  #retrying = 0
  #parts: number
  /** the walk has come to here, or has come to the end */
  #place: QueuePosition | undefined
  #walkedMs: number | undefined
  #againAskedMs = Number.NEGATIVE_INFINITY
  /** which kind was claimed last: the others come first then */
  #lastKind: Kind = 'walk'
  /** the rounds have come to these buckets */
  readonly #dueFrom = { retry: 0, again: 0 }
  #heads: InboxHeads | undefined

  constructor(plan: SendingPlan, route: number | null, claims: Claims, nowMs: () => number = monotonicMs) {
    this.plan = plan
    this.route = route
    this.#claims = claims
    this.#nowMs = nowMs
    this.#parts = plan.template.channel === 'sms' ? countParts(plan.template.text) : 1
  }

  /** Parts of a message, on average of the last ones. */
  get parts(): number {
    return this.#parts
  }

  rendered(parts: number): void {
    this.#parts += (parts - this.#parts) / partsMemory
  }

  /** Messages of this route queued, and waiting for a retry, by the sums. */
  left(sums: { queued: number; retrying: number }): void {
    this.#queued = sums.queued
    this.#retrying = sums.retrying
  }

  /** The session has other buckets now. */
  walkAgain(): void {
    this.#place = undefined
    this.#walkedMs = undefined
  }

  /** Something was refused, and is due at once. */
  askAgain(): void {
    this.#againAskedMs = Number.NEGATIVE_INFINITY
  }

  async claim(input: LaneInput): Promise<Claimed[]> {
    const { activityId, latestAt } = this.plan
    const limit = Math.min(input.limit, this.backOff.allowance(this.#nowMs()))
    if (limit < 1 || (latestAt !== null && input.now > latestAt)) return []
    const { buckets, ...rest } = input
    const claim = { ...rest, activityId, route: this.route, limit }
    const first = kinds.indexOf(this.#lastKind) + 1
    for (let i = 0; i < kinds.length; i++) {
      const kind = kinds[(first + i) % kinds.length]!
      const claimed = await this.#claimKind(kind, claim, buckets)
      if (claimed.length === 0) continue
      this.#lastKind = kind
      return claimed
    }
    return []
  }

  #claimKind(kind: Kind, claim: ClaimInput, buckets: readonly number[]): Promise<Claimed[]> {
    if (kind === 'walk') return this.#walk(claim, buckets)
    return kind === 'again' ? this.#again(claim, buckets) : this.#retry(claim, buckets)
  }

  /** Once over all queued messages, in key order; again while the sums say that some are left (freed by a dead session). */
  async #walk(claim: ClaimInput, buckets: readonly number[]): Promise<Claimed[]> {
    if (this.#walkedMs !== undefined) {
      if (this.#queued === 0 || this.#nowMs() - this.#walkedMs < rewalkMs) return []
      this.walkAgain()
    }
    const claimed = await this.#claims.queued(claim, buckets, this.#place)
    for (const { bucket, profileId } of claimed)
      if (this.#place === undefined || isBehind({ bucket, profileId }, this.#place)) this.#place = { bucket, profileId }
    if (claimed.length === 0) this.#walkedMs = this.#nowMs()
    return claimed
  }

  async #again(claim: ClaimInput, buckets: readonly number[]): Promise<Claimed[]> {
    if (this.#nowMs() - this.#againAskedMs <= againMs) return []
    const claimed = await this.#due('again', claim, buckets)
    if (claimed.length === 0) this.#againAskedMs = this.#nowMs()
    return claimed
  }

  async #retry(claim: ClaimInput, buckets: readonly number[]): Promise<Claimed[]> {
    if (this.#retrying === 0) return []
    this.#heads ??= await this.#claims.heads()
    if (!(await this.#claims.hasPassed(this.#heads))) return []
    this.#heads = undefined
    return this.#due('retry', claim, buckets)
  }

  /** The next of the round; from the first bucket again where there is nothing ahead. */
  async #due(kind: 'again' | 'retry', claim: ClaimInput, buckets: readonly number[]): Promise<Claimed[]> {
    const from = this.#dueFrom[kind]
    const ahead = buckets.filter(bucket => bucket >= from)
    const claimed = await this.#claims.due(claim, ahead, kind)
    const isFull = claimed.length >= claim.limit
    this.#dueFrom[kind] = isFull ? Math.max(...claimed.map(({ bucket }) => bucket)) + 1 : 0
    return claimed.length > 0 || from === 0 ? claimed : this.#due(kind, claim, buckets)
  }
}

const isBehind = (one: QueuePosition, other: QueuePosition) =>
  one.bucket > other.bucket || (one.bucket === other.bucket && one.profileId > other.profileId)
