/**
 * Was it a person, and how many clicks are it? Pure: the verdict of one hit from its evidence, the counts of a message from
 * all its hits, whatever their order.
 * The verdict uses the method and the agent; the rules over several hits (`suspect`) come on top.
 */

export type ClickVerdict = 'human' | 'suspect' | 'bot'

export interface ClickEvidence {
  method: string
  agent: string
  /** the agent is a known program (isbot), told by the caller */
  isBot: boolean
}

export interface JudgedClick {
  linkId: number
  at: Date
  verdict: ClickVerdict
}

export interface LinkCounts {
  human: number
  bot: number
  suspect: number
}

export interface ClickCounts extends LinkCounts {
  perLink: ReadonlyMap<number, LinkCounts>
  /** null: no person clicked yet */
  firstHumanAt: Date | null
  /** times of the human clicks that count, ascending */
  humanAt: readonly Date[]
}

/** A second hit of the same profile on the same link within this time is a double tap: one click. */
export const doubleTapMs = 10_000

/** The verdict of one hit and the rule that made it. */
export function verdictOf({ method, isBot }: ClickEvidence): { verdict: ClickVerdict; reason: string | null } {
  if (method !== 'GET') return { verdict: 'bot', reason: 'method' }
  return isBot ? { verdict: 'bot', reason: 'agent' } : { verdict: 'human', reason: null }
}

/**
 * The counts of one message. A human click counts when the last one that counted on its link lies at least 10 s back;
 * bots and suspects are counted as they came.
 */
export function countClicks(clicks: readonly JudgedClick[]): ClickCounts {
  const perLink = new Map<number, LinkCounts>()
  const lastHuman = new Map<number, number>()
  const humanAt: Date[] = []
  for (const { linkId, at, verdict } of [...clicks].sort((a, b) => a.at.getTime() - b.at.getTime())) {
    const counts = perLink.get(linkId) ?? { human: 0, bot: 0, suspect: 0 }
    perLink.set(linkId, counts)
    if (verdict === 'human') {
      const last = lastHuman.get(linkId)
      if (last !== undefined && at.getTime() - last < doubleTapMs) continue
      lastHuman.set(linkId, at.getTime())
      humanAt.push(at)
    }
    counts[verdict]++
  }
  const sum = (verdict: ClickVerdict) => [...perLink.values()].reduce((n, counts) => n + counts[verdict], 0)
  return {
    human: humanAt.length,
    bot: sum('bot'),
    suspect: sum('suspect'),
    perLink,
    firstHumanAt: humanAt[0] ?? null,
    humanAt,
  }
}
