/**
 * A tree of conditions as one SQL condition over `profiles p`, as server/audience/audience-members.ts takes it. Count, list, export and freeze use the
 * same text.
 *
 * Each leaf is true exactly where it holds: `and` and `or` above it treat null as false, so nothing above a leaf is ever negated. What is
 * excluded is pushed down to the leaves (De Morgan); there a comparison becomes `(…) is not true`, a fact `not exists`.
 *
 * Facts are found by `exists` with the key of the profile and the buckets inside, which a cluster runs per shard. Row-IN and NOT IN would take
 * a thousand times as long where their hash table does not fit the memory.
 */
import type { AttributeType } from '../../core/attributes.ts'
import { channels } from '../../core/channels.ts'
import { figure } from '../../core/report/figures.ts'
import { isNumeric } from '../../core/segments/clauses.ts'
import { isOfClicks, segmentEvent } from '../../core/segments/events.ts'
import type {
  Condition,
  ConditionOf,
  EventProperty,
  Field,
  Node,
  SegmentTree,
  Times,
} from '../../core/segments/tree.ts'
import { anniversariesOf, dayRangeOf, type Range, rangeOf } from '../../core/segments/windows.ts'
import { asPageUrl } from '../../core/website/page-url.ts'
import { isCounted, timeColumn } from '../messages/counted.ts'
import { empty, join, raw, type Sql, sql } from '../platform/db/sql.ts'
import { openOptOut, openSuppression } from '../suppression/holding.ts'

/** What the tree names, as it is now (server/segments/references.ts). */
export interface SegmentSurroundings {
  workspaceId: number
  /** business time, and the zone of the workspace */
  now: Date
  zone: string
  attributes: ReadonlyMap<string, AttributeType>
  /** those that the tree names; null: a frozen list */
  segments: ReadonlyMap<number, SegmentTree | null>
  /** when the activities were frozen, of those that a condition asks for that time */
  frozenAt: ReadonlyMap<number, Date>
}

/** A condition for these buckets: the right side of `bucket =`. */
export type CompiledSegment = (buckets: Sql) => Sql

export function compile(tree: SegmentTree, surroundings: SegmentSurroundings): CompiledSegment {
  return buckets => asSql(new Compiler(surroundings, buckets).node(tree.root, false))
}

/** Each node of a tree as a condition of its own, for "why is this person in it". */
export function compileNodes(nodes: readonly Node[], surroundings: SegmentSurroundings, buckets: Sql): Sql[] {
  const compiler = new Compiler(surroundings, buckets)
  return nodes.map(node => asSql(compiler.node(node, false)))
}

/** Everybody and nobody are folded away before they reach the statement. */
type Part = boolean | Sql | OfMessage

/** A condition on the one message that a profile has in an activity. Several of them are asked in one probe. */
interface OfMessage {
  activityId: number
  condition: Sql
  isNegated: boolean
}

const isOfMessage = (part: Part): part is OfMessage => typeof part === 'object' && 'activityId' in part

const asSql = (part: Exclude<Part, OfMessage>): Sql => (typeof part === 'boolean' ? raw(String(part)) : part)

class Compiler {
  readonly #of: SegmentSurroundings
  readonly #buckets: Sql

  constructor(surroundings: SegmentSurroundings, buckets: Sql) {
    this.#of = surroundings
    this.#buckets = buckets
  }

  node(node: Node, isInverted: boolean): Exclude<Part, OfMessage> {
    const part = this.#part(node, isInverted)
    return isOfMessage(part) ? this.#probe(part.activityId, [part]) : part
  }

  #part(node: Node, isInverted: boolean): Part {
    const isNegated = isInverted !== (node.exclude === true)
    if (node.kind !== 'group') return this.#condition(node, isNegated)
    const parts = node.items.map(item => this.#part(item, isNegated))
    return (node.match === 'all') === isNegated ? this.#any(parts) : this.#all(parts)
  }

