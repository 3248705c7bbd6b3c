/**
 * Which people does a figure of a report count? Its segment, and the one of those who did not: in the set that the figure's rate is a share of,
 * so that who did not click are those who got it and did not click.
 *
 * The segment of a figure over messages has as many members as the figure counts, less those who were erased. Clicks count clicks; their
 * segment is of the people who clicked.
 */
import { type FigureKey, figure } from '../report/figures.ts'
import { type EventName, segmentEvent, segmentEvents } from './events.ts'
import type { Condition, Node, SegmentTree, Where } from './tree.ts'

export interface FigurePeople {
  activity: number
  figure: FigureKey
  /** of one link only */
  link?: number | undefined
  where?: Where | undefined
}

type Event = Extract<Condition, { kind: 'event' }>

const byFigure = new Map(segmentEvents.map(event => [event.figure, event.name]))

/** Clicks are those of the people who clicked. */
const eventOf = (key: FigureKey): EventName => byFigure.get(key) ?? (key === 'botClicks' ? 'visited' : 'clicked')

const all = (...items: Node[]): SegmentTree => ({ v: 1, root: { kind: 'group', match: 'all', items } })
const excluded = <N extends Node>(node: N): N => ({ ...node, exclude: true })

const conditionOf = ({ activity, figure: key, link, where }: FigurePeople): Event => ({
  kind: 'event',
  event: eventOf(key),
  of: [activity],
  ...(link !== undefined && { links: [link] }),
  ...(where && { where }),
})

export function whoDid(people: FigurePeople): SegmentTree {
  const did = conditionOf(people)
  // Suspected bots: links that only a program opened.
  return people.figure === 'botClicks' ? all(did, excluded({ ...did, event: 'clicked' })) : all(did)
}

/** Null: of whom there is no larger set to be left out of. */
export function whoDidNot(people: FigurePeople): SegmentTree | null {
  return people.figure === 'botClicks' ? null : opposite(conditionOf(people))
}

/** The segment of those who did not, of one of those who did, and the reverse; null where the tree is neither. */
export function otherSideOf({ root }: SegmentTree): SegmentTree | null {
  const [first, second, ...more] = root.items
  if (root.match !== 'all' || root.exclude || more.length > 0) return null
  if (first?.kind === 'event' && second === undefined) return first.exclude ? null : opposite(first)
  if (second?.kind !== 'event' || !second.exclude) return null
  const { exclude: _, ...did } = second
  const isPair = JSON.stringify(opposite(did)?.root.items) === JSON.stringify([first, second])
  return isPair ? all(did) : null
}

/** A country or a gateway narrows the set too: who of Norway did not get it, and not who of all did not. */
function opposite(did: Event): SegmentTree | null {
  const base = baseOf(did.event)
  if (base === null || did.of === 'any') return null
  const { countries, gateways } = did.where ?? {}
  const where = { ...(countries && { countries }), ...(gateways && { gateways }) }
  const set: Event = { kind: 'event', event: base, of: did.of, ...(Object.keys(where).length > 0 && { where }) }
  return all(set, excluded(did))
}

/** The denominator of its rate. */
function baseOf(name: EventName): EventName | null {
  if (name === 'visited') return 'delivered'
  const { denominator } = figure(segmentEvent(name).figure)
  return denominator === null ? null : eventOf(denominator)
}

/** "Clicked in Autumn sale" */
export function segmentNameOf({ figure: key }: FigurePeople, activity: string, of?: string): string {
  const { label } = segmentEvent(eventOf(key))
  const what = key === 'botClicks' ? 'Only opened by programs' : key === 'visited' ? 'Visited' : label
  return `${what}${of ? ` (${of})` : ''} in ${activity}`.slice(0, 100)
}

export function oppositeNameOf(people: FigurePeople, activity: string, of?: string): string {
  const { label } = segmentEvent(eventOf(people.figure))
  const base = baseOf(eventOf(people.figure))
  const within = base === null ? '' : `${segmentEvent(base).label}, `
  return `${within}not ${label.toLowerCase()}${of ? ` (${of})` : ''} in ${activity}`.slice(0, 100)
}
