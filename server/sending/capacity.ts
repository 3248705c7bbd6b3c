/**
 * How many messages may be claimed now? As many as the connection has room for, within the doubt limit, and as the activity's refusals allow.
 *
 * Always: attempts without a committed answer are at most twice the window of the gateway: about one on the wire, one that is being
 * prepared or committed. That holds whatever the connection says of its room.
 */
import type { GatewayConnection, Outgoing } from '../gateways/gateway.ts'
import type { SubmitGuard } from './submit-guard.ts'

export interface CapacityInput {
  /** of the gateway: messages without an answer */
  window: number
  guard: Pick<SubmitGuard, 'leased'>
  /** False: opt-outs may have come in that are not applied yet. */
  mayClaim(): boolean
  /** attempts without a committed answer */
  unanswered(): number
}

export class Capacity {
  readonly #input: CapacityInput
  readonly #connection: Pick<GatewayConnection<Outgoing>, 'ready' | 'room'>

  constructor(input: CapacityInput, connection: Pick<GatewayConnection<Outgoing>, 'ready' | 'room'>) {
    this.#input = input
    this.#connection = connection
  }

  /** Is there any sense in claiming? */
  get open(): boolean {
    const { guard, mayClaim } = this.#input
    return this.#connection.ready && guard.leased && mayClaim()
  }

  /** For messages of `parts` parts on average. */
  messages(parts: number): number {
    const { window, unanswered } = this.#input
    return Math.max(0, Math.min(this.#connection.room(parts), 2 * window - unanswered()))
  }
}