  #all(parts: readonly Part[]): Part {
    const left = parts.filter(part => part !== true)
    if (left.includes(false)) return false
    if (left.length === 0) return true
    const conditions = this.#merged(left)
    return conditions.length === 1 ? conditions[0]! : sql`(${join(conditions, ' and ')})`
  }

  #any(parts: readonly Part[]): Part {
    const left = parts.filter(part => part !== false)
    if (left.includes(true)) return true
    if (left.length === 0) return false
    const conditions = left.map(part => asSql(isOfMessage(part) ? this.#probe(part.activityId, [part]) : part))
    return conditions.length === 1 ? conditions[0]! : sql`(${join(conditions, ' or ')})`
  }

  /**
   * "Got it and did not click" in one look at the message: a profile has one message in an activity. Two probes take four times as long.
   * Without a positive one there may be no message, and each has a probe of its own.
   */
  #merged(parts: readonly Part[]): Sql[] {
    const ofMessages = parts.filter(isOfMessage)
    const merged = [...Map.groupBy(ofMessages, ({ activityId }) => activityId)].flatMap(([activityId, of]) =>
      of.some(({ isNegated }) => !isNegated)
        ? [this.#probe(activityId, of)]
        : of.map(one => this.#probe(activityId, [one])),
    )
    return [...parts.flatMap(part => (isOfMessage(part) ? [] : [asSql(part)])), ...merged]
  }

  #probe(activityId: number, conditions: readonly OfMessage[]): Sql {
    const isNegated = conditions.every(one => one.isNegated)
    const asked = conditions.map(one =>
      one.isNegated && !isNegated ? sql`(${one.condition}) is not true` : one.condition,
    )
    return sql`${raw(isNegated ? 'not exists' : 'exists')} (select from messages m where ${this.#key('m')} and m.activity_id = ${activityId} and ${join(asked, ' and ')})`
  }

  #condition(condition: Condition, isNegated: boolean): Part {
    switch (condition.kind) {
      case 'filled':
        return compared(this.#filled(condition.field), isNegated)
      case 'text':
        return compared(textCondition(condition), isNegated)
      case 'number':
        return compared(numberCondition(condition), isNegated)
      case 'date':
        return compared(this.#date(condition), isNegated)
      case 'anniversary':
        return compared(this.#anniversary(condition), isNegated)
      case 'created':
        return compared(within(sql`p.created_at`, rangeOf(condition.window, this.#of.now, this.#of.zone)), isNegated)
      case 'tag':
        return compared(
          condition.match === 'any'
            ? sql`p.tags && ${condition.tags}::text[]`
            : sql`p.tags @> ${condition.tags}::text[]`,
          isNegated,
        )
      case 'country':
        return compared(sql`p.country = any(${condition.countries}::text[])`, isNegated)
      case 'phone':
        return compared(
          allOf([
            ...(condition.types ? [sql`p.phone_type = any(${condition.types}::text[])`] : []),
            ...(condition.shared ? [sql`p.phone_shared`] : []),
          ]),
          isNegated,
        )
      case 'consent':
        return this.#consent(condition, isNegated)
      case 'closed':
        return this.#closed(condition, isNegated)
      case 'event':
        return this.#event(condition, isNegated)
      case 'page_view':
      case 'website_event':
        return this.#website(condition, isNegated)
      case 'segment':
        return this.#segment(condition.id, isNegated)
    }
  }

  #key(alias: 'm' | 'c' | 'k' | 'l' | 'g' | 'v'): Sql {
    const of = raw(alias)
    return sql`${of}.bucket = p.bucket and ${of}.profile_id = p.profile_id and ${of}.bucket = ${this.#buckets}`
  }

  #filled(field: Field): Sql {
    if (!isAttribute(field)) return sql`btrim(${raw(`p.${field}`)}) <> ''`
    const value = attribute(field)
    switch (this.#of.attributes.get(nameOf(field))) {
      case 'number':
        return sql`jsonb_typeof(${value}) = 'number'`
      case 'date':
      case 'datetime':
        return isDated(field)
      default:
        return sql`jsonb_typeof(${value}) = 'string' and btrim(${value} #>> '{}') <> ''`
    }
  }

  /** A date or a time counts with its day, as it was written. */
  #date({ field, days }: ConditionOf<'date'>): Sql {
    const { from, to } = dayRangeOf(days, this.#of.now, this.#of.zone)
    const day = sql`left(${textOf(field)}, 10) collate "C"`
    return allOf([
      ...(from === null ? [] : [sql`${day} >= ${from}`]),
      ...(to === null ? [] : [sql`${day} <= ${to}`]),
      isDated(field),
    ])
  }

  #anniversary({ field, days }: ConditionOf<'anniversary'>): Sql {
    const found = anniversariesOf(days, this.#of.now, this.#of.zone)
    return found === null
      ? isDated(field)
      : sql`substr(${textOf(field)}, 6, 5) = any(${found}::text[]) and ${isDated(field)}`
  }

  #consent({ topic, channel, state }: ConditionOf<'consent'>, isNegated: boolean): Sql {
    const isPositive = (state === 'never') === isNegated
    return sql`${exists(isPositive)} (select from current_consents k where ${this.#key('k')} and k.workspace_id = ${this.#of.workspaceId}
      and k.topic_id = ${topic} and k.channel = ${channel} ${state === 'never' ? empty : raw(state === 'yes' ? 'and k.granted' : 'and not k.granted')})`
  }

  /** The address is closed, for each profile that has it. */
  #closed({ channel, why, topic }: ConditionOf<'closed'>, isNegated: boolean): Sql {
    const address = raw(`p.${channels[channel].addressColumn}`)
    const held = { workspace: sql`${this.#of.workspaceId}::int`, channel, address }
    const reasons = why.map(reason =>
      reason === 'opted_out' ? openOptOut(held, topic === undefined ? null : [topic]) : openSuppression(held, reason),
    )
    return isNegated
      ? sql`(${join(
          reasons.map(reason => sql`not ${reason}`),
          ' and ',
        )})`
      : sql`(${join(reasons, ' or ')})`
  }

  #segment(id: number, isNegated: boolean): Part {
    const tree = this.#of.segments.get(id)
    if (tree === undefined) throw new Error(`segment ${id} was not read`)
    if (tree !== null) return this.#part(tree.root, isNegated)
    return sql`${exists(!isNegated)} (select from segment_members l where ${this.#key('l')} and l.segment_id = ${id})`
  }

  #event(condition: ConditionOf<'event'>, isNegated: boolean): Part {
    const { event, of, where, window, times, withinHours } = condition
    const { at } = segmentEvent(event)
    let activities = of
    let asked: Range = { from: null, to: null }
    if (window !== undefined) {
      const range = rangeOf(window, this.#of.now, this.#of.zone)
      if (at === 'frozenAt') activities = this.#frozenWithin(of, range)
      else asked = range
    }
    if (activities !== 'any' && activities.length === 0) return (rangeOfTimes(times).least === 0) !== isNegated
    const countsClicks = times?.of === 'clicks'
    const ofClicks =
      isOfClicks(event) &&
      (condition.links !== undefined || where?.devices !== undefined || window !== undefined || countsClicks)
    const ofMessage = [
      isCounted(figure(segmentEvent(event).figure)),
      ...(where?.reasons ? [sql`coalesce(m.excluded, m.stop_reason) = any(${where.reasons}::text[])`] : []),
      ...(where?.countries ? [sql`m.country = any(${where.countries}::text[])`] : []),
      ...(where?.gateways ? [sql`m.gateway_id = any(${where.gateways}::int[])`] : []),
      ...(where?.codes ? [sql`m.code = any(${where.codes}::text[])`] : []),
    ]
    if (ofClicks) {
      const needsMessage = withinHours !== undefined || where?.countries !== undefined || where?.gateways !== undefined
      const clicks = sql`from clicks c ${needsMessage ? sql`join messages m on m.bucket = c.bucket and m.activity_id = c.activity_id and m.profile_id = c.profile_id` : empty}`
      const conditions = allOf([
        inActivities('c', activities, this.#of.workspaceId),
        ...(countsClicks ? [countingClick] : event === 'clicked' ? [sql`c.verdict = 'human'`] : []),
        ...(condition.links ? [sql`c.link_id = any(${condition.links}::bigint[])`] : []),
        ...(where?.devices ? [sql`c.device = any(${where.devices}::text[])`] : []),
        ...(needsMessage ? ofMessage.slice(1) : []),
        ...rangeConditions(sql`c.at`, asked),
        ...(withinHours === undefined ? [] : [soonAfter(sql`c.at`, withinHours)]),
      ])
      return this.#times('c', clicks, conditions, times, isNegated)
    }
    const time = at === 'frozenAt' ? sql`m.status_at` : timeColumn(at)
    const conditions = [
      ...ofMessage,
      ...rangeConditions(time, asked),
      ...(withinHours === undefined ? [] : [soonAfter(time, withinHours)]),
    ]
    const [only, ...others] = activities === 'any' ? [] : activities
    if (times === undefined && only !== undefined && others.length === 0)
      return { activityId: only, condition: allOf(conditions), isNegated }
    const all = allOf([inActivities('m', activities, this.#of.workspaceId), ...conditions])
    return this.#times('m', sql`from messages m`, all, times, isNegated)
  }

  /** The pages are found first, in their dictionary: once per statement, however many profiles there are. */
  #website(condition: ConditionOf<'page_view' | 'website_event'>, isNegated: boolean): Part {
    const { workspaceId, now, zone } = this.#of
    const asked =
      condition.kind === 'page_view'
        ? [
            sql`v.kind = 'page'`,
            sql`v.page_id = any(array(select g.page_id from website_pages g where g.workspace_id = ${workspaceId} and ${pageCondition(condition)}))`,
          ]
        : [
            sql`v.kind = 'track'`,
            sql`lower(v.name) = lower(${condition.name}::text)`,
            ...(condition.property === undefined ? [] : [propertyCondition(condition.property)]),
          ]
    const range = condition.window === undefined ? { from: null, to: null } : rangeOf(condition.window, now, zone)
    const all = allOf([sql`v.workspace_id = ${workspaceId}`, ...asked, ...rangeConditions(sql`v.at`, range)])
    return this.#times('v', sql`from website_events v`, all, condition.times, isNegated)
  }

  /** Activities in which the profile has the event, or clicks or views, counted. */
  #times(alias: 'm' | 'c' | 'v', from: Sql, conditions: Sql, times: Times | undefined, isNegated: boolean): Part {
    const { least, most } = rangeOfTimes(times)
    if (least === 0)
      return most === null
        ? !isNegated
        : this.#times(alias, from, conditions, { ...times, op: 'at_least', n: most + 1 }, !isNegated)
    if (least === 1 && most === null)
      return sql`${exists(!isNegated)} (select ${from} where ${this.#key(alias)} and ${conditions})`
    const of = raw(alias)
    const counted = alias !== 'c' || times?.of === 'clicks' ? sql`count(*)` : sql`count(distinct c.activity_id)`
    const asked =
      most === null ? sql`>= ${least}` : least === most ? sql`= ${least}` : sql`between ${least} and ${most}`
    return sql`${exists(!isNegated)} (select from (select ${of}.bucket, ${of}.profile_id ${from}
      where ${of}.bucket = ${this.#buckets} and ${conditions} group by 1, 2 having ${counted} ${asked}) g
      where g.bucket = p.bucket and g.profile_id = p.profile_id)`
  }

  /** The time of an activity is asked before the statement: activities lie on one node of a cluster, messages on all. */
  #frozenWithin(of: 'any' | readonly number[], { from, to }: Range): number[] {
    const isWithin = (at: Date) => (from === null || at >= from) && (to === null || at < to)
    const known = [...this.#of.frozenAt].filter(([id, at]) => (of === 'any' || of.includes(id)) && isWithin(at))
    return known.map(([id]) => id)
  }
}

const exists = (isPositive: boolean) => raw(isPositive ? 'exists' : 'not exists')

/** Both ends within; `most` null: without an end. */
function rangeOfTimes(times: Times | undefined): { least: number; most: number | null } {
  if (times === undefined) return { least: 1, most: null }
  if (times.op === 'between') return { least: times.values[0], most: times.values[1] }
  const { op, n } = times
  return { least: op === 'at_most' ? 0 : n, most: op === 'at_least' ? null : n }
}

/** Clicks as the report counts them. Of those that an earlier version stored, and that were not looked at since, each of a person's. */
const countingClick = sql`coalesce(c.counts, c.verdict = 'human')`

const compared = (condition: Sql, isNegated: boolean): Sql =>
  isNegated ? sql`(${condition}) is not true` : sql`(${condition})`

const allOf = (conditions: readonly Sql[]): Sql =>
  conditions.length === 0 ? raw('true') : join([...conditions], ' and ')

const isAttribute = (field: Field): field is `attr:${string}` => field.startsWith('attr:')
const nameOf = (field: Field) => field.slice('attr:'.length)
const attribute = (field: Field): Sql => sql`(p.attrs -> ${nameOf(field)}::text)`

/** The value as text, whatever its type. */
const textOf = (field: Field): Sql =>
  isAttribute(field) ? sql`(p.attrs ->> ${nameOf(field)}::text)` : raw(`p.${field}`)

/** Asked last, of the few that fit: an earlier type of the attribute may have left values of its own. */
const isOfType = (field: Field, type: 'string' | 'number'): Sql[] =>
  isAttribute(field) ? [sql`jsonb_typeof(${attribute(field)}) = ${raw(`'${type}'`)}`] : []

const isDated = (field: Field): Sql =>
  allOf([sql`${textOf(field)} ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}'`, ...isOfType(field, 'string')])

/** Both sides are lowered by PostgreSQL, so that they are lowered alike. `%`, `_` and `\\` stand for themselves. */
function textCondition(condition: ConditionOf<'text'>): Sql {
  const { field, exactCase } = condition
  const folded = (value: Sql) => (exactCase ? value : sql`lower(${value})`)
  return allOf([sql`${folded(textOf(field))} ${comparison(condition, folded)}`, ...isOfType(field, 'string')])
}

function pageCondition({ of, op, value }: ConditionOf<'page_view'>): Sql {
  const text = of === 'url' ? asPageUrl(value, op === 'is') : value
  const column = raw(of === 'url' ? 'g.url' : 'g.title')
  return sql`lower(${column}) ${textTest(op, text, lowered)}`
}

/** A text is asked of texts only, a number of numbers. */
function propertyCondition(property: EventProperty): Sql {
  const found = sql`(v.properties -> ${property.name}::text)`
  return isNumeric(property)
    ? sql`${found} ${raw(signs[property.op])} ${JSON.stringify(property.value)}::jsonb and jsonb_typeof(${found}) = 'number'`
    : sql`lower(v.properties ->> ${property.name}::text) ${textTest(property.op, property.value, lowered)} and jsonb_typeof(${found}) = 'string'`
}

const lowered = (value: Sql): Sql => sql`lower(${value})`

function comparison(condition: ConditionOf<'text'>, folded: (value: Sql) => Sql): Sql {
  if (condition.op === 'in')
    return sql`= any(array[${join(
      condition.values.map(value => folded(sql`${value}::text`)),
      ', ',
    )}])`
  return textTest(condition.op, condition.value, folded)
}

function textTest(op: 'is' | 'contains' | 'starts' | 'ends', value: string, folded: (value: Sql) => Sql): Sql {
  if (op === 'is') return sql`= ${folded(sql`${value}::text`)}`
  const escaped = value.replace(/[\\%_]/g, '\\$&')
  const pattern = op === 'contains' ? `%${escaped}%` : op === 'starts' ? `${escaped}%` : `%${escaped}`
  return sql`like ${folded(sql`${pattern}::text`)}`
}

const signs = { is: '=', lt: '<', lte: '<=', gt: '>', gte: '>=' } as const

/** jsonb orders text before numbers and numbers before true and false, so no cast can fail. */
function numberCondition(condition: ConditionOf<'number'>): Sql {
  const { field } = condition
  const value = attribute(field)
  const of = (n: number) => sql`${JSON.stringify(n)}::jsonb`
  const compared =
    condition.op === 'between'
      ? [sql`${value} >= ${of(condition.values[0])}`, sql`${value} <= ${of(condition.values[1])}`]
      : [sql`${value} ${raw(signs[condition.op])} ${of(condition.value)}`]
  return allOf([...compared, ...isOfType(field, 'number')])
}

function rangeConditions(time: Sql, { from, to }: Range): Sql[] {
  return [
    ...(from === null ? [] : [sql`${time} >= ${from}::timestamptz`]),
    ...(to === null ? [] : [sql`${time} < ${to}::timestamptz`]),
  ]
}

const within = (time: Sql, range: Range): Sql => allOf(rangeConditions(time, range))

const soonAfter = (time: Sql, hours: number): Sql =>
  sql`${time} >= m.t0 and ${time} < m.t0 + make_interval(hours => ${hours}::int)`

function inActivities(alias: 'm' | 'c', activities: 'any' | readonly number[], workspaceId: number): Sql {
  const of = raw(alias)
  return activities === 'any'
    ? sql`${of}.workspace_id = ${workspaceId}`
    : sql`${of}.activity_id = any(${[...activities]}::bigint[])`
}
