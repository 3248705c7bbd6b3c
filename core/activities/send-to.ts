/**
 * Send to: who is to get an activity. Topics and duplicates can be chosen today. The other fields are the whole shape, with values
 * that choose nothing: a document that chooses more was written by a newer version, and must never reach more people than it names.
 */
import { type Channel, channels } from '../channels.ts'
import { type Fault, Fields, flag, listOf, oneOf, type Reading, text, count as wholeNumber } from './fields.ts'

export type Match = 'any' | 'all'

export interface ChosenSegments {
  match: Match
  segments: number[]
}

export interface ChosenTags {
  match: Match
  tags: string[]
}

export const duplicateRules = ['one_per_number', 'all'] as const
export type Duplicates = (typeof duplicateRules)[number]

/** What happens when several profiles have one address. */
export function duplicatesInWords(rule: Duplicates, channel: Channel): string {
  const { message, address } = channels[channel].words
  return rule === 'all' ? `One ${message} per profile` : `One ${message} per ${address}`
}

export interface SendTo {
  /** everyone who has consented to one of these on the channel */
  topics: number[]
  include: ChosenSegments
  exclude: ChosenSegments
  tags: { include: ChosenTags; exclude: ChosenTags }
  duplicates: Duplicates
  /** skips profiles that were sent something within this number of hours; null: nobody is skipped for that */
  frequency: { hours: number } | null
  /** true: the audience of the moment of scheduling; false: that of the start */
  frozen: boolean
}

/** What can be chosen today. */
export type SendToChoice = Pick<SendTo, 'topics' | 'duplicates'>

const nobodyYet: SendTo = {
  topics: [],
  include: { match: 'any', segments: [] },
  exclude: { match: 'any', segments: [] },
  tags: { include: { match: 'any', tags: [] }, exclude: { match: 'any', tags: [] } },
  duplicates: 'one_per_number',
  frequency: null,
  frozen: false,
}

export function sendToOf(choice: Partial<SendToChoice> = {}): SendTo {
  return { ...nobodyYet, ...choice }
}

/** As a draft keeps it (activities.send_to). */
export function readSendTo(document: unknown): Reading<SendTo> {
  const faults: Fault[] = []
  const fields = new Fields(document, 'sendTo', faults)
  const topics = fields.read('topics', listOf(wholeNumber), nobodyYet.topics)
  return { value: { ...readChoices(fields), topics }, faults }
}

/** With the topics by name, as they were called when it was scheduled. */
export interface FrozenSendTo extends Omit<SendTo, 'topics'> {
  topics: { id: number; name: string }[]
}

/** As a version keeps it: its topics decide who is sent to, so a version without them is not readable. */
export function readFrozenSendTo(fields: Fields): FrozenSendTo {
  if (!fields.has('topics')) fields.fault('topics', 'is missing')
  const topics = fields.objects('topics').map(topic => ({
    id: topic.required('id', wholeNumber, 0),
    name: topic.read('name', text, ''),
  }))
  return { ...readChoices(fields), topics }
}

export function ofFrozen({ topics, ...choices }: FrozenSendTo): SendTo {
  return { ...choices, topics: topics.map(({ id }) => id) }
}

function readChoices(fields: Fields): Omit<SendTo, 'topics'> {
  const { topics: _, ...neutral } = nobodyYet
  for (const key of ['include', 'exclude'] as const)
    if (fields.object(key).read('segments', listOf(wholeNumber), []).length > 0) refuse(fields, key)
  const tags = fields.object('tags')
  for (const key of ['include', 'exclude'] as const)
    if (tags.object(key).read('tags', listOf(text), []).length > 0) refuse(fields, `tags.${key}`)
  if (fields.has('frequency') && fields.value('frequency') !== null) refuse(fields, 'frequency')
  if (fields.read('frozen', flag, false)) refuse(fields, 'frozen')
  return { ...neutral, duplicates: fields.read('duplicates', oneOf(...duplicateRules), neutral.duplicates) }
}

function refuse(fields: Fields, key: string): void {
  fields.fault(key, 'is not known to this version', 'activity_newer')
}
