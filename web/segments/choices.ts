/** The conditions that can be added, in the order of the list, each with the words by which it is found. */
import type { AttributeType } from '../../core/attributes.ts'
import { profileColumnNames } from '../../core/segments/clauses.ts'
import { segmentEvents } from '../../core/segments/events.ts'
import { type Condition, type Field, type Node, type ProfileColumn, profileColumns } from '../../core/segments/tree.ts'
import { attributeLabel, isOffered, type KnownAttribute } from '../settings/queries.ts'

export interface ConditionChoice {
  readonly key: string
  readonly section: string
  readonly label: string
  /** further words by which it is found */
  readonly words: string
  readonly make: () => Node
}

export type FieldTest = Extract<Condition, { field: Field }>

/** What is asked of a field first. */
export function firstTest(field: Field, type: AttributeType): FieldTest {
  switch (type) {
    case 'text':
      return { kind: 'text', field, op: 'is', value: '' }
    case 'number':
      return { kind: 'number', field, op: 'gte', value: Number.NaN }
    case 'date':
    case 'datetime':
      return { kind: 'date', field, days: { last: 30 } }
  }
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
export const columnLabel = (column: ProfileColumn) => capital(profileColumnNames[column])

// biome-ignore format: a table reads by its columns
const aboutPeople: readonly Omit<ConditionChoice, 'section'>[] = [
  { key: 'consent', label: 'Consent to a topic', words: 'opt-in subscription yes', make: () => ({ kind: 'consent', topic: 0, channel: 'sms', state: 'yes' }) },
  { key: 'closed', label: 'Opted out or closed', words: 'opt-out stop unsubscribed hard bounces suppression', make: () => ({ kind: 'closed', channel: 'sms', why: ['opted_out'] }) },
  { key: 'tag', label: 'Tags', words: 'label', make: () => ({ kind: 'tag', match: 'any', tags: [] }) },
  { key: 'country', label: 'Country of the number', words: 'land nation', make: () => ({ kind: 'country', countries: [] }) },
  { key: 'phone', label: 'Kind of number', words: 'mobile landline invalid missing shared', make: () => ({ kind: 'phone', types: ['mobile'] }) },
  { key: 'created', label: 'Added to Homing', words: 'created new since import', make: () => ({ kind: 'created', window: { last: { n: 30, unit: 'days' } } }) },
]

// biome-ignore format: a table reads by its columns
const aboutWebsites: readonly Omit<ConditionChoice, 'section'>[] = [
  { key: 'page_view', label: 'Viewed a page', words: 'website visit url address title', make: () => ({ kind: 'page_view', of: 'url', op: 'contains', value: '' }) },
  { key: 'website_event', label: 'Website event', words: 'custom track property order basket', make: () => ({ kind: 'website_event', name: '' }) },
]

const eventWords: Partial<Record<string, string>> = {
  clicked: 'link click unique',
  visited: 'bots opened',
  delivered: 'got received',
  not_sent: 'left out reason excluded',
  unsubscribed: 'opt-out stop',
  bounced: 'failed error',
}

/** Archived attributes are not offered. */
export function choicesOf(attributes: readonly KnownAttribute[]): ConditionChoice[] {
  return [
    ...segmentEvents.map(
      ({ name, label }): ConditionChoice => ({
        key: `event ${name}`,
        section: 'SMS',
        label,
        words: eventWords[name] ?? '',
        make: () => ({ kind: 'event', event: name, of: 'any' }),
      }),
    ),
    ...aboutWebsites.map((choice): ConditionChoice => ({ ...choice, section: 'Website' })),
    ...aboutPeople.map((choice): ConditionChoice => ({ ...choice, section: 'People' })),
    ...profileColumns.map(
      (column): ConditionChoice => ({
        key: `column ${column}`,
        section: 'People',
        label: columnLabel(column),
        words: 'field',
        make: () => firstTest(column, 'text'),
      }),
    ),
    ...attributes.filter(isOffered).map(
      ({ name, type, label }): ConditionChoice => ({
        key: `attribute ${name}`,
        section: 'Attributes',
        label: attributeLabel({ name, label }),
        words: 'attribute field',
        make: () => firstTest(`attr:${name}`, type),
      }),
    ),
    {
      key: 'segment',
      section: 'Segments',
      label: 'In another segment',
      words: 'member list frozen',
      make: () => ({ kind: 'segment', id: 0 }),
    },
    {
      key: 'group',
      section: 'Segments',
      label: 'Group of conditions',
      words: 'and or any all row nested',
      make: () => ({ kind: 'group', match: 'any', items: [] }),
    },
  ]
}

/** Those whose label or words hold each word of the search. */
export function found(choices: readonly ConditionChoice[], search: string): ConditionChoice[] {
  const wanted = search.toLowerCase().split(/\s+/).filter(Boolean)
  return choices.filter(({ label, words, section }) => {
    const text = `${label} ${words} ${section}`.toLowerCase()
    return wanted.every(word => text.includes(word))
  })
}
