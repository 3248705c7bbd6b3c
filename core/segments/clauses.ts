/**
 * What does a condition say, and what does its exclusion say? One clause that begins with "who" or "whose", in two wordings. What is not filled
 * in yet reads "…". An exclusion of a value is also of those who have none, and says so.
 */
import { notSentReason } from '../audience/not-sent-reasons.ts'
import { channels } from '../channels.ts'
import { devices } from '../clicks/count-clicks.ts'
import { phoneTypeWords } from '../phone.ts'
import { segmentEvent } from './events.ts'
import { listed, name, plain, type SentencePart, say } from './sentence-parts.ts'
import type { Condition, ConditionOf, EventProperty, Field, ProfileColumn, Times } from './tree.ts'
import { daysInWords, windowInWords } from './window-words.ts'

/** Undefined where it does not exist, or is not loaded yet. */
export interface Names {
  topic(id: number): string | undefined
  activity(id: number): string | undefined
  link(id: number): string | undefined
  segment(id: number): string | undefined
  gateway(id: number): string | undefined
  country(code: string): string
}

export interface Telling {
  readonly names: Names
  /** of the workspace: for times with an offset */
  readonly zone: string
}

export const profileColumnNames: Readonly<Record<ProfileColumn, string>> = {
  first_name: 'first name',
  last_name: 'last name',
  email: 'e-mail address',
  phone: 'phone number',
  external_key: 'key',
}

const isColumn = (field: Field): field is ProfileColumn => Object.hasOwn(profileColumnNames, field)
/** "first name", "City" */
export const fieldName = (field: Field): string =>
  isColumn(field) ? profileColumnNames[field] : field.slice('attr:'.length) || '…'

const quoted = (text: string | undefined, of?: SentencePart['of']): SentencePart => name(text ? `“${text}”` : '…', of)
const quotedAll = (texts: readonly string[]) => texts.map(text => quoted(text))
const whose = (field: Field): SentencePart[] => say`whose ${name(fieldName(field))} `
const orEmpty = (isNegative: boolean) => (isNegative ? ' (or is empty)' : '')

type Teller<C extends Condition> = (condition: C, isNegative: boolean, telling: Telling) => SentencePart[]

const tellers: { [K in Condition['kind']]: Teller<ConditionOf<K>> } = {
  filled: ({ field }, no) => say`${whose(field)}${no ? 'is empty' : 'is filled in'}`,
  text: (condition, no) => say`${whose(condition.field)}${textTest(condition, no)}${orEmpty(no)}`,
  number: (condition, no) =>
    say`${whose(condition.field)}${no ? 'is not ' : 'is '}${numberTest(condition)}${orEmpty(no)}`,
  date: ({ field, days }, no) => say`${whose(field)}${no ? 'is not ' : 'is '}${daysInWords(days)}${orEmpty(no)}`,
  anniversary: ({ field, days }, no) =>
    say`${whose(field)}in any year ${no ? 'is not ' : 'is '}${daysInWords(days)}${orEmpty(no)}`,
  created: ({ window }, no, { zone }) => say`who were ${no ? 'not ' : ''}added ${windowInWords(window, zone)}`,
  tag: ({ match, tags }, no) => {
    const all = match === 'all' && tags.length > 1
    const which = say`${tags.length > 1 ? 'tags' : 'tag'} ${listed(quotedAll(tags), all ? 'and' : 'or')}`
    if (!no) return say`who have the ${which}`
    return all ? say`who do not have all of the ${which}` : say`who do not have the ${which}`
  },
  country: ({ countries }, no, { names }) =>
    say`whose number is ${no ? 'not ' : ''}from ${listed(countriesOf(countries, names), 'or')}${no ? ' (or who have none)' : ''}`,
  phone: phoneTest,
  consent: ({ topic, channel, state }, no, { names }) => {
    const what = say`${quoted(names.topic(topic))} by ${channels[channel].words.channel}`
    if (state === 'yes') return say`who ${no ? 'do not consent' : 'consent'} to ${what}`
    if (state === 'ended')
      return say`whose consent to ${what} ${no ? 'has not ended (or was never given)' : 'has ended'}`
    return no ? say`who once answered about ${what}` : say`who never answered about ${what}`
  },
  closed: closedTest,
  event: eventTest,
  page_view: pageViewTest,
  website_event: websiteEventTest,
  segment: ({ id }, no, { names }) =>
    say`who ${no ? 'are not' : 'are'} in ${quoted(names.segment(id), { kind: 'segment', id })}`,
}

