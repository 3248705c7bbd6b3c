/**
 * Records are applied in lanes. Each lane has its own sources, its own loop, its own connections and its own lease: a backlog of
 * website events delays no click, a backlog of clicks no receipt, and a backlog of receipts no STOP.
 *
 * A process appends the records of a lane through a source of that lane (`openInbox`). Earlier versions mixed kinds in one
 * source, so every lane can apply every kind.
 */

interface LaneSettings {
  /** How long a loop with nothing to do waits, unless an append of its own process wakes it. Real time. */
  pollMs: number
  /**
   * How old the oldest record may be before no session claims messages. Real time. A reply takes milliseconds and may be a STOP. A
   * receipt bars nobody, because retries wait for the lane, but sources of earlier versions hold replies among receipts, and sending
   * on would add to the backlog. Visits and events bar nobody: the opt-out page applies an opt-out before it answers.
   */
  barsSendingMs: number
}

export type Lane = 'gateway' | 'replies' | 'web' | 'events'

export const laneSettings: Record<Lane, LaneSettings> = {
  gateway: { pollMs: 50, barsSendingMs: 60_000 },
  replies: { pollMs: 25, barsSendingMs: 2_000 },
  web: { pollMs: 50, barsSendingMs: Number.POSITIVE_INFINITY },
  events: { pollMs: 200, barsSendingMs: Number.POSITIVE_INFINITY },
}

export const lanes: readonly Lane[] = ['gateway', 'replies', 'web', 'events']
