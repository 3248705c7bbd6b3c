/**
 * How many clicks are it? The counts of a message from all its judged visits, whatever their order. What makes a verdict:
 * hit.ts (one visit), message.ts (those of a message), crowd.ts (those of an address); the words: click-reasons.ts.
 */

export const clickVerdicts = ['human', 'suspect', 'bot'] as const
export type ClickVerdict = (typeof clickVerdicts)[number]

export interface JudgedClick {
  linkId: number
  at: Date
  verdict: ClickVerdict
  /** a key of `devices` */
  device: string
  /** With `seq`: which record it came as. Of two at the same time on one link, the first counts. */
  source: number
  seq: number
}

export interface LinkCounts {
  human: number
  bot: number
  suspect: number
}

export interface ClickCounts extends LinkCounts {
  perLink: ReadonlyMap<number, LinkCounts>
  /** human clicks that count, by device */
  perDevice: ReadonlyMap<string, number>
  /** null: no person clicked yet */
  firstHumanAt: Date | null
  /** null: nobody and nothing came yet */
  firstVisitAt: Date | null
  /** times of the human clicks that count, ascending */
  humanAt: readonly Date[]
  /** for each click, in the order given: a human click that counts */
  counts: readonly boolean[]
}

/** What a click was made with, as shown. */
export const devices = [
  { key: 'iphone', label: 'iPhone' },
  { key: 'android', label: 'Android phone' },
  { key: 'tablet', label: 'Tablet' },
  { key: 'computer', label: 'Computer' },
  { key: 'other', label: 'Other' },
] as const

export type Device = (typeof devices)[number]['key']

/** A second hit of the same profile on the same link within this time is a double tap: one click. */
export const doubleTapMs = 10_000

/**
 * The counts of one message. A human click counts when the last one that counted on its link lies at least 10 s back;
 * bots and suspects are counted as they came.
 */
export function countClicks(clicks: readonly JudgedClick[]): ClickCounts {
  const perLink = new Map<number, LinkCounts>()
  const perDevice = new Map<string, number>()
  const lastHuman = new Map<number, number>()
  const humanAt: Date[] = []
  const isCounted = clicks.map(() => false)
  const inTime = clicks.map((click, i) => ({ ...click, i })).sort(byTime)
  for (const { linkId, at, verdict, device, i } of inTime) {
    const counts = perLink.get(linkId) ?? { human: 0, bot: 0, suspect: 0 }
    perLink.set(linkId, counts)
    if (verdict === 'human') {
      const last = lastHuman.get(linkId)
      if (last !== undefined && at.getTime() - last < doubleTapMs) continue
      lastHuman.set(linkId, at.getTime())
      humanAt.push(at)
      isCounted[i] = true
      perDevice.set(device, (perDevice.get(device) ?? 0) + 1)
    }
    counts[verdict]++
  }
  const sum = (verdict: ClickVerdict) => [...perLink.values()].reduce((n, counts) => n + counts[verdict], 0)
  return {
    human: humanAt.length,
    bot: sum('bot'),
    suspect: sum('suspect'),
    perLink,
    perDevice,
    firstHumanAt: humanAt[0] ?? null,
    firstVisitAt: inTime[0]?.at ?? null,
    humanAt,
    counts: isCounted,
  }
}

/** A total order, so that equal times never let the order in which they are read decide. */
function byTime(a: JudgedClick, b: JudgedClick): number {
  const byDevice = a.device < b.device ? -1 : a.device > b.device ? 1 : 0
  return a.at.getTime() - b.at.getTime() || byDevice || a.source - b.source || a.seq - b.seq
}
