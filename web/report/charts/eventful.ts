/** Which points of a chart are rows of its table? Those in which something happened, and the last. */
import type { TimePoint } from './lines.ts'

/** steps: each value is of its interval; else a sum up to its point. */
export function eventful(points: readonly TimePoint[], names: readonly string[], steps: boolean): TimePoint[] {
  return points.filter((point, at) => {
    if (at === points.length - 1 && !steps) return true
    const before = steps ? undefined : points[at - 1]
    return names.some(name => (point[name] ?? 0) !== (before?.[name] ?? 0))
  })
}
