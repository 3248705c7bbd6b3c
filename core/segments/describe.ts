/**
 * Who is in a segment, in one plain sentence: "People who got “Autumn sale”, and who did not click in “Autumn sale”."
 *
 * An exclusion is pushed down to the conditions, so that no "not (… and …)" is ever read. The sentence of a tree and that of its double
 * exclusion are the same.
 */
import { clauseOf, type Names, type Telling } from './clauses.ts'
import { joined, plain, type SentencePart, say, textOf } from './sentence-parts.ts'
import type { Condition, Group, Node, SegmentTree } from './tree.ts'

/** true: everybody, false: nobody; a clause; or several that are joined. */
type Told = boolean | { readonly clause: readonly SentencePart[] } | Joint
interface Joint {
  readonly match: Group['match']
  readonly items: readonly Told[]
}

export function describe(tree: SegmentTree, names: Names, zone: string): SentencePart[] {
  const told = toldOf(tree.root, false, { names, zone })
  if (told === true) return [plain('Everybody in this workspace.')]
  if (told === false) return [plain('Nobody.')]
  return say`People ${wordsOf(told, 'outermost')}.`
}

export const sentenceOf = (tree: SegmentTree, names: Names, zone: string): string => textOf(describe(tree, names, zone))

function toldOf(node: Node, isNegative: boolean, telling: Telling): Told {
  const isExcluded = isNegative !== (node.exclude === true)
  if (node.kind !== 'group') return isTrivial(node) ? !isExcluded : { clause: clauseOf(node, isExcluded, telling) }
  const match = isExcluded ? (node.match === 'all' ? 'any' : 'all') : node.match
  return joint(
    match,
    node.items.map(item => toldOf(item, isExcluded, telling)),
  )
}

/** "At least 0 times" is true of everybody. */
const isTrivial = (condition: Condition) =>
  condition.kind === 'event' && condition.times?.op === 'at_least' && condition.times.n === 0

function joint(match: Group['match'], items: readonly Told[]): Told {
  const neutral = match === 'all'
  if (items.includes(!neutral)) return !neutral
  const said = items
    .filter(item => item !== neutral)
    .flatMap(item => (typeof item === 'object' && 'match' in item && item.match === match ? item.items : [item]))
  const [only, ...others] = said
  return only === undefined ? neutral : others.length === 0 ? only : { match, items: said }
}

function wordsOf(told: Told, place: 'outermost' | 'within'): readonly SentencePart[] {
  if (typeof told === 'boolean') return []
  if ('clause' in told) return told.clause
  const words = joined(
    told.items.map(item => wordsOf(item, 'within')),
    told.match === 'all' ? ', and ' : ', or ',
  )
  return place === 'outermost' ? words : say`(${words})`
}
