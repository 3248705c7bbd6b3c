/**
 * Send to: who is to get an activity. Segments and tags select people; topics say which consent they need; without segments and tags to
 * include, everyone who has consented is selected.
 */
import { type Channel, channels } from '../channels.ts'
import { currentName } from '../former-names.ts'
import { type Frequency, isFrequencyHours, maxFrequencyHours } from '../frequency.ts'
import { type Group, type Node, readTree, type SegmentTree } from '../segments/tree.ts'
import {
  type Fault,
  Fields,
  flag,
  listOf,
  oneOf,
  orNull,
  type Reading,
  text,
  type ValueKind,
  count as wholeNumber,
} from './fields.ts'

export type Match = 'any' | 'all'

export interface ChosenSegments {
  match: Match
  segments: number[]
}

export interface ChosenTags {
  match: Match
  tags: string[]
}

export const duplicateRules = ['one_per_address', 'all'] as const
export type Duplicates = (typeof duplicateRules)[number]
/** As a request or a stored document may name them. */
export const writtenDuplicateRules = [...duplicateRules, 'one_per_number'] as const

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
  /** the activity that it reminds of: it selects those to whom that was delivered and who have not clicked; null: none */
  reminds: number | null
  duplicates: Duplicates
  /** null: nobody is left out for that */
  frequency: Frequency | null
  /** true: the audience of the moment of scheduling; false: that of the start */
  frozen: boolean
}

/** Which consent is needed, and what happens to those who share an address. */
export type SendToRules = Pick<SendTo, 'topics' | 'duplicates'>

/** What segments and tags of Send to are called. */
export interface ChoiceNames {
  include: { match: Match; segments: readonly string[] }
  exclude: { match: Match; segments: readonly string[] }
  tags: { include: { match: Match; tags: readonly string[] }; exclude: { match: Match; tags: readonly string[] } }
  /** the name of the activity that it reminds of */
  reminds: string | null
}

/** The moment that decides, because people come and go between scheduling and sending. */
export function audienceInWords(frozen: boolean): string {
  return frozen ? 'Frozen: the people selected at scheduling' : 'Live: the people selected at the start of sending'
}

/** Label and sentence of each choice; none where nothing is chosen. */
export function choicesInWords({ include, exclude, tags, reminds }: ChoiceNames): [label: string, text: string][] {
  const some = (match: Match, names: readonly string[]) => {
    const quoted = names.map(name => `“${name}”`)
    return names.length < 2 ? quoted.join('') : `${match === 'all' ? 'All of' : 'Any of'} ${quoted.join(', ')}`
  }
  const rows: [string, Match, readonly string[]][] = [
    ['In segments', include.match, include.segments],
    ['With tags', tags.include.match, tags.include.tags],
    ['Not in segments', exclude.match, exclude.segments],
    ['Without tags', tags.exclude.match, tags.exclude.tags],
  ]
  const reminder: [string, string][] =
    reminds === null ? [] : [['Reminder of', `“${reminds}”: people who got it and did not click`]]
  return [
    ...reminder,
    ...rows.flatMap(([label, match, names]): [string, string][] =>
      names.length === 0 ? [] : [[label, some(match, names)]],
    ),
  ]
}

/** What can be chosen today. What is not said selects nobody in particular. */
export type SendToChoice = SendToRules &
  Partial<Pick<SendTo, 'include' | 'exclude' | 'tags' | 'reminds' | 'frequency' | 'frozen'>>

const nobodyYet: SendTo = {
  topics: [],
  include: { match: 'any', segments: [] },
  exclude: { match: 'any', segments: [] },
  tags: { include: { match: 'any', tags: [] }, exclude: { match: 'any', tags: [] } },
  reminds: null,
  duplicates: 'one_per_address',
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
  const segments = (key: 'include' | 'exclude'): ChosenSegments => {
    const chosen = fields.object(key)
    return { match: readMatch(chosen), segments: chosen.read('segments', listOf(wholeNumber), []) }
  }
  return {
    value: {
      ...readChoices(fields),
      topics,
      include: segments('include'),
      exclude: segments('exclude'),
      reminds: fields.read('reminds', orNull(wholeNumber), null),
    },
    faults,
  }
}

/** Something that was chosen, as it was called when it was scheduled. */
export interface Named {
  id: number
  name: string
}

export interface NamedSegments {
  match: Match
  segments: Named[]
}

/** With names, and with the definitions of the segments: an edit of a segment does not change a scheduled activity. */
export interface FrozenSendTo extends Omit<SendTo, 'topics' | 'include' | 'exclude' | 'reminds'> {
  topics: Named[]
  reminds: Named | null
  include: NamedSegments
  exclude: NamedSegments
  selection: Selection | null
}

/** The people that segments and tags select, as one tree; `of`: among everybody, or among those who have consented. */
export interface Selection {
  of: 'everybody' | 'consenting'
  tree: SegmentTree
}

