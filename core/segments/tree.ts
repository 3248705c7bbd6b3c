/**
 * The language of segments: a tree of groups and conditions (version 1). A tree stands for a set of the workspace's profiles that are not
 * erased: a group with `all` for those in each of its items, with `any` for those in one of them; `exclude` for everybody else.
 *
 * A condition holds where a value or a fact is there that fits; unknown is false. There is no "is not": that is the same condition, excluded.
 */
import { channelKeys } from '../channels.ts'
import { devices } from '../clicks/count-clicks.ts'
import { currentName } from '../former-names.ts'
import { phoneTypes } from '../phone.ts'
import { problem } from '../problems.ts'
import { isDay, isTime } from '../times.ts'
import { type EventName, eventNames, isOfClicks } from './events.ts'
import {
  anyNumber,
  either,
  fields,
  type JsonSchema,
  listOf,
  type Of,
  objectOf,
  oneOfWords,
  onlyTrue,
  pairOf,
  type Shape,
  wholeNumber,
  words,
  wrong,
} from './shape.ts'

/** Planning takes 10 ms per thousand values of a list. Longer lists are imported as a frozen segment. */
export const segmentLimits = {
  depth: 6,
  nodes: 200,
  /** after the trees of other segments have been put in */
  nodesInAll: 1000,
  /** segments in segments */
  levels: 5,
  values: 1000,
  valuesInAll: 5000,
  activities: 200,
  links: 100,
  text: 500,
  times: 1000,
  hours: 87_600,
} as const

export const profileColumns = ['first_name', 'last_name', 'email', 'phone', 'external_key'] as const
export type ProfileColumn = (typeof profileColumns)[number]
export type Field = ProfileColumn | `attr:${string}`

const field: Shape<Field> = {
  schema: { type: 'string', description: `one of ${profileColumns.join(', ')}, or attr: and the name of an attribute` },
  read(given, where) {
    const text = words(100).read(given, where)
    const column = profileColumns.find(known => known === text)
    if (column !== undefined) return column
    if (/^attr:./u.test(text)) return `attr:${text.slice(5)}`
    throw problem('segment_field_unknown', { where, field: text.slice(0, 60) })
  },
}

const id = wholeNumber(1, Number.MAX_SAFE_INTEGER)
const kind = <const K extends string>(name: K): Shape<K> => oneOfWords([name])
const oneText = words(segmentLimits.text)
const texts = listOf(oneText, segmentLimits.values)

const span = fields(
  { n: wholeNumber(1, segmentLimits.hours), unit: oneOfWords(['hours', 'days', 'weeks', 'months']) },
  {},
)
export type TimeSpan = Of<typeof span>

const day: Shape<string> = checked(isDay, { type: 'string', format: 'date' }, 'is not a day such as 2026-03-28')
const dayOrTime: Shape<string> = checked(
  text => isDay(text) || isTime(text),
  { type: 'string', description: 'a day, or a time with its offset' },
  'is neither a day nor a time with its offset, such as 2026-03-28T09:00:00+01:00',
)

function checked(isRight: (text: string) => boolean, schema: JsonSchema, what: string): Shape<string> {
  return {
    schema,
    read(given, where) {
      if (typeof given === 'string' && isRight(given)) return given
      throw wrong(where, what)
    },
  }
}

const has = (name: string) => (given: unknown) => typeof given === 'object' && given !== null && name in given
const range = <T extends Shape<string>>(of: T): Shape<{ from?: string; to?: string }> => {
  const both = fields({}, { from: of, to: of })
  return {
    schema: both.schema,
    read(given, where) {
      const read = both.read(given, where)
      if (read.from === undefined && read.to === undefined)
        throw problem('segment_unfinished', { where, what: 'has neither a beginning nor an end' })
      return read
    },
  }
}

/** Half-open in time. `last` and `before` count back from now; a day of `to` is within. */
const window = either(
  has('last'),
  fields({ last: span }, {}),
  either(has('before'), fields({ before: span }, {}), range(dayOrTime)),
)
export type TimeWindow = Of<typeof window>

/** Days of the calendar, both ends within. `last: 1` is today; `next: 7` is today and the six days after it. */
const days = either(
  has('last'),
  fields({ last: wholeNumber(1, 36_600) }, {}),
  either(has('next'), fields({ next: wholeNumber(1, 36_600) }, {}), range(day)),
)
export type Days = Of<typeof days>

