/**
 * Send to: who is to get an activity. Segments and tags select people; topics say which consent they need; without segments and tags to
 * include, everyone who has consented is selected.
 */
import { type Channel, channels } from '../channels.ts'
import { currentName } from '../former-names.ts'
import { isFrequencyHours, maxFrequencyHours } from '../frequency.ts'
import { type Group, type Node, readInlinedTree, type SegmentTree } from '../segments/tree.ts'
import {
  answerSchema,
  type DocumentField,
  field,
  group,
  groupOrNull,
  neededField,
  neutralOf,
  readShape,
  requestSchema,
  type ValueOf,
} from './document.ts'
import {
  type Fault,
  Fields,
  flagKind,
  listKind,
  oneOfKind,
  orNullKind,
  positiveKind,
  type Reading,
  textKind,
  type ValueKind,
} from './fields.ts'

const most = { segments: 50, topics: 100, tags: 100 }
const id = { type: 'integer', minimum: 1, maximum: 2_147_483_647 }
const ids = (maxItems: number) => ({ type: 'array', items: id, maxItems, uniqueItems: true })

const matches = ['any', 'all'] as const
export type Match = (typeof matches)[number]

const match = field<Match>(oneOfKind(...matches), 'any', { enum: [...matches] })
const segmentsShape = { match, segments: field(listKind(positiveKind), [], ids(most.segments)) }
const tagsShape = {
  match,
  tags: field(listKind(textKind), [], {
    ...{ type: 'array', maxItems: most.tags, uniqueItems: true },
    items: { type: 'string', format: 'line', minLength: 1, maxLength: 100 },
  }),
}
export type ChosenSegments = ValueOf<typeof segmentsShape>
export type ChosenTags = ValueOf<typeof tagsShape>

export const duplicateRules = ['one_per_address', 'all'] as const
export type Duplicates = (typeof duplicateRules)[number]
/** As a request or a stored document may name them. */
const writtenDuplicateRules = [...duplicateRules, 'one_per_number'] as const

const duplicates: DocumentField<Duplicates> = {
  read: (from, key) => currentName(from.read(key, oneOfKind(...writtenDuplicateRules), 'one_per_address')),
  neutral: 'one_per_address',
  schema: { enum: [...duplicateRules] },
  given: {
    enum: [...writtenDuplicateRules],
    description: 'one SMS per number, or one per profile; `one_per_number` is the former name of `one_per_address`',
  },
}

/** Who gets a reminder. */
export const remindedPeople = ['not_clicked', 'not_reached'] as const
export type RemindedPeople = (typeof remindedPeople)[number]

const frequencyHours: ValueKind<number> = {
  name: `a whole number from 1 to ${maxFrequencyHours}`,
  plural: `whole numbers from 1 to ${maxFrequencyHours}`,
  is: isFrequencyHours,
}

/** What a scheduled activity keeps in the same form. */
const keptAsChosen = {
  tags: group({ include: group(tagsShape), exclude: group(tagsShape) }),
  duplicates,
  frequency: groupOrNull(
    {
      hours: neededField(frequencyHours, maxFrequencyHours, {
        type: 'integer',
        minimum: 1,
        maximum: maxFrequencyHours,
      }),
    },
    {
      description:
        'nobody to whom another SMS was sent within this number of hours, or for whom one is queued; null: no limit. Absent: no limit, in a new draft the default of the workspace',
    },
  ),
  remindsWho: field<RemindedPeople>(oneOfKind(...remindedPeople), 'not_clicked', {
    enum: [...remindedPeople],
    description: 'of `reminds`: those who got it and did not click, or those whom it was meant for and did not reach',
  }),
  frozen: field(flagKind, false, {
    type: 'boolean',
    description: 'true: the people of the moment of scheduling; else those of the start',
  }),
}

/** What may be chosen: stored in drafts (activities.send_to), taken and answered by the API. */
const sendToShape = {
  topics: field(listKind(positiveKind), [], {
    ...ids(most.topics),
    description: 'the consent that a recipient needs: to one of these, on the channel',
  }),
  include: group(segmentsShape, {
    description: 'who is in one of these segments, or in all; with none and no tags, everyone who has consented',
  }),
  exclude: group(segmentsShape, { description: 'nobody who is in one of these segments, or in all' }),
  reminds: field(orNullKind(positiveKind), null, {
    anyOf: [{ type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER }, { type: 'null' }],
    description: 'an activity: only those to whom it was delivered and who have not clicked by the start',
  }),
  ...keptAsChosen,
}

export type SendTo = ValueOf<typeof sendToShape>

/** Which consent is needed, and what happens to those who share an address. */
export type SendToRules = Pick<SendTo, 'topics' | 'duplicates'>

/** What a request says. What it does not say selects nobody in particular. */
export type SendToChoice = Partial<Omit<SendTo, keyof SendToRules>> & {
  topics: number[]
  duplicates: (typeof writtenDuplicateRules)[number]
}

export const sendToSchemas = {
  answer: answerSchema(sendToShape),
  request: requestSchema(sendToShape, ['topics', 'duplicates']),
}