/** "who clicked in “Autumn sale”"; negative: "who did not click in “Autumn sale”". Whether it is excluded is the caller's to say. */
export function clauseOf(condition: Condition, isNegative: boolean, telling: Telling): SentencePart[] {
  return tell(condition.kind, condition, isNegative, telling)
}

function tell<K extends Condition['kind']>(kind: K, condition: ConditionOf<K>, isNegative: boolean, telling: Telling) {
  return tellers[kind](condition, isNegative, telling)
}

const textWords = {
  is: ['is ', 'is not '],
  contains: ['contains ', 'does not contain '],
  starts: ['starts with ', 'does not start with '],
  ends: ['ends with ', 'does not end with '],
} as const

function textTest(condition: ConditionOf<'text'>, no: boolean): SentencePart[] {
  const exactly = condition.exactCase ? ', in this case' : ''
  if (condition.op === 'in')
    return say`${no && condition.values.length > 1 ? 'is none of ' : no ? 'is not ' : 'is '}${listed(quotedAll(condition.values), 'or')}${exactly}`
  return say`${textWords[condition.op][no ? 1 : 0]}${quoted(condition.value)}${exactly}`
}

const numberWords = { is: '', lt: 'less than ', lte: 'at most ', gt: 'more than ', gte: 'at least ' } as const

function numberTest(condition: ConditionOf<'number'>): SentencePart[] {
  if (condition.op === 'between') return say`between ${condition.values[0]} and ${condition.values[1]}`
  return say`${numberWords[condition.op]}${condition.value}`
}

const countriesOf = (codes: readonly string[], names: Names) => codes.map(code => name(names.country(code)))

function phoneTest({ types, shared }: ConditionOf<'phone'>, no: boolean): SentencePart[] {
  const kinds = (types ?? []).map(type => name(phoneTypeWords[type]))
  const ofKind = types === undefined && shared ? [] : say`is ${no ? 'not ' : ''}${listed(kinds, 'or')}`
  const isShared = shared ? say`is ${no ? 'not ' : ''}shared with another profile` : []
  if (ofKind.length === 0 || isShared.length === 0) return say`whose number ${ofKind}${isShared}`
  return say`whose number ${ofKind} ${no ? 'or' : 'and'} ${isShared}`
}

function closedTest({ channel, why, topic }: ConditionOf<'closed'>, no: boolean, { names }: Telling): SentencePart[] {
  const { words } = channels[channel]
  const not = no ? 'not ' : ''
  const tests = {
    opted_out: () => say`has ${not}opted out of ${topic === undefined ? 'anything' : quoted(names.topic(topic))}`,
    hard_bounces: () => say`is ${not}closed after hard bounces`,
    by_hand: () => say`is ${not}closed by hand`,
  }
  const told = why.flatMap((reason, i) => [plain(i === 0 ? '' : no ? ' and ' : ' or '), ...tests[reason]()])
  return say`whose ${words.address} ${told.length === 0 ? '…' : told}${no ? ` (or who have none)` : ''}`
}

function eventTest(condition: ConditionOf<'event'>, no: boolean, { names, zone }: Telling): SentencePart[] {
  const { event, of, window, withinHours, times } = condition
  const { did, didNot } = segmentEvent(event)
  const named =
    of === 'any' ? null : of.map(activity => quoted(names.activity(activity), { kind: 'activity', id: activity }))
  const which = named === null ? say`SMS` : say`of ${listed(named, 'and')}`
  const { isNegative, often } = timesInWords(times, no)
  const anyOf = named === null ? say`any SMS` : listed(named, 'or')
  const more = [
    ...filtersOf(condition, names),
    ...(withinHours === undefined ? [] : say` within ${withinHours} ${hours(withinHours)} of the sending`),
    ...(window === undefined ? [] : say` ${windowInWords(window, zone)}`),
  ]
  // Of the one event whose facts are counted, and not its SMS: clicks.
  if (times?.of === 'clicks' && often.length > 0)
    return say`who ${isNegative ? 'did not click' : 'clicked'} ${often} in ${anyOf}${more}`
  return say`who ${isNegative ? didNot : did} ${often.length > 0 ? say`${often} ${which}` : anyOf}${more}`
}

