/**
 * One gateway session at work. Again and again: commit the intents of a window of due messages; read who may still be sent
 * to; render and encode; hand the window to the session in one write; commit the answers, in batches, with status and sums.
 *
 * Always: attempts without a committed answer are at most twice the window; no more is claimed than the
 * connection has room for (its window, and what its rate carries in about a second); nothing is handed to the socket later than 5 s
 * after it was read who may be sent to, nor without the lease: it is answered `refused` instead. Answers are kept until they
 * are committed, however long the database is away; meanwhile nothing new is claimed.
 */
import { type AttemptFact, countCarried } from '../../core/messages/facts.ts'
import { windowEnd } from '../../core/messages/retry.ts'
import { countParts, splitIntoParts } from '../../core/sms/split.ts'
import type { Answer, Connection, Outgoing } from '../gateways/gateway.ts'
import type { Change, NewAnswer } from '../messages/change.ts'
import { type Grouping, groupForWriting } from '../messages/group.ts'
import { record } from '../messages/record.ts'
import { Tallies } from '../messages/tallies.ts'
import { type Clock, monotonicMs } from '../platform/clock.ts'
import type { Database } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import type { Log } from '../platform/log.ts'
import { Nap } from '../platform/wakeable-timer.ts'
import { ActivityBackOff } from './activity-back-off.ts'
import {
  type Checked,
  type Claimed,
  type ClaimInput,
  checkClaimed,
  claimDue,
  claimQueued,
  hasPassed,
  type InboxHeads,
  isSendable,
  type Place,
  readHeads,
  readUnanswered,
  type Sendable,
} from './claim.ts'
import type { WriteGate } from './gate.ts'
import type { Journal, JournalEntry } from './journal.ts'
import { type Plan, readPlan, referenceOf, renderWindow } from './plan.ts'
import { placeAmong } from './session-lease.ts'

/** An attempt as it was handed to the connection. */
export type Submission = Outgoing & { readonly flight: Flight }

/** One attempt between its intent and its committed answer. */
interface Flight {
  activityId: number
  bucket: number
  profileId: number
  n: number
  attempt: AttemptFact
  parts: number
  creditsE4: number
  /** parts that have no answer yet */
  open: number
  /** whose workspace, and for which topics: an opt-out of these bars it */
  audience: Pick<Plan, 'workspaceId' | 'topics'>
  answers: NewAnswer[]
  /** monotonicMs() when it was read that it may be sent */
  checkedMs: number
  claimedAt: Date
  /** what the connection has of it; undefined: nothing */
  submission: Submission | undefined
}

const kinds = ['retry', 'again', 'walk'] as const
type Kind = (typeof kinds)[number]

/** An activity that this session sends for. */
interface Sending {
  plan: Plan
  /** messages queued, and waiting for a retry, by the sums of a moment ago */
  queued: number
  retrying: number
  /** the walk over the queued messages has come to here, or has come to the end */
  place: Place | undefined
  walked: boolean
  walkedMs: number
  /** parts of a message, on average of the last windows */
  parts: number
  /** when it was last asked for what was refused */
  againAskedMs: number
  /** which kind of work was claimed last: the others come first then */
  lastKind: Kind
  /** the rounds over what is due have come to these buckets */
  dueFrom: { retry: number; again: number }
  backOff: ActivityBackOff
  /** where the inbox ended when a window for retries was asked for; they go when the apply lane has passed it */
  heads: InboxHeads | undefined
}

export interface SenderInput {
  db: Database
  clock: Clock
  log: Log
  grouping: Grouping
  journal: Journal
  gate: WriteGate
  /** what else in the journal has no answer yet */
  unansweredBeside?: () => readonly JournalEntry[]
  /** False: nothing is claimed, since opt-outs may have come in that are not applied yet. */
  mayClaim?: () => boolean
  sessionId: number
  gatewayId: number
  window: number
  linkUrl: string
}

const allBuckets = Array.from({ length: 256 }, (_, bucket) => bucket)
const idleMs = 100
const planMs = 1000
const againMs = 250
const rewalkMs = 3000

