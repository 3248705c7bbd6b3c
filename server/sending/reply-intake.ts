/**
 * What people answer, from the socket to the opt-out: a reply is acknowledged when it is applied and no process writes to its
 * number what it read before. Where that takes too long (the database is away, another process has the lane) the gateway is
 * asked to deliver it again; it is kept all the same, and a repetition of what is not applied yet is the same reply.
 * A part of a long reply is applied when it is among the parts that wait for the rest (server/replies/reply-parts.ts).
 */
import type { Arrival } from '../gateways/gateway.ts'
import type { Inbox } from '../inbox/append.ts'
import type { AppliedMarks } from '../inbox/applied.ts'
import type { RecordKey } from '../inbox/record-kind.ts'
import { monotonicMs } from '../platform/clock.ts'

export interface IntakeInput {
  replies: Inbox
  marks: Pick<AppliedMarks, 'wait'>
  /** resolves when no process can write any more what it read before now */
  passed(): Promise<void>
}

/** A gateway waits for an answer for 10 s or longer; then it delivers again. */
const patienceMs = 5_000
/** What is not applied after so long is a reason to send nothing: there may be a STOP in it. */
const behindMs = 1_000
const askMs = 1_000
const leaveMs = 20

interface Open {
  print: string
  place: Promise<RecordKey>
  sinceMs: number
}

export class ReplyIntake {
  readonly #input: IntakeInput
  /** the last reply of each number over each gateway that is not applied yet */
  readonly #open = new Map<string, Open>()
  #stopped = false

  constructor(input: IntakeInput) {
    this.#input = input
  }

  /** What is not applied yet is applied by another process. */
  stop(): void {
    this.#stopped = true
  }

  /** A reply waits to be applied for too long, or is in a spool: nothing should be claimed. */
  get behind(): boolean {
    if (!this.#input.replies.direct) return true
    const oldest = this.#open.values().next().value
    return oldest !== undefined && monotonicMs() - oldest.sinceMs > behindMs
  }

  /** True: they are applied, and may be acknowledged. False: they are to be delivered again. Rejects where nothing could be kept. */
  async take(replies: readonly Arrival[]): Promise<boolean> {
    if (replies.length === 0) return true
    const begun = monotonicMs()
    const prints = replies.map(reply => ({
      // The same words to another gateway are another reply: they may belong to another workspace.
      from: `${reply.record.gatewayId} ${reply.record.kind === 'reply' ? reply.record.body.number : ''}`,
      print: reply.print(),
    }))
    const isNew = prints.map(({ from, print }) => this.#open.get(from)?.print !== print)
    const earlier = prints.flatMap(({ from }, i) => (isNew[i] ? [] : [this.#open.get(from)!]))
    const place = this.#input.replies.append(replies.flatMap(({ record }, i) => (isNew[i] ? [record] : [])))
    const mine = prints.flatMap(({ from, print }, i): [string, Open][] =>
      isNew[i] ? [[from, { print, place, sinceMs: begun }]] : [],
    )
    for (const [from, open] of mine) {
      this.#open.delete(from) // behind the others again: the oldest is first
      this.#open.set(from, open)
    }
    void this.#settle(mine)
    const places = await Promise.all([place, ...earlier.map(open => open.place)])
    const applied = places.map(one => this.#isApplied(one, begun))
    if (!(await Promise.all(applied)).every(Boolean)) return false
    await this.#input.passed()
    // What was handed to the socket of another bind before leaves first.
    await new Promise(resolve => setTimeout(resolve, leaveMs))
    return true
  }

  #isApplied({ source, seq }: RecordKey, begun: number): Promise<boolean> {
    return this.#input.marks.wait(source, seq, Math.max(1, patienceMs - (monotonicMs() - begun)))
  }

  /** Forgets them when they are applied, or could not be kept. */
  async #settle(mine: readonly [string, Open][]): Promise<void> {
    const first = mine[0]?.[1]
    if (first === undefined) return
    try {
      const { source, seq } = await first.place
      while (!this.#stopped && !(await this.#input.marks.wait(source, seq, askMs)));
    } catch {
      // not kept: the gateway delivers it again, and that is a new reply
    }
    for (const [from, open] of mine) if (this.#open.get(from) === open) this.#open.delete(from)
  }
}
