/** What does a tree name that could be gone, or of another type? */
import type { AttributeType } from '../attributes.ts'
import { problem } from '../problems.ts'
import { type ConditionKind, conditionsOf, type Field, profileColumns, type SegmentTree } from './tree.ts'

export const referenceKinds = ['segment', 'topic', 'activity', 'link', 'attribute'] as const
export type ReferenceKind = (typeof referenceKinds)[number]

export interface Reference {
  kind: ReferenceKind
  /** an id, or the name of an attribute */
  ref: string
  /** the first place in the tree that names it */
  where: string
}

export function referencesOf(tree: SegmentTree): Reference[] {
  const found = new Map<string, Reference>()
  const add = (kind: ReferenceKind, ref: string | number, where: string) => {
    const key = `${kind} ${ref}`
    if (!found.has(key)) found.set(key, { kind, ref: String(ref), where })
  }
  for (const { condition, where } of conditionsOf(tree)) {
    if ('field' in condition && isAttribute(condition.field)) add('attribute', nameOf(condition.field), where)
    if (condition.kind === 'segment') add('segment', condition.id, where)
    if (condition.kind === 'consent') add('topic', condition.topic, where)
    if (condition.kind === 'closed' && condition.topic !== undefined) add('topic', condition.topic, where)
    if (condition.kind !== 'event') continue
    for (const id of condition.of === 'any' ? [] : condition.of) add('activity', id, where)
    for (const id of condition.links ?? []) add('link', id, where)
  }
  return [...found.values()]
}

const isAttribute = (field: Field) => !profileColumns.some(column => column === field)
const nameOf = (field: Field) => field.slice('attr:'.length)

/** The types that a condition can ask; columns are text. */
const typesOf: Partial<Record<ConditionKind, readonly AttributeType[]>> = {
  text: ['text'],
  number: ['number'],
  date: ['date', 'datetime'],
  anniversary: ['date', 'datetime'],
}

/** Throws where a field is not in the catalogue, or of a type that its condition cannot ask. */
export function checkFields(tree: SegmentTree, attributes: ReadonlyMap<string, AttributeType>): void {
  for (const { condition, where } of conditionsOf(tree)) {
    if (!('field' in condition)) continue
    const { field } = condition
    const type = isAttribute(field) ? attributes.get(nameOf(field)) : 'text'
    if (type === undefined) throw problem('segment_field_unknown', { where: `${where}.field`, field })
    const asked = typesOf[condition.kind]
    if (asked !== undefined && !asked.includes(type))
      throw problem('segment_field_type', { where: `${where}.field`, field, type })
  }
}