export class Sender {
  readonly #input: SenderInput
  readonly #flights = new Set<Flight>()
  readonly #flightKeys = new Map<string, Flight>()
  readonly #stops = new Map<Flight, { reason: string; at: Date }>()
  #buckets: number[] = allBuckets
  #connection: Connection<Submission> | undefined
  #answered: Flight[] = []
  #committing: Promise<void> | undefined
  #stopped = false
  readonly #nap = new Nap()
  #activities: Sending[] = []
  #byId = new Map<number, Sending>()
  #activitiesReadMs = 0
  /** business time of a claim whose outcome is not known (yet) */
  #claimingSince: Date | undefined
  #turn = 0

  constructor(input: SenderInput) {
    this.#input = input
  }

  /** The connection to use from now on; undefined: none. */
  use(connection: Connection<Submission> | undefined): void {
    this.#connection = connection
    this.#nap.wake()
  }

  wake(): void {
    this.#nap.wake()
  }

  /** Business time before which every attempt has its answer: also of a claim that is under way, or of which nobody knows. */
  get answeredUntil(): Date {
    let until = this.#input.clock.now()
    if (this.#claimingSince !== undefined && this.#claimingSince < until) until = this.#claimingSince
    for (const flight of this.#flights) if (flight.claimedAt < until) until = flight.claimedAt
    return until
  }

  get unanswered(): number {
    return this.#flights.size
  }

  /** Every attempt of this session has its committed answer. False: a claim broke off, and may have been committed. */
  get settled(): boolean {
    return this.#flights.size === 0 && this.#claimingSince === undefined
  }

  /** Answers as the connection gives them; a second, late one of a part is a fact like any other. */
  answered(answers: readonly Answer<Submission>[]): void {
    const at = this.#input.clock.now()
    const { gatewayId } = this.#input
    for (const one of answers) {
      const { part, outcome, providerId, code } = one
      const { flight } = one.message
      const counts = one.counts || this.#countsAnyway(one)
      const answer = { n: flight.n, part, at, gatewayId, outcome, counts, providerId, code }
      if (one.late) {
        this.#answered.push({ ...flight, open: 0, answers: [answer] })
        continue
      }
      flight.answers.push(answer)
      flight.open = part === 0 ? 0 : flight.open - 1
      if (flight.open === 0) this.#answered.push(flight)
    }
    this.#commitSoon()
  }

  /** A refusal that counts for its message because the gateway refuses all of its activity. */
  #countsAnyway({ message, outcome, counts, personal }: Answer<Submission>): boolean {
    const backOff = this.#byId.get(message.flight.activityId)?.backOff
    if (outcome === 'refused') return personal && !counts && backOff?.refused(monotonicMs()) === 'counts'
    if (outcome !== 'unknown') backOff?.taken()
    return false
  }

  /** Works until stop(). */
  async run(): Promise<void> {
    while (!this.#stopped) {
      try {
        if (!(await this.#step())) await this.#nap.take(idleMs)
      } catch (error) {
        this.#input.log.warn({ err: error }, 'sending pauses: the database does not answer')
        await this.#nap.take(1000)
      }
    }
    await this.#allCommitted()
  }

  /** Claims no more. The owner closes the session, then awaits run(). */
  stop(): void {
    this.#stopped = true
    this.#nap.wake()
  }

  /** One window; false where there was nothing to do or no room. */
  async #step(): Promise<boolean> {
    const connection = this.#connection
    if (connection === undefined || !connection.ready || !this.#input.gate.leased) return false
    if (this.#input.mayClaim?.() === false) return false
    await this.#takeBack()
    await this.#readActivities()
    for (let i = 0; i < this.#activities.length; i++) {
      const activity = this.#activities[this.#turn++ % this.#activities.length]!
      const room = this.#room(connection, activity)
      const claimed = room < 1 ? [] : await this.#claim(activity, room)
      this.#claimingSince = undefined
      if (claimed.length === 0) continue
      await this.#prepare(activity, claimed, connection)
      return true
    }
    return false
  }

  /**
   * A claim that broke off may have been committed all the same, though nobody heard of it: a database that died told no one.
   * Such intents never came near a socket; they are taken back.
   */
  async #takeBack(): Promise<void> {
    const since = this.#claimingSince
    if (since === undefined) return
    const { db, sessionId } = this.#input
    const unheard = (await readUnanswered(db, sessionId, since)).filter(
      one => !this.#flightKeys.has(flightKey(one.activityId, one.profileId, one.n)),
    )
    for (const one of unheard) {
      this.#takeOff(one.activityId, one, one.at)
      this.#answerWhole(one.activityId, one, 'refused', 'claim_broke_off', null)
    }
    this.#claimingSince = undefined
  }

  /** How many messages of this activity may be claimed now: what the connection can write soon, within the doubt limit. */
  #room(connection: Connection<Submission>, activity: Sending): number {
    return Math.min(connection.room(activity.parts), 2 * this.#input.window - this.#flights.size)
  }

  /** What was claimed last comes last: retries, what was refused, and what was never tried all have their turn. */
  async #claim(activity: Sending, room: number): Promise<Claimed[]> {
    const { clock, gatewayId, sessionId } = this.#input
    const { activityId, latestAt } = activity.plan
    const now = clock.now()
    const limit = Math.min(room, activity.backOff.allowance(monotonicMs()))
    if (limit < 1 || (latestAt !== null && now > latestAt)) return []
    const input = { activityId, gatewayId, sessionId, limit, now }
    this.#claimingSince = now
    const first = kinds.indexOf(activity.lastKind) + 1
    for (let i = 0; i < kinds.length; i++) {
      const kind = kinds[(first + i) % kinds.length]!
      const claimed = await this.#claimKind(activity, kind, input)
      if (claimed.length === 0) continue
      activity.lastKind = kind
      return claimed
    }
    return []
  }

  async #claimKind(activity: Sending, kind: Kind, input: ClaimInput): Promise<Claimed[]> {
    const { db } = this.#input
    const ours = (claimed: Claimed[]) => {
      for (const one of claimed) this.#takeOff(input.activityId, one, input.now)
      return claimed
    }
    const due = async (of: 'retry' | 'again'): Promise<Claimed[]> => {
      const from = activity.dueFrom[of]
      const ahead = this.#buckets.filter(bucket => bucket >= from)
      const claimed = ours(await claimDue(db, input, ahead, of))
      activity.dueFrom[of] = claimed.length < input.limit ? 0 : Math.max(...claimed.map(({ bucket }) => bucket)) + 1
      return claimed.length > 0 || from === 0 ? claimed : due(of)
    }
    switch (kind) {
      case 'walk':
        return this.#walk(activity, async after => ours(await claimQueued(db, input, this.#buckets, after)))
      case 'again': {
        if (monotonicMs() - activity.againAskedMs <= againMs) return []
        const again = await due('again')
        if (again.length === 0) activity.againAskedMs = monotonicMs()
        return again
      }
      case 'retry': {
        // They wait for the apply lane: a receipt that was acknowledged is never overtaken.
        if (activity.retrying === 0) return []
        activity.heads ??= await readHeads(db)
        if (!(await hasPassed(db, activity.heads))) return []
        activity.heads = undefined
        return due('retry')
      }
    }
  }

  /** Once over all queued messages, in key order; again while the sums say that some are left (freed by a dead session). */
  async #walk(activity: Sending, claim: (after: Place | undefined) => Promise<Claimed[]>): Promise<Claimed[]> {
    if (activity.walked) {
      if (activity.queued === 0 || monotonicMs() - activity.walkedMs < rewalkMs) return []
      activity.walked = false
      activity.place = undefined
    }
    const claimed = await claim(activity.place)
    for (const { bucket, profileId } of claimed) {
      const { place } = activity
      if (place === undefined || bucket > place.bucket || (bucket === place.bucket && profileId > place.profileId))
        activity.place = { bucket, profileId }
    }
    if (claimed.length === 0) {
      activity.walked = true
      activity.walkedMs = monotonicMs()
    }
    return claimed
  }