function pageViewTest(condition: ConditionOf<'page_view'>, no: boolean, { zone }: Telling): SentencePart[] {
  const { of, op, value, times, window } = condition
  const { isNegative, often } = timesInWords(times, no)
  const page = say`a page whose ${of === 'url' ? 'address' : 'title'} ${textWords[op][0]}${quoted(value)}`
  const when = window === undefined ? [] : say` ${windowInWords(window, zone)}`
  return say`who ${isNegative ? 'did not view' : 'viewed'} ${often.length > 0 ? say`${often} times ` : ''}${page}${when}`
}

function websiteEventTest(condition: ConditionOf<'website_event'>, no: boolean, { zone }: Telling): SentencePart[] {
  const { name: event, property, times, window } = condition
  const { isNegative, often } = timesInWords(times, no)
  const filter = property === undefined ? [] : say` with ${name(property.name || '…')} ${propertyTest(property)}`
  const when = window === undefined ? [] : say` ${windowInWords(window, zone)}`
  const what = say`the website event ${quoted(event)}${filter}`
  return say`who ${isNegative ? 'did not have' : 'had'} ${often.length > 0 ? say`${often} times ` : ''}${what}${when}`
}

export const isNumeric = (property: EventProperty): property is Extract<EventProperty, { value: number }> =>
  typeof property.value === 'number'

function propertyTest(property: EventProperty): SentencePart[] {
  if (isNumeric(property)) return say`${numberWords[property.op]}${property.value}`
  const words = { is: '', contains: 'that contains ', starts: 'that starts with ' }
  return say`${words[property.op]}${quoted(property.value)}`
}

/** "At most" and its opposite count those who never did. */
function timesInWords(times: Times | undefined, no: boolean): { isNegative: boolean; often: SentencePart[] } {
  if (times === undefined) return { isNegative: no, often: [] }
  const counted = (n: number) => (times.of === 'clicks' ? say`${n} ${n === 1 ? 'time' : 'times'}` : say`${n}`)
  if (times.op === 'between' && times.values[0] > 0)
    return { isNegative: no, often: say`between ${times.values[0]} and ${counted(times.values[1])}` }
  const { op, n } = times.op === 'between' ? { op: 'at_most' as const, n: times.values[1] } : times
  if (op === 'exactly' && n > 0) return { isNegative: no, often: say`exactly ${counted(n)}` }
  const atLeast = op === 'at_least' ? n : op === 'at_most' ? n + 1 : 1
  const isBelow = (op !== 'at_least') !== no
  if (atLeast === 1) return { isNegative: isBelow, often: [] }
  return {
    isNegative: false,
    often: isBelow ? say`at most ${counted(atLeast - 1)}` : say`at least ${counted(atLeast)}`,
  }
}

const hours = (n: number) => (n === 1 ? 'hour' : 'hours')

function filtersOf({ links, where = {} }: ConditionOf<'event'>, names: Names): SentencePart[] {
  const { reasons, countries, gateways, codes, devices: used } = where
  const lists: [string, SentencePart[] | undefined][] = [
    [' on the link ', links?.map(link => quoted(names.link(link)))],
    [' because of ', reasons?.map(reason => quoted(notSentReason(reason, 'sms')?.label ?? reason))],
    [' with a number from ', countries && countriesOf(countries, names)],
    [' through ', gateways?.map(gateway => quoted(names.gateway(gateway)))],
    [' with the code ', codes?.map(code => name(code))],
    [' from ', used?.map(device => name(devices.find(({ key }) => key === device)?.label ?? device))],
  ]
  return lists.flatMap(([words, items]) => (items === undefined ? [] : say`${words}${listed(items, 'or')}`))
}