const often = wholeNumber(0, segmentLimits.times)
/** Counts SMS; with `of: 'clicks'` the clicks, as the report counts them: a double tap is one. */
const timesOf = { of: oneOfWords(['clicks']) }
const times = either(
  given => has('op')(given) && objectOf(given, '').op === 'between',
  fields({ op: kind('between'), values: pairOf(often) }, timesOf),
  fields({ op: oneOfWords(['at_least', 'exactly', 'at_most']), n: often }, timesOf),
)
export type Times = Of<typeof times>

/** Views and custom events, counted one by one. */
const timesOfMany = either(
  given => has('op')(given) && objectOf(given, '').op === 'between',
  fields({ op: kind('between'), values: pairOf(often) }, {}),
  fields({ op: oneOfWords(['at_least', 'exactly', 'at_most']), n: often }, {}),
)

/** Of a custom event. */
const property = either(
  given => has('value')(given) && typeof objectOf(given, '').value === 'number',
  fields({ name: words(100), op: oneOfWords(['is', 'lt', 'lte', 'gt', 'gte']), value: anyNumber }, {}),
  fields({ name: words(100), op: oneOfWords(['is', 'contains', 'starts']), value: oneText }, {}),
)
export type EventProperty = Of<typeof property>

const country: Shape<string> = checked(
  text => /^[A-Z]{2}$/.test(text),
  { type: 'string', pattern: '^[A-Z]{2}$' },
  'is not a country of two capital letters',
)

const device = oneOfWords(devices.map(({ key }) => key))

const reason: Shape<string> = { ...words(40), read: (given, where) => currentName(words(40).read(given, where)) }

/** Of the message or the click, as they were then. */
const where = fields(
  {},
  {
    reasons: listOf(reason, 50),
    countries: listOf(country, 300),
    gateways: listOf(id, 100),
    codes: listOf(words(60), 100),
    devices: listOf(device, devices.length),
  },
)
export type Where = Of<typeof where>

const anyActivity: Shape<'any'> = oneOfWords(['any'])

/** The conditions by kind. Each may be excluded. */
const conditions = {
  filled: fields({ kind: kind('filled'), field }, { exclude: onlyTrue }),
  text: either(
    given => has('op')(given) && objectOf(given, '').op === 'in',
    fields({ kind: kind('text'), field, op: kind('in'), values: texts }, { exactCase: onlyTrue, exclude: onlyTrue }),
    fields(
      { kind: kind('text'), field, op: oneOfWords(['is', 'contains', 'starts', 'ends']), value: oneText },
      { exactCase: onlyTrue, exclude: onlyTrue },
    ),
  ),
  number: either(
    given => has('op')(given) && objectOf(given, '').op === 'between',
    fields({ kind: kind('number'), field, op: kind('between'), values: pairOf(anyNumber) }, { exclude: onlyTrue }),
    fields(
      { kind: kind('number'), field, op: oneOfWords(['is', 'lt', 'lte', 'gt', 'gte']), value: anyNumber },
      { exclude: onlyTrue },
    ),
  ),
  date: fields({ kind: kind('date'), field, days }, { exclude: onlyTrue }),
  anniversary: fields({ kind: kind('anniversary'), field, days }, { exclude: onlyTrue }),
  created: fields({ kind: kind('created'), window }, { exclude: onlyTrue }),
  tag: fields(
    { kind: kind('tag'), match: oneOfWords(['any', 'all']), tags: listOf(words(100), segmentLimits.values) },
    { exclude: onlyTrue },
  ),
  country: fields({ kind: kind('country'), countries: listOf(country, 300) }, { exclude: onlyTrue }),
  phone: fields(
    { kind: kind('phone') },
    { types: listOf(oneOfWords(phoneTypes), phoneTypes.length), shared: onlyTrue, exclude: onlyTrue },
  ),
  consent: fields(
    {
      kind: kind('consent'),
      topic: id,
      channel: oneOfWords(channelKeys),
      state: oneOfWords(['yes', 'ended', 'never']),
    },
    { exclude: onlyTrue },
  ),
  closed: fields(
    {
      kind: kind('closed'),
      channel: oneOfWords(channelKeys),
      why: listOf(oneOfWords(['opted_out', 'hard_bounces', 'by_hand']), 3),
    },
    { topic: id, exclude: onlyTrue },
  ),
  event: fields(
    {
      kind: kind('event'),
      event: oneOfWords(eventNames),
      of: either(given => given === 'any', anyActivity, listOf(id, segmentLimits.activities)),
    },
    {
      links: listOf(id, segmentLimits.links),
      where,
      times,
      window,
      withinHours: wholeNumber(1, segmentLimits.hours),
      exclude: onlyTrue,
    },
  ),
  page_view: fields(
    {
      kind: kind('page_view'),
      of: oneOfWords(['url', 'title']),
      op: oneOfWords(['is', 'contains', 'starts']),
      value: oneText,
    },
    { times: timesOfMany, window, exclude: onlyTrue },
  ),
  website_event: fields(
    { kind: kind('website_event'), name: words(100) },
    { property, times: timesOfMany, window, exclude: onlyTrue },
  ),
  segment: fields({ kind: kind('segment'), id }, { exclude: onlyTrue }),
}

