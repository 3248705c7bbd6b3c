/**
 * When may a message be tried again after a soft bounce? At t0 + k * 1 h, k = 1..48, at the first slot after the bounce is
 * known; a bounce known at 47.9 h is still tried at 48 h exactly, one known later never. t0 is the first submission, so
 * waiting in our own queue takes nothing from the 48 hours, and slots inherit the scatter of t0.
 *
 * The rule is one for all channels: the fold knows the facts of a message and not its channel.
 */
export const HOUR_MS = 3_600_000
/** An attempt per hour, so as many slots. */
export const RETRY_HOURS = 48
export const RETRY_WINDOW_MS = RETRY_HOURS * HOUR_MS
/** A message without a final receipt this long after t0 is shown as pending for good. */
export const NO_RECEIPT_MS = 72 * HOUR_MS

/** A part that its gateway refuses while it takes others is given up after this number of refusals. */
export const MOST_REFUSALS = 3
const refusalWaitsMs = [5000, 20_000]

/** How long a message waits after its n-th refusal, 1, 2 …; the last one ends the try. */
export function refusalWaitMs(n: number): number {
  return refusalWaitsMs[(n - 1) % MOST_REFUSALS] ?? 0
}

/** The next slot after `knownAt`, or null when none is left. */
export function nextSlot(t0: Date, knownAt: Date): Date | null {
  const k = Math.max(1, Math.floor((knownAt.getTime() - t0.getTime()) / HOUR_MS) + 1)
  return k > RETRY_HOURS ? null : new Date(t0.getTime() + k * HOUR_MS)
}

/** The moment from which the window is over: just after the last slot. */
export function windowEnd(t0: Date): Date {
  return new Date(t0.getTime() + RETRY_WINDOW_MS + 1)
}
