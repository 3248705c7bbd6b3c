/**
 * One gateway session at work. Again and again: commit the intents of a window of due messages; read who may still be sent
 * to; render; hand the window to the connection; commit the answers, in batches, with status and sums.
 *
 * Always: no more is claimed than there is capacity for (capacity.ts); what was claimed is handed over, or answered here; what could not be checked is
 * not sent. Answers are kept until they are committed (flights.ts).
 */
import { homingCode } from '../../core/gateways/homing.ts'
import type { GatewayAnswer, GatewayConnection } from '../gateways/gateway.ts'
import type { Grouping, WriteGroup } from '../messages/group.ts'
import type { MessageChange } from '../messages/message-change.ts'
import { record } from '../messages/record.ts'
import { Tallies } from '../messages/tallies.ts'
import { type Clock, monotonicMs } from '../platform/clock.ts'
import type { Database } from '../platform/db/database.ts'
import type { Log } from '../platform/log.ts'
import { WakeableTimer } from '../platform/wakeable-timer.ts'
import type { ActivityLane } from './activity-lane.ts'
import { ActivityLanes } from './activity-lanes.ts'
import { Capacity } from './capacity.ts'
import { checkFrequency } from './check-frequency.ts'
import { type CheckedMessage, checkClaimed, readUnanswered } from './claim.ts'
import { type Flight, Flights, type Submission } from './flights.ts'
import type { Journal } from './journal.ts'
import { prepareWindow } from './prepare-window.ts'
import type { SubmitGuard } from './submit-guard.ts'

export interface SendingSessionInput {
  db: Database
  clock: Clock
  log: Log
  grouping: Grouping
  journal: Journal
  guard: SubmitGuard
  /** False: nothing is claimed, since opt-outs may have come in that are not applied yet. */
  mayClaim?: () => boolean
  sessionId: number
  gatewayId: number
  window: number
  linkUrl: string
}

const idleMs = 100
const failedMs = 1000

export class SendingSession {
  readonly #input: SendingSessionInput
  readonly #flights: Flights
  readonly #lanes: ActivityLanes
  readonly #timer = new WakeableTimer()
  #connection: GatewayConnection<Submission> | undefined
  #stopped = false

  constructor(input: SendingSessionInput) {
    const { db, clock } = input
    this.#input = input
    this.#lanes = new ActivityLanes(input)
    this.#flights = new Flights({
      ...input,
      now: () => clock.now(),
      write: group => writeAnswers(db, group),
      countsAnyway: answer => this.#countsAnyway(answer),
      committed: flights => this.#committed(flights),
    })
  }

  /** Business time before which every attempt has its answer. */
  get answeredUntil(): Date {
    return this.#flights.answeredUntil
  }

  get unanswered(): number {
    return this.#flights.size
  }

  /** Every attempt of this session has its committed answer. */
  get settled(): boolean {
    return this.#flights.settled
  }

  answered(answers: readonly GatewayAnswer<Submission>[]): void {
    this.#flights.answered(answers)
  }

  wake(): void {
    this.#timer.wake()
  }

  /** Works until stop(), and until everything is committed. */
  async run(connection: GatewayConnection<Submission>): Promise<void> {
    this.#connection = connection
    const capacity = new Capacity(
      {
        window: this.#input.window,
        guard: this.#input.guard,
        mayClaim: this.#input.mayClaim ?? (() => true),
        unanswered: () => this.#flights.size,
      },
      connection,
    )
    while (!this.#stopped) {
      try {
        if (!(await this.#step(connection, capacity))) await this.#timer.sleep(idleMs)
      } catch (error) {
        this.#input.log.warn({ err: error }, 'sending pauses: the database does not answer')
        await this.#timer.sleep(failedMs)
      }
    }
    await this.#flights.allCommitted()
  }

  /** Claims no more. The owner closes the connection, then awaits run(). */
  stop(): void {
    this.#stopped = true
    this.#timer.wake()
  }

  /** One window; false where there was nothing to do or no capacity. */
  async #step(connection: GatewayConnection<Submission>, capacity: Capacity): Promise<boolean> {
    if (!capacity.open) return false
    await this.#takeBack()
    await this.#lanes.refresh()
    for (const lane of this.#lanes.inTurn()) {
      const flights = await this.#claim(lane, capacity.messages(lane.parts))
      if (flights.length === 0) continue
      await this.#send(lane, flights, connection)
      return true
    }
    return false
  }

  async #claim(lane: ActivityLane, limit: number): Promise<Flight[]> {
    const { clock, gatewayId, sessionId } = this.#input
    const now = clock.now()
    this.#flights.claimBegins(now)
    const claimed = await lane.claim({ gatewayId, sessionId, limit, now, buckets: this.#lanes.buckets })
    const flights = claimed.map(one => this.#flights.takeOff(lane.plan.activityId, one, now, lane.route))
    this.#flights.claimEnded()
    return flights
  }

  /**
   * A claim that broke off may have been committed all the same, though nobody heard of it: a database that died told no one.
   * Such intents never came near a socket; they are taken back.
   */
  async #takeBack(): Promise<void> {
    const since = this.#flights.claimingSince
    if (since === undefined) return
    const { db, sessionId } = this.#input
    for (const one of await readUnanswered(db, sessionId, since)) {
      if (this.#flights.has(one.activityId, one)) continue
      this.#flights.refuse(this.#flights.takeOff(one.activityId, one, one.at), homingCode('claim_broke_off'))
    }
    this.#flights.claimEnded()
  }

  /** Reads who may be sent to, renders, hands over. What may not is answered here. */
  async #send(
    lane: ActivityLane,
    flights: readonly Flight[],
    connection: GatewayConnection<Submission>,
  ): Promise<void> {
    const { plan } = lane
    const { db, clock } = this.#input
    const checkedMs = monotonicMs()
    let checked: CheckedMessage[]
    try {
      checked = await checkFrequency(db, plan, await checkClaimed(db, plan, flights), clock.now())
    } catch (error) {
      // Not read, not sent: the intents are taken back as soon as the database answers again.
      for (const flight of flights) this.#flights.refuse(flight, homingCode('not_checked'))
      throw error
    }
    const { submissions, dropped } = prepareWindow(plan, flights, checked, checkedMs, clock.now())
    for (const { flight, code, stop } of dropped) this.#flights.drop(flight, code, stop)
    for (const { flight } of submissions) lane.rendered(flight.parts)
    connection.submit(submissions)
  }

  /** A refusal that counts for its message because the gateway refuses all of its activity. */
  #countsAnyway({ message, outcome, counts, personal }: GatewayAnswer<Submission>): boolean {
    const backOff = this.#lanes.of(message.flight)?.backOff
    if (outcome === 'refused') return personal && !counts && backOff?.refused(monotonicMs()) === 'counts'
    if (outcome !== 'unknown') backOff?.taken()
    return false
  }

  #committed(flights: readonly Flight[]): void {
    this.#connection?.committed(flights.flatMap(({ submission }) => submission ?? []))
    for (const flight of flights)
      if (flight.answers.some(({ outcome, counts }) => outcome === 'refused' && !counts))
        this.#lanes.of(flight)?.askAgain()
    this.#input.journal.compact(this.#flights)
    this.#timer.wake()
  }
}

async function writeAnswers(db: Database, group: WriteGroup<MessageChange>): Promise<void> {
  await db.tx(async tx => {
    const tallies = new Tallies()
    await record(tx, group.items, tallies)
    await tallies.flush(tx, group.tallyBucket)
  })
}