export type Condition = { [K in keyof typeof conditions]: Of<(typeof conditions)[K]> }[keyof typeof conditions]
export type ConditionKind = Condition['kind']
export type ConditionOf<K extends ConditionKind> = Extract<Condition, { kind: K }>

export interface Group {
  kind: 'group'
  match: 'all' | 'any'
  exclude?: true
  items: Node[]
}
export type Node = Group | Condition

export interface SegmentTree {
  v: 1
  root: Group
}

const match = oneOfWords(['all', 'any'])
const groupFields = new Set(['kind', 'match', 'exclude', 'items'])

interface TreeLimits {
  depth: number
  nodes: number
  values: number
}

const limitsOfOne: TreeLimits = {
  depth: segmentLimits.depth,
  nodes: segmentLimits.nodes,
  values: segmentLimits.valuesInAll,
}
/** Of a tree with the trees of other segments in it (inline.ts). */
const limitsOfInlined: TreeLimits = {
  depth: segmentLimits.depth * (segmentLimits.levels + 1),
  nodes: segmentLimits.nodesInAll,
  values: segmentLimits.valuesInAll * segmentLimits.nodesInAll,
}

/** Throws as `readTree` does. */
export const readInlinedTree = (document: unknown): SegmentTree => readTree(document, limitsOfInlined)

/** The tree as it is kept. Throws the problem of the first place that is wrong; nothing is dropped or guessed. */
export function readTree(document: unknown, limits = limitsOfOne): SegmentTree {
  const given = objectOf(document, 'segment')
  for (const name of Object.keys(given)) if (name !== 'v' && name !== 'root') throw wrong(name, 'is not known')
  if (given.v !== 1) throw problem('segment_version', { found: JSON.stringify(given.v)?.slice(0, 20) ?? 'none' })
  const count = { nodes: 0, values: 0, limits }
  return { v: 1, root: readGroup(given.root, 'root', 1, count) }
}

interface Count {
  nodes: number
  values: number
  limits: TreeLimits
}

function readGroup(given: unknown, where: string, depth: number, count: Count): Group {
  const group = objectOf(given, where)
  if (group.kind !== 'group')
    throw wrong(`${where}.kind`, 'must be "group": a segment begins with a group of conditions')
  if (depth > count.limits.depth) throw problem('segment_depth', { where, limit: count.limits.depth })
  for (const name of Object.keys(group)) if (!groupFields.has(name)) throw wrong(`${where}.${name}`, 'is not known')
  if (!Array.isArray(group.items)) throw wrong(`${where}.items`, 'is not a list')
  const read: Group = {
    kind: 'group',
    match: match.read(group.match, `${where}.match`),
    ...(group.exclude !== undefined && excluded(group.exclude, where)),
    items: [],
  }
  countNode(where, count)
  for (const [i, item] of group.items.entries()) {
    const place = `${where}.items[${i}]`
    if (has('kind')(item) && objectOf(item, place).kind === 'group')
      read.items.push(readGroup(item, place, depth + 1, count))
    else read.items.push(readCondition(item, place, count))
  }
  return read
}

function excluded(given: unknown, where: string): { exclude?: true } {
  return onlyTrue.read(given, `${where}.exclude`) ? { exclude: true } : {}
}

function readCondition(given: unknown, where: string, count: Count): Condition {
  countNode(where, count)
  const { kind: name } = objectOf(given, where)
  const shape = typeof name === 'string' && isConditionKind(name) ? conditions[name] : undefined
  if (shape === undefined) throw wrong(`${where}.kind`, `must be one of: group, ${Object.keys(conditions).join(', ')}`)
  const condition = shape.read(given, where)
  checkCondition(condition, where)
  count.values += valuesIn(condition)
  if (count.values > count.limits.values)
    throw problem('segment_list', {
      where,
      what: `brings the lists of this segment to more than ${count.limits.values} values`,
    })
  return condition
}

