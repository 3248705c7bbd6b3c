/**
 * The events of a segment are the figures of the report: somebody has an event if the figure counts their message. The table gives each its
 * figure, the time that a window asks, and its words.
 */
import type { FigureKey } from '../report/figures.ts'

export interface SegmentEvent {
  readonly name: EventName
  readonly label: string
  readonly figure: FigureKey
  /** The time of the event: a column of the message, or when the activity was frozen. */
  readonly at: 't0' | 'statusAt' | 'firstClickAt' | 'firstVisitAt' | 'unsubscribedAt' | 'frozenAt'
  /** "who {did} “Autumn sale”" */
  readonly did: string
  readonly didNot: string
}

// biome-ignore format: a table reads by its columns
const table = [
  { name: 'targeted', label: 'Targeted', figure: 'targeted', at: 'frozenAt', did: 'were targeted by', didNot: 'were not targeted by' },
  { name: 'not_sent', label: 'Not sent', figure: 'notSent', at: 'frozenAt', did: 'were left out of', didNot: 'were not left out of' },
  { name: 'queued', label: 'Queued', figure: 'queued', at: 'frozenAt', did: 'are waiting for', didNot: 'are not waiting for' },
  { name: 'sent', label: 'Sent', figure: 'sent', at: 't0', did: 'were sent', didNot: 'were not sent' },
  { name: 'delivered', label: 'Delivered', figure: 'delivered', at: 'statusAt', did: 'got', didNot: 'did not get' },
  { name: 'bounced', label: 'Bounced', figure: 'bounced', at: 'statusAt', did: 'bounced in', didNot: 'did not bounce in' },
  { name: 'bounced_hard', label: 'Bounced hard', figure: 'bouncedHard', at: 'statusAt', did: 'bounced hard in', didNot: 'did not bounce hard in' },
  { name: 'bounced_soft_retrying', label: 'Bounced soft, retrying', figure: 'bouncedSoftRetrying', at: 'statusAt', did: 'bounced soft and are being retried in', didNot: 'are not being retried in' },
  { name: 'bounced_soft_final', label: 'Bounced soft, final', figure: 'bouncedSoftFinal', at: 'statusAt', did: 'bounced soft to the end in', didNot: 'did not bounce soft to the end in' },
  { name: 'pending', label: 'Pending', figure: 'pending', at: 't0', did: 'are pending in', didNot: 'are not pending in' },
  { name: 'clicked', label: 'Clicked', figure: 'unique', at: 'firstClickAt', did: 'clicked in', didNot: 'did not click in' },
  { name: 'visited', label: 'Visited (people or bots)', figure: 'visited', at: 'firstVisitAt', did: 'had a link opened in', didNot: 'had no link opened in' },
  { name: 'unsubscribed', label: 'Unsubscribed', figure: 'unsubscribed', at: 'unsubscribedAt', did: 'unsubscribed through', didNot: 'did not unsubscribe through' },
] as const

export type EventName = (typeof table)[number]['name']
export const segmentEvents: readonly SegmentEvent[] = table
export const eventNames: readonly EventName[] = table.map(({ name }) => name)

const byName = new Map(segmentEvents.map(event => [event.name, event]))

export function segmentEvent(name: EventName): SegmentEvent {
  const found = byName.get(name)
  if (found === undefined) throw new RangeError(`no event ${name}`)
  return found
}

/** Events of clicks: links and devices can be asked of them. */
export const isOfClicks = (name: EventName): name is 'clicked' | 'visited' => name === 'clicked' || name === 'visited'
