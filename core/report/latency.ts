/**
 * How long did messages take from sent to delivered? A histogram counts deliveries in steps that grow by about a third, from a
 * tenth of a second to three days. Percentiles are computed from it and differ from the true ones by at most one step. The cost
 * does not depend on the number of messages.
 */

const tenth = 100
const second = 1000
const minute = 60 * second
const hour = 60 * minute

/** The upper ends of the steps in ms. The last step also holds all longer latencies. */
export const latencySteps: readonly number[] = [
  ...[1, 1.5, 2, 3, 4, 5, 7].map(n => n * tenth),
  ...[1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 45].map(n => n * second),
  ...[1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 45].map(n => n * minute),
  ...[1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 30, 36, 48, 60, 72, 96].map(n => n * hour),
]
const longest = latencySteps.at(-1) ?? hour

/** The step of a latency, by its upper end. A receipt dated before its submission (clocks differ) is in the first step. */
export function latencyStep(ms: number): number {
  let low = 0
  let high = latencySteps.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (ms <= (latencySteps[middle] ?? longest)) high = middle
    else low = middle + 1
  }
  return latencySteps[low] ?? longest
}

/**
 * The step of a message; null: unknown. A message that counts as delivered after 72 hours, because one of its parts was, has no
 * time of delivery.
 */
export function latencyStepOf(message: {
  status: string
  t0: Date | null
  statusAt: Date | null
  noReceiptAt: Date | null
}): number | null {
  const { status, t0, statusAt, noReceiptAt } = message
  if (status !== 'delivered' || t0 === null || statusAt === null) return null
  if (statusAt.getTime() === noReceiptAt?.getTime()) return null
  return latencyStep(statusAt.getTime() - t0.getTime())
}

/** The number of messages delivered within this step. */
export interface LatencyCount {
  /** the upper end, ms */
  step: number
  n: number
}

/** The time in ms within which this share (0..1) was delivered, interpolated within its step; null: no deliveries. */
export function latencyPercentile(counts: readonly LatencyCount[], share: number): number | null {
  const total = counts.reduce((sum, { n }) => sum + n, 0)
  if (total <= 0) return null
  const wanted = share * total
  let below = 0
  for (const { step, n } of [...counts].sort((a, b) => a.step - b.step)) {
    if (n > 0 && below + n >= wanted) {
      const from = latencySteps[latencySteps.indexOf(step) - 1] ?? 0
      return from + ((wanted - below) / n) * (step - from)
    }
    below += n
  }
  return longest
}