export function sendToOf(choice: Partial<SendToChoice> = {}): SendTo {
  const neutral = neutralOf(sendToShape)
  return { ...neutral, ...choice, duplicates: currentName(choice.duplicates ?? neutral.duplicates) }
}

/** As a draft keeps it. */
export function readSendTo(document: unknown): Reading<SendTo> {
  const faults: Fault[] = []
  return { value: readShape(new Fields(document, 'sendTo', faults), sendToShape), faults }
}

/** What happens when several profiles have one address. */
export function duplicatesInWords(rule: Duplicates, channel: Channel): string {
  const { message, address } = channels[channel].words
  return rule === 'all' ? `One ${message} per profile` : `One ${message} per ${address}`
}

/** What segments and tags of Send to are called. */
export interface ChoiceNames {
  include: { match: Match; segments: readonly string[] }
  exclude: { match: Match; segments: readonly string[] }
  tags: { include: { match: Match; tags: readonly string[] }; exclude: { match: Match; tags: readonly string[] } }
  /** the name of the activity that it reminds of */
  reminds: string | null
  remindsWho: RemindedPeople
}

/** The moment that decides, because people come and go between scheduling and sending. */
export function audienceInWords(frozen: boolean): string {
  return frozen ? 'Frozen: the people selected at scheduling' : 'Live: the people selected at the start of sending'
}

const remindedInWords: Readonly<Record<RemindedPeople, string>> = {
  not_clicked: 'people who got it and did not click',
  not_reached: 'people whom it did not reach',
}

/** Label and sentence of each choice; none where nothing is chosen. */
export function choicesInWords({
  include,
  exclude,
  tags,
  reminds,
  remindsWho,
}: ChoiceNames): [label: string, text: string][] {
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
    reminds === null ? [] : [['Reminder of', `“${reminds}”: ${remindedInWords[remindsWho]}`]]
  return [
    ...reminder,
    ...rows.flatMap(([label, match, names]): [string, string][] =>
      names.length === 0 ? [] : [[label, some(match, names)]],
    ),
  ]
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
export interface FrozenSendTo extends ValueOf<typeof keptAsChosen> {
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

/** Null: they select nobody in particular. `gotBefore`: who got later what it reminds of is not reminded. */
export function selectionOf({
  include,
  exclude,
  tags,
  reminds,
  remindsWho,
  gotBefore,
}: Pick<SendTo, 'include' | 'exclude' | 'tags' | 'reminds' | 'remindsWho'> & {
  gotBefore?: Date | undefined
}): Selection | null {
  const group = (match: Match, items: Node[], more: Partial<Group> = {}): Node[] =>
    items.length === 0 ? [] : [{ kind: 'group', match, ...more, items }]
  const segments = ({ segments: ids }: ChosenSegments): Node[] => ids.map(id => ({ kind: 'segment', id }))
  const tagged = ({ match, tags: chosen }: ChosenTags, more: { exclude?: true } = {}): Node[] =>
    chosen.length === 0 ? [] : [{ kind: 'tag', match, tags: chosen, ...more }]
  const reminded = reminds === null ? [] : remindedNodes[remindsWho](reminds, gotBefore)
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

const remindedNodes: Readonly<Record<RemindedPeople, (of: number, gotBefore: Date | undefined) => Node[]>> = {
  not_clicked: (of, gotBefore) => [
    { kind: 'event', event: 'delivered', of: [of], ...(gotBefore && { window: { to: gotBefore.toISOString() } }) },
    { kind: 'event', event: 'clicked', of: [of], exclude: true },
  ],
  not_reached: of => [
    {
      kind: 'group',
      match: 'any',
      items: [
        { kind: 'event', event: 'not_sent', of: [of] },
        { kind: 'event', event: 'bounced', of: [of] },
      ],
    },
  ],
}

/** As a version keeps it: its topics decide who is sent to, so a version without them is not readable. */
export function readFrozenSendTo(fields: Fields): FrozenSendTo {
  if (!fields.has('topics')) fields.fault('topics', 'is missing')
  const topics = fields.objects('topics').map(topic => ({
    id: topic.required('id', positiveKind, 0),
    name: topic.read('name', textKind, ''),
  }))
  const named = (key: 'include' | 'exclude'): NamedSegments => {
    const chosen = fields.object(key)
    return {
      match: match.read(chosen, 'match'),
      segments: chosen.objects('segments').map(segment => ({
        id: segment.required('id', positiveKind, 0),
        name: segment.read('name', textKind, ''),
      })),
    }
  }
  const isReminder = fields.has('reminds') && fields.value('reminds') !== null
  const reminded = fields.object('reminds')
  const reminds = isReminder
    ? { id: reminded.required('id', positiveKind, 0), name: reminded.read('name', textKind, '') }
    : null
  const frozen = {
    ...readShape(fields, keptAsChosen),
    topics,
    include: named('include'),
    exclude: named('exclude'),
    reminds,
  }
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
  const of = selection.required('of', oneOfKind('everybody', 'consenting'), 'everybody')
  try {
    return { of, tree: readInlinedTree(selection.value('tree')) }
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