/** Null: they select nobody in particular. */
export function selectionOf({
  include,
  exclude,
  tags,
  reminds,
}: Pick<SendTo, 'include' | 'exclude' | 'tags' | 'reminds'>): Selection | null {
  const group = (match: Match, items: Node[], more: Partial<Group> = {}): Node[] =>
    items.length === 0 ? [] : [{ kind: 'group', match, ...more, items }]
  const segments = ({ segments: ids }: ChosenSegments): Node[] => ids.map(id => ({ kind: 'segment', id }))
  const tagged = ({ match, tags: chosen }: ChosenTags, more: { exclude?: true } = {}): Node[] =>
    chosen.length === 0 ? [] : [{ kind: 'tag', match, tags: chosen, ...more }]
  const reminded: Node[] =
    reminds === null
      ? []
      : [
          { kind: 'event', event: 'delivered', of: [reminds] },
          { kind: 'event', event: 'clicked', of: [reminds], exclude: true },
        ]
  const included = [...reminded, ...group(include.match, segments(include)), ...tagged(tags.include)]
  const excluded = [
    ...group(exclude.match, segments(exclude), { exclude: true }),
    ...tagged(tags.exclude, { exclude: true }),
  ]
  if (included.length + excluded.length === 0) return null
  return {
    of: included.length > 0 ? 'everybody' : 'consenting',
    tree: { v: 1, root: { kind: 'group', match: 'all', items: [...included, ...excluded] } },
  }
}

/** As a version keeps it: its topics decide who is sent to, so a version without them is not readable. */
export function readFrozenSendTo(fields: Fields): FrozenSendTo {
  if (!fields.has('topics')) fields.fault('topics', 'is missing')
  const topics = fields.objects('topics').map(topic => ({
    id: topic.required('id', wholeNumber, 0),
    name: topic.read('name', text, ''),
  }))
  const segments = (key: 'include' | 'exclude'): NamedSegments => {
    const chosen = fields.object(key)
    return {
      match: readMatch(chosen),
      segments: chosen.objects('segments').map(segment => ({
        id: segment.required('id', wholeNumber, 0),
        name: segment.read('name', text, ''),
      })),
    }
  }
  const isReminder = fields.has('reminds') && fields.value('reminds') !== null
  const reminded = fields.object('reminds')
  const reminds = isReminder
    ? { id: reminded.required('id', wholeNumber, 0), name: reminded.read('name', text, '') }
    : null
  const frozen = { ...readChoices(fields), topics, include: segments('include'), exclude: segments('exclude'), reminds }
  return { ...frozen, selection: readSelection(fields, frozen) }
}

/** A choice of segments or tags needs their definitions: without them, everybody would be sent to. */
function readSelection(fields: Fields, chosen: Omit<FrozenSendTo, 'selection'>): Selection | null {
  const needed = selectionOf(ofFrozen({ ...chosen, selection: null })) !== null
  if (!fields.has('selection') || fields.value('selection') === null) {
    if (needed) fields.fault('selection', 'is missing')
    return null
  }
  const selection = fields.object('selection')
  const of = selection.required('of', oneOf('everybody', 'consenting'), 'everybody')
  try {
    return { of, tree: readTree(selection.value('tree')) }
  } catch (error) {
    selection.fault('tree', error instanceof Error ? `is not readable: ${error.message}` : 'is not readable')
    return null
  }
}

export function ofFrozen({ topics, include, exclude, reminds, selection: _, ...choices }: FrozenSendTo): SendTo {
  const ids = ({ match, segments }: NamedSegments) => ({ match, segments: segments.map(({ id }) => id) })
  return {
    ...choices,
    topics: topics.map(({ id }) => id),
    include: ids(include),
    exclude: ids(exclude),
    reminds: reminds?.id ?? null,
  }
}

const readMatch = (fields: Fields): Match => fields.read('match', oneOf('any', 'all'), 'any')

function readChoices(fields: Fields): Omit<SendTo, 'topics' | 'include' | 'exclude' | 'reminds'> {
  const { topics: _, include: __, exclude: ___, reminds: ____, ...neutral } = nobodyYet
  const tags = fields.object('tags')
  const tagged = (key: 'include' | 'exclude'): ChosenTags => {
    const chosen = tags.object(key)
    return { match: readMatch(chosen), tags: chosen.read('tags', listOf(text), []) }
  }
  return {
    ...neutral,
    tags: { include: tagged('include'), exclude: tagged('exclude') },
    duplicates: currentName(fields.read('duplicates', oneOf(...writtenDuplicateRules), neutral.duplicates)),
    frequency: readFrequency(fields),
    frozen: fields.read('frozen', flag, false),
  }
}

function readFrequency(fields: Fields): Frequency | null {
  if (!fields.has('frequency') || fields.value('frequency') === null) return null
  return { hours: fields.object('frequency').required('hours', frequencyHours, maxFrequencyHours) }
}

const frequencyHours: ValueKind<number> = {
  name: `a whole number from 1 to ${maxFrequencyHours}`,
  plural: `whole numbers from 1 to ${maxFrequencyHours}`,
  is: isFrequencyHours,
}
