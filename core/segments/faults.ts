/** What is missing in a condition that somebody is still filling in? In words for a page, at its place. Always: none exactly where `readTree` reads it. */
import { Problem } from '../problems.ts'
import { type Path, pathOf } from './edit-tree.ts'
import { type Condition, type ConditionOf, conditionsOf, readTree, type SegmentTree } from './tree.ts'

export interface TreeFault {
  readonly path: Path
  /** "Choose a topic." */
  readonly what: string
}

/** One for each condition that is not whole. */
export function faultsOf(tree: SegmentTree): TreeFault[] {
  return [...conditionsOf(tree)].flatMap(({ condition, where }) => {
    const what = faultOf(condition)
    return what === null ? [] : [{ path: pathOf(where), what }]
  })
}

/** Null: it is whole. */
export function faultOf(condition: Condition): string | null {
  try {
    readTree({ v: 1, root: { kind: 'group', match: 'all', items: [condition] } })
    return null
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const { what } = error.details
    return missingIn(condition) ?? (typeof what === 'string' ? `A value of this condition ${what}.` : error.message)
  }
}

const isBlank = (text: string) => text.trim() === ''

function missingIn(condition: Condition): string | null {
  switch (condition.kind) {
    case 'text':
      if (condition.op === 'in') return condition.values.length === 0 ? 'Enter at least one value.' : null
      return isBlank(condition.value) ? 'Enter a value.' : null
    case 'number':
      return missingNumber(condition)
    case 'tag':
      return condition.tags.length === 0 ? 'Enter at least one tag.' : null
    case 'country':
      return condition.countries.length === 0 ? 'Choose at least one country.' : null
    case 'phone':
      return 'Choose a kind of number, or shared numbers.'
    case 'consent':
      return condition.topic > 0 ? null : 'Choose a topic.'
    case 'closed':
      return condition.why.length === 0 ? 'Choose at least one reason.' : null
    case 'segment':
      return condition.id > 0 ? null : 'Choose a segment.'
    case 'date':
    case 'anniversary':
      return 'Enter a number of days, or a day.'
    case 'created':
      return 'Enter a number, or a day.'
    case 'event':
      return missingInEvent(condition)
    case 'page_view':
      if (isBlank(condition.value))
        return condition.of === 'url' ? 'Enter an address, or a part of it.' : 'Enter a title.'
      return missingOften(condition)
    case 'website_event': {
      if (isBlank(condition.name)) return 'Enter the name of the event.'
      const { property } = condition
      if (property !== undefined && isBlank(property.name)) return 'Enter the name of the property.'
      if (
        property !== undefined &&
        (typeof property.value === 'string' ? isBlank(property.value) : Number.isNaN(property.value))
      )
        return 'Enter a value of the property.'
      return missingOften(condition)
    }
    case 'filled':
      return null
  }
}

function missingOften({ times, window }: ConditionOf<'page_view' | 'website_event'>): string | null {
  if (times?.op === 'between' && times.values[0] > times.values[1])
    return 'The first number must not be above the second.'
  if (times && !(times.op === 'between' ? times.values : [times.n]).every(Number.isSafeInteger))
    return 'Enter how many.'
  return window === undefined ? null : 'Enter a number, or a day.'
}

function missingNumber(condition: ConditionOf<'number'>): string | null {
  if (condition.op !== 'between') return 'Enter a number.'
  const [from, to] = condition.values
  return from > to ? 'The first number must not be above the second.' : 'Enter two numbers.'
}

function missingInEvent({ of, links, where = {}, times, window, withinHours }: ConditionOf<'event'>): string | null {
  if (of !== 'any' && of.length === 0) return 'Choose an SMS.'
  if (links?.length === 0) return 'Choose a link.'
  if (Object.values(where).some(values => values.length === 0)) return 'Choose at least one value of each detail.'
  if (times?.op === 'between' && times.values[0] > times.values[1])
    return 'The first number must not be above the second.'
  if (times && !(times.op === 'between' ? times.values : [times.n]).every(Number.isSafeInteger))
    return 'Enter how many.'
  if (withinHours !== undefined && !Number.isSafeInteger(withinHours)) return 'Enter a number of hours.'
  return window === undefined ? null : 'Enter a number, or a day.'
}
