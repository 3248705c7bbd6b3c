/** Axes of a chart: their steps and labels, and the positions of the labels at line ends. */

/** Even round steps from 0, the last at or above `max`: [0, 2000, …, 10000]. */
export function valueTicks(max: number, whole = true): number[] {
  const rough = Math.max(max, Number.MIN_VALUE) / 5
  const size = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 2.5, 5, 10].map(n => n * size).find(n => n >= rough) ?? rough
  const even = whole ? Math.max(1, Math.ceil(step)) : step
  const last = Math.max(1, Math.ceil(max / even - 1e-9))
  // Multiplied, not summed: 0.1 + 0.2 is not 0.3.
  return Array.from({ length: last + 1 }, (_, at) => Number((at * even).toPrecision(12)))
}

const timeSteps = [1, 2, 5, 10, 15, 20, 30, 60, 120, 240, 360, 720, 1440, 2880, 7200, 14400]

/** Minutes since sending: at most seven, from 0. */
export function timeTicks(end: number): number[] {
  const step = timeSteps.find(minutes => end / minutes <= 6) ?? Math.ceil(end / 6 / 1440) * 1440
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, at) => at * step)
}

/** 45 -> "45 min", 150 -> "2 h 30 min", 4320 -> "3 d": minutes since sending, in words. */
export function sinceWords(minutes: number): string {
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60]
  const words = [days > 0 && `${days} d`, hours > 0 && `${hours} h`, rest > 0 && days === 0 && `${rest} min`]
  return words.filter(word => word !== false).join(' ') || '0 min'
}

/** 850 -> "0.9 s", 75000 -> "1 min 15 s", 5400000 -> "1 h 30 min": how long something took. */
export function tookWords(ms: number): string {
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3600)
    return [`${Math.floor(seconds / 60)} min`, seconds % 60 > 0 && `${seconds % 60} s`].filter(Boolean).join(' ')
  return sinceWords(Math.round(seconds / 60))
}

/** Positions of labels of this height without overlap, each as near to its own point as possible, in the order given. */
export function apart(wanted: readonly number[], height: number, bottom: number): number[] {
  const order = wanted.map((_, at) => at).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0))
  const places = [...wanted]
  let least = 0
  for (const at of order) {
    places[at] = Math.max(wanted[at] ?? 0, least)
    least = (places[at] ?? 0) + height
  }
  // Labels pushed below the bottom push the others up.
  let most = bottom
  for (const at of order.reverse()) {
    places[at] = Math.min(places[at] ?? 0, most)
    most = (places[at] ?? 0) - height
  }
  return places
}
