/** Which events belong to one visit? Those of a person on a website with less than half an hour between them. */
export const visitGapMs = 30 * 60 * 1000

export interface VisitEvent {
  websiteId: number
  at: Date
}

/** Newest first, as are the events of each. The events must be newest first. */
export function visitsOf<One extends VisitEvent>(events: readonly One[]): One[][] {
  const visits: One[][] = []
  const open = new Map<number, One[]>()
  for (const event of events) {
    const visit = open.get(event.websiteId)
    const next = visit?.at(-1)
    if (visit !== undefined && next !== undefined && next.at.getTime() - event.at.getTime() < visitGapMs)
      visit.push(event)
    else {
      const started = [event]
      open.set(event.websiteId, started)
      visits.push(started)
    }
  }
  return visits
}