  /** Reads who may be sent to, renders, hands over. What may not is answered here. */
  async #prepare(activity: Sending, claimed: readonly Claimed[], connection: Connection<Submission>): Promise<void> {
    const { plan } = activity
    const checkedMs = monotonicMs()
    let checked: Checked[]
    try {
      checked = await checkClaimed(this.#input.db, plan.activityId, plan.topics, claimed)
    } catch (error) {
      // Not read, not sent: the intents are taken back as soon as the database answers again.
      for (const one of claimed) this.#answerWhole(plan.activityId, one, 'refused', 'not_checked', null)
      throw error
    }
    const found = new Map(checked.map(one => [one.profileId, one]))
    const sendable: { one: Claimed; check: Sendable }[] = []
    for (const one of claimed) {
      const check = found.get(one.profileId)
      if (check === undefined) this.#drop(plan.activityId, one, 'erased')
      else if (check.settled) this.#drop(plan.activityId, one, null)
      else if (!isSendable(check)) this.#drop(plan.activityId, one, check.barred ?? 'erased')
      else sendable.push({ one, check })
    }
    const texts = renderWindow(
      plan,
      sendable.map(({ check }) => check),
    )
    const now = this.#input.clock.now()
    const submissions: Submission[] = []
    sendable.forEach(({ one, check }, i) => {
      const flight = this.#flightKeys.get(flightKey(plan.activityId, one.profileId, one.n))!
      const text = texts[i]!
      const split = splitIntoParts(text)
      const parts = split.parts.length
      if (parts > plan.maxParts) {
        this.#drop(plan.activityId, one, 'too_long')
        return
      }
      flight.checkedMs = checkedMs
      flight.audience = plan
      flight.parts = parts
      flight.creditsE4 = (plan.prices.creditsE4(check.address) ?? 0) * parts
      flight.open = countCarried(one.parts, parts)
      activity.parts += (parts - activity.parts) / 20
      flight.submission = {
        key: flightKey(plan.activityId, one.profileId, one.n),
        n: one.n,
        to: check.address,
        from: plan.sender,
        content: { channel: 'sms', text, split },
        parts: one.parts,
        reference: referenceOf(plan.activityId, one.profileId, one.try),
        validMinutes: validityMinutes(check.t0, now, plan.latestAt),
        again: one.n > 1,
        bounced: check.t0 !== null && one.parts === null,
        flight,
      }
      submissions.push(flight.submission)
    })
    connection.submit(submissions)
  }