function isConditionKind(name: string): name is ConditionKind {
  return Object.hasOwn(conditions, name)
}

function countNode(where: string, count: Count): void {
  count.nodes++
  if (count.nodes > count.limits.nodes) throw problem('segment_nodes', { where, limit: count.limits.nodes })
}

/** What the fields say together. */
function checkCondition(condition: Condition, where: string): void {
  const refuse = (name: string, what: string) => {
    throw wrong(`${where}.${name}`, what)
  }
  switch (condition.kind) {
    case 'number':
      if (condition.op === 'between' && condition.values[0] > condition.values[1])
        refuse('values', 'ends before it begins')
      return
    case 'phone':
      if (condition.types === undefined && !condition.shared)
        throw problem('segment_unfinished', { where, what: 'names neither kinds of number nor shared numbers' })
      return
    case 'closed':
      if (condition.topic !== undefined && !condition.why.includes('opted_out'))
        refuse('topic', 'can be asked of opt-outs only')
      return
    case 'event': {
      const { event, links, withinHours, times: howOften, where: filter } = condition
      const isClick = isOfClicks(event)
      if (links !== undefined && !isClick) refuse('links', 'can be asked of clicks and visits only')
      if (filter?.devices !== undefined && !isClick) refuse('where.devices', 'can be asked of clicks and visits only')
      if (filter?.reasons !== undefined && event !== 'not_sent')
        refuse('where.reasons', 'can be asked of those who were not sent to only')
      if (filter?.codes !== undefined && !bounces.has(event)) refuse('where.codes', 'can be asked of bounces only')
      if (howOften?.of === 'clicks' && event !== 'clicked') refuse('times.of', 'can be asked of clicks only')
      if (howOften?.op === 'between' && howOften.values[0] > howOften.values[1])
        refuse('times.values', 'ends before it begins')
      if (withinHours !== undefined && untimed.has(event)) refuse('withinHours', 'needs an event after the sending')
      return
    }
    case 'page_view':
    case 'website_event':
      if (condition.times?.op === 'between' && condition.times.values[0] > condition.times.values[1])
        refuse('times.values', 'ends before it begins')
      return
    default:
      return
  }
}

const bounces = new Set<EventName>(['bounced', 'bounced_hard', 'bounced_soft_retrying', 'bounced_soft_final'])
const untimed = new Set<EventName>(['targeted', 'not_sent', 'queued', 'sent', 'pending'])

function valuesIn(condition: Condition): number {
  return Object.values(condition).reduce<number>((n, value) => n + (Array.isArray(value) ? value.length : 0), 0)
}

/** The schema of the documents that `readTree` takes. */
export const segmentSchema: JsonSchema = {
  type: 'object',
  properties: {
    v: { const: 1 },
    root: {
      type: 'object',
      properties: {
        kind: { const: 'group' },
        match: match.schema,
        exclude: { type: 'boolean' },
        items: {
          type: 'array',
          maxItems: segmentLimits.nodes,
          items: {
            description: `a group as the root, up to ${segmentLimits.depth} deep, or a condition`,
            anyOf: [
              { type: 'object', properties: { kind: { const: 'group' } }, required: ['kind'] },
              ...Object.values(conditions).map(({ schema }) => schema),
            ],
          },
        },
      },
      required: ['kind', 'match', 'items'],
      additionalProperties: false,
    },
  },
  required: ['v', 'root'],
  additionalProperties: false,
}

/** Everybody of the workspace. */
export const everybody: SegmentTree = { v: 1, root: { kind: 'group', match: 'all', items: [] } }

/** The nodes of a tree with their places, each group before its items. */
export function* nodesOf(node: Node, where = 'root'): Generator<{ node: Node; where: string }> {
  yield { node, where }
  if (node.kind !== 'group') return
  for (const [i, item] of node.items.entries()) yield* nodesOf(item, `${where}.items[${i}]`)
}

export function* conditionsOf(tree: SegmentTree): Generator<{ condition: Condition; where: string }> {
  for (const { node, where: place } of nodesOf(tree.root))
    if (node.kind !== 'group') yield { condition: node, where: place }
}
