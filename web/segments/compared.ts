/** Two segments side by side: the people of both and of each alone, in words and as a tree. Of a frozen list and its segment: who stayed, came and left. */
import type { SegmentTree } from '../../core/segments/tree.ts'
import type { SegmentRow } from './queries.ts'

export type ComparedSegment = Pick<SegmentRow, 'id' | 'name' | 'frozen' | 'definition' | 'createdAt'>

export interface ComparedPart {
  key: 'onlyFirst' | 'both' | 'onlySecond'
  label: string
  /** proposed for a segment of these people */
  name: string
  tree: SegmentTree
}

/** The frozen list of the two, if it was made from the conditions that the other one has now. */
export function listOfTheOther<S extends Pick<ComparedSegment, 'frozen' | 'definition'>>(
  first: S,
  second: S,
): S | undefined {
  if (first.frozen === second.frozen || first.definition === null) return undefined
  // Both come from the database, which orders the keys.
  if (JSON.stringify(first.definition) !== JSON.stringify(second.definition)) return undefined
  return first.frozen ? first : second
}

/** In the order of the picture: the overlap lies between what only one of them has. */
export function partsOf(first: ComparedSegment, second: ComparedSegment): ComparedPart[] {
  const list = listOfTheOther(first, second)
  const live = list === first ? second : first
  const part = (key: ComparedPart['key'], label: string, name: string): ComparedPart => ({
    key,
    label,
    name: name.slice(0, 100),
    tree: peopleOf(key, first.id, second.id),
  })
  const alone = (key: 'onlyFirst' | 'onlySecond', segment: ComparedSegment, other: ComparedSegment) => {
    if (list === undefined) return part(key, `Only in “${segment.name}”`, `${segment.name}, not ${other.name}`)
    return segment === list
      ? part(key, 'Left since', `Left ${live.name}`)
      : part(key, 'Came since', `Came to ${live.name}`)
  }
  return [
    alone('onlyFirst', first, second),
    list === undefined
      ? part('both', 'In both', `${first.name} and ${second.name}`)
      : part('both', 'Still in it', `Still in ${live.name}`),
    alone('onlySecond', second, first),
  ]
}

function peopleOf(key: ComparedPart['key'], first: number, second: number): SegmentTree {
  const member = (id: number, isIn: boolean) =>
    ({ kind: 'segment', id, ...(isIn ? {} : { exclude: true as const }) }) as const
  const items = [member(first, key !== 'onlySecond'), member(second, key !== 'onlyFirst')]
  return { v: 1, root: { kind: 'group', match: 'all', items: key === 'onlySecond' ? items.toReversed() : items } }
}