  #takeOff(activityId: number, one: Claimed, at: Date): void {
    const flight = newFlight(activityId, one, at)
    this.#flightKeys.set(flightKey(activityId, one.profileId, one.n), flight)
    this.#flights.add(flight)
  }

  #drop(activityId: number, one: Claimed, reason: string | null): void {
    this.#answerWhole(activityId, one, 'dropped', reason ?? 'settled', reason)
  }

  #answerWhole(
    activityId: number,
    one: Claimed,
    outcome: 'refused' | 'dropped',
    code: string,
    stop: string | null,
  ): void {
    const flight = this.#flightKeys.get(flightKey(activityId, one.profileId, one.n))!
    const at = this.#input.clock.now()
    flight.answers.push({
      n: one.n,
      part: 0,
      outcome,
      counts: false,
      at,
      code,
      gatewayId: this.#input.gatewayId,
      providerId: null,
    })
    this.#answered.push(flight)
    if (stop !== null) this.#stops.set(flight, { reason: stop, at })
    this.#commitSoon()
  }

  /** One commit is under way at a time; what is answered meanwhile makes the next one. */
  #commitSoon(): void {
    if (this.#committing !== undefined || this.#answered.length === 0) return
    this.#committing = this.#commit().finally(() => {
      this.#committing = undefined
      this.#nap.wake()
      this.#commitSoon()
    })
  }

  async #commit(): Promise<void> {
    const batch = this.#answered.splice(0, 2000)
    const changes = batch.map(flight => this.#changeOf(flight))
    for (const group of groupForWriting(changes, this.#input.grouping)) {
      for (;;) {
        try {
          await this.#input.db.tx(async tx => {
            const tallies = new Tallies()
            await record(tx, group.items, tallies)
            await tallies.flush(tx, group.tallyBucket)
          })
          break
        } catch (error) {
          // The answers are true whatever the database does: they are kept until they are in it. A repeat changes nothing.
          this.#input.log.warn({ err: error, count: group.items.length }, 'answers wait for the database')
          await new Promise(resolve => setTimeout(resolve, 500))
        }
      }
    }
    const done: Submission[] = []
    for (const flight of batch) {
      if (this.#flights.delete(flight) && flight.submission !== undefined) done.push(flight.submission)
      if (flight.answers.some(({ outcome, counts }) => outcome === 'refused' && !counts))
        this.#askAgain(flight.activityId)
      this.#stops.delete(flight)
      const key = flightKey(flight.activityId, flight.profileId, flight.n)
      if (this.#flightKeys.get(key) === flight) this.#flightKeys.delete(key)
    }
    this.#connection?.committed(done)
    this.#input.journal.compact([...this.#flights, ...(this.#input.unansweredBeside?.() ?? [])])
  }

  /** Something is due at once. */
  #askAgain(activityId: number): void {
    const activity = this.#byId.get(activityId)
    if (activity !== undefined) activity.againAskedMs = Number.NEGATIVE_INFINITY
  }

  #changeOf(flight: Flight): Change {
    const { bucket, activityId, profileId, answers, attempt, parts, creditsE4 } = flight
    const stop = this.#stops.get(flight)
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

  async #allCommitted(): Promise<void> {
    while (this.#committing !== undefined || this.#answered.length > 0) {
      this.#commitSoon()
      await this.#committing
    }
  }

  async #readActivities(): Promise<void> {
    const nowMs = monotonicMs()
    if (nowMs - this.#activitiesReadMs < planMs && this.#activities.length > 0) return
    if (nowMs - this.#activitiesReadMs < idleMs) return
    const { db, clock, gatewayId, sessionId, linkUrl } = this.#input
    const rows = await db.query<{ id: number; queued: number; retrying: number }>(
      sql`select a.id,
          coalesce((select sum(t.n) from tallies t where t.bucket = any(${allBuckets}::int[]) and t.activity_id = a.id and t.figure = 'queued'), 0)::bigint as queued,
          coalesce((select sum(t.n) from tallies t where t.bucket = any(${allBuckets}::int[]) and t.activity_id = a.id and t.figure = 'bounced_soft_retrying'), 0)::bigint as retrying
        from activities a where a.state = 'sending' and a.gateway_id = ${gatewayId} order by a.id`,
      'sender-activities',
    )
    const { place, count } = await placeAmong(db, gatewayId, sessionId)
    // Lanes are for efficiency only: groups of 16 buckets, shared out among the living sessions of the gateway.
    const buckets = allBuckets.filter(bucket => (bucket >> 4) % count === place)
    const sameLanes = buckets.length === this.#buckets.length && buckets[0] === this.#buckets[0]
    this.#buckets = buckets
    const next: Sending[] = []
    for (const { id, queued, retrying } of rows) {
      const before = this.#byId.get(id)
      const plan = before?.plan ?? (await readPlan(db, id, linkUrl, clock.now()))
      if (plan === undefined) continue
      const unwalked = { place: undefined, walked: false, walkedMs: 0 }
      const parts = countParts(plan.template.text)
      const fresh = {
        plan,
        parts,
        ...unwalked,
        againAskedMs: Number.NEGATIVE_INFINITY,
        heads: undefined,
        lastKind: 'walk' as const,
        dueFrom: { retry: 0, again: 0 },
        backOff: new ActivityBackOff(),
      }
      next.push(Object.assign(before ?? fresh, sameLanes ? {} : unwalked, { queued, retrying }))
    }
    this.#activities = next
    this.#byId = new Map(next.map(activity => [activity.plan.activityId, activity]))
    this.#activitiesReadMs = nowMs
  }
}

const flightKey = (activityId: number, profileId: number, n: number) => `${activityId}/${profileId}/${n}`

const nobody = { workspaceId: 0, topics: [] }

function newFlight(activityId: number, one: Claimed, at: Date): Flight {
  return {
    activityId,
    bucket: one.bucket,
    profileId: one.profileId,
    n: one.n,
    attempt: { n: one.n, try: one.try, parts: one.parts, at },
    parts: 0,
    creditsE4: 0,
    open: 0,
    audience: nobody,
    answers: [],
    checkedMs: monotonicMs(),
    claimedAt: at,
    submission: undefined,
  }
}

/** What is left of the 48 hours, or until the latest time, at least 10 minutes: the gateway itself tries on meanwhile. */
function validityMinutes(t0: Date | null, now: Date, latestAt: Date | null): number {
  const end = Math.min(windowEnd(t0 ?? now).getTime(), latestAt?.getTime() ?? Infinity)
  return Math.max(10, Math.floor((end - now.getTime()) / 60_000))
}
