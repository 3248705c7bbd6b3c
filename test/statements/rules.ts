/**
 * What makes a statement run on one PostgreSQL and on a cluster alike, read from its text alone. Each rule was found by experiment: a cluster
 * refuses what breaks it, or does it a thousand times slower. docs/decisions/0015-one-schema.md says why.
 *
 * A fan-out (a statement that concerns all shards) says so: it names every bucket (`everyBucket`), or has the comment fanout. What inserts
 * given rows concerns their shards only.
 */
import { parse } from 'libpg-query'
import { isDistributed, type Place, type Placement, Shards } from './shards.ts'
import { at, callsIn, columnOf, functionOf, has, isNode, listAt, type Node, nodesIn, textAt } from './tree.ts'

interface Subject {
  text: string
  statement: Node
  shards: Shards
  /** some shard is not told, or several are */
  wide: (place: Place) => boolean
}

const kindOf = (statement: Node): string => Object.keys(statement)[0] ?? ''
const name = ({ table, alias }: Place): string => (alias === table ? table : `${table} ${alias}`)

const known = new WeakMap<Node, Map<string, Node[]>>()

/** All nodes by their kind, those of subqueries and common table expressions among them. */
function byKind(statement: Node): ReadonlyMap<string, Node[]> {
  const before = known.get(statement)
  if (before !== undefined) return before
  const nodes = new Map<string, Node[]>()
  for (const { kind, node } of nodesIn(statement)) {
    const same = nodes.get(kind)
    if (same === undefined) nodes.set(kind, [node])
    else same.push(node)
  }
  known.set(statement, nodes)
  return nodes
}

const each = (statement: Node, kind: string): Node[] => byKind(statement).get(kind) ?? []

const volatile = /^(random|clock_timestamp|timeofday|nextval|gen_random_uuid|uuidv4|uuidv7|setseed)$/
/** Their result may depend on settings, however plain their arguments are. */
const ofSettings =
  /^(jsonb?_build_(object|array)|to_jsonb?|jsonb?_agg|concat|concat_ws|format|to_char|to_timestamp|age|quote_literal)$/
/** Text is read as one by a function that is not immutable: give a parameter of the type. */
const readBySettings = /^(message_status|date|timestamptz|regclass)$/
const clocks = /^(now|statement_timestamp|transaction_timestamp)$/
/** By the release notes of 16, 17 and 18. */
const laterFunctions =
  /^(any_value|array_sample|array_shuffle|date_add|date_subtract|erf|erfc|random_normal|pg_input_is_valid|unicode_assigned|to_bin|to_oct|xmltext|array_reverse|array_sort|casefold|crc32|crc32c|gamma|lgamma|reverse_bytes|uuidv4|uuidv7|uuid_extract_timestamp|uuid_extract_version|json_array|json_object|json_serialize|json_scalar)$/
const laterNodes =
  /^(JsonTable|JsonFuncExpr|JsonIsPredicate|JsonObjectConstructor|JsonArrayConstructor|JsonObjectAgg|JsonArrayAgg|JsonParseExpr|JsonScalarExpr|JsonSerializeExpr|ReturningOption)$/

/** Each finds what breaks it, in words. */
export const rules: Readonly<Record<string, (subject: Subject) => string[]>> = {
  'tables of a cluster are joined by what they are distributed by': ({ shards }) =>
    shards.levels.flatMap(level => {
      const [first, ...others] = level.places.filter(isDistributed)
      if (first === undefined) return []
      return others.filter(other => !shards.same(first, other)).map(other => `${name(first)}, ${name(other)}`)
    }),
  'a subquery over a table of a cluster is tied to it by its bucket': ({ shards }) =>
    shards.levels.flatMap(level =>
      level.inner
        .filter(({ tied }) => tied)
        .flatMap(({ places }) => places.filter(isDistributed))
        .filter(place => !level.places.some(outer => isDistributed(outer) && shards.same(outer, place)))
        .map(name),
    ),
  'an INSERT names the bucket': ({ statement, shards }) =>
    each(statement, 'InsertStmt').flatMap(insert => {
      const target = shards.distributed.find(({ table }) => table === textAt(insert, 'relation', 'relname'))
      if (target === undefined) return []
      const columns = listAt(insert, 'cols').map(column => textAt(column, 'ResTarget', 'name'))
      return columns.includes(target.column) ? [] : [target.table]
    }),
  'the bucket of a row never changes': ({ statement, shards }) =>
    each(statement, 'UpdateStmt').flatMap(update => {
      const target = shards.distributed.find(({ table }) => table === textAt(update, 'relation', 'relname'))
      const set = listAt(update, 'targetList').map(column => textAt(column, 'ResTarget', 'name'))
      return target !== undefined && set.includes(target.column) ? [target.table] : []
    }),
  'a fan-out says so': ({ text, shards }) =>
    /\/\*\s*fanout\b/.test(text)
      ? []
      : shards.distributed.filter(place => !place.inserted && shards.boundOf(place) === undefined).map(name),
  'no locks over shards': ({ statement, shards, wide }) =>
    each(statement, 'LockingClause').length > 0 ? shards.distributed.filter(wide).map(name) : [],
  'no function in an UPDATE that is not immutable': ({ statement, shards }) =>
    each(statement, 'UpdateStmt')
      .filter(update =>
        shards.places.some(
          ({ class: kind, table }) =>
            kind !== 'L' && kind !== 'other' && table === textAt(update, 'relation', 'relname'),
        ),
      )
      .flatMap(update => [...nodesIn(update)])
      .flatMap(({ kind, node }) => {
        const type = textAt(listAt(node, 'typeName', 'names').at(-1), 'String', 'sval') ?? ''
        if (kind === 'TypeCast' && readBySettings.test(type) && has(at(node, 'arg'), 'ColumnRef'))
          return [`a cast to ${type}`]
        if (kind !== 'FuncCall') return []
        const call = functionOf(node)
        return volatile.test(call) || (ofSettings.test(call) && has(listAt(node, 'args'), 'ColumnRef')) ? [call] : []
      }),
  'no clock in DO UPDATE': ({ statement }) =>
    each(statement, 'onConflictClause').flatMap(clause => [
      ...callsIn(clause).filter(call => clocks.test(call) || volatile.test(call)),
      ...(has(clause, 'SQLValueFunction') ? ['current_timestamp'] : []),
    ]),
  'no subquery in VALUES': ({ statement }) =>
    each(statement, 'SelectStmt').flatMap(select => (has(listAt(select, 'valuesLists'), 'SubLink') ? ['VALUES'] : [])),
  'no EXCEPT, INTERSECT or NOT IN over shards': ({ statement, shards, wide }) =>
    shards.distributed.some(wide)
      ? [
          ...each(statement, 'SelectStmt').flatMap(select =>
            /EXCEPT|INTERSECT/.test(textAt(select, 'op') ?? '') ? ['EXCEPT or INTERSECT'] : [],
          ),
          ...each(statement, 'BoolExpr')
            .filter(not => textAt(not, 'boolop') === 'NOT_EXPR')
            .flatMap(not => listAt(not, 'args'))
            .flatMap(argument => (textAt(argument, 'SubLink', 'subLinkType') === 'ANY_SUBLINK' ? ['NOT IN'] : [])),
        ]
      : [],
  // A subquery on the right is computed on its own, and only what comes of it is joined. Where it is accepted, the comment pulled says so.
  'no table of a cluster is joined on the right of what is not': ({ text, statement, shards, wide }) =>
    (/\/\*[^*]*\bpulled\b/.test(text) ? [] : each(statement, 'JoinExpr'))
      .filter(join => textAt(join, 'jointype') === 'JOIN_LEFT')
      .flatMap(join => {
        const below = (side: string) => tablesIn(shards, { side: at(join, side) }, kind => kind !== 'RangeSubselect')
        if (below('larg').some(isDistributed)) return []
        return below('rarg').filter(isDistributed).filter(wide).map(name)
      }),
  // It is computed on its own, and what comes of it has no column.
  'EXISTS over a table of a cluster selects something, unless it is tied to the row': ({ shards }) =>
    shards.levels.flatMap(({ places, exists, tied }) =>
      exists === 'nothing' && !tied ? places.filter(isDistributed).map(name) : [],
    ),
  'no set-returning function beside GROUP BY': ({ statement, shards }) =>
    (shards.distributed.length === 0 ? [] : each(statement, 'SelectStmt'))
      .filter(select => listAt(select, 'groupClause').length > 0)
      .flatMap(select =>
        callsIn(listAt(select, 'targetList')).filter(call =>
          /^(unnest|generate_series|jsonb?_each|jsonb?_array_elements|regexp_matches)/.test(call),
        ),
      ),
  'no recursion and no grouping sets over shards': ({ statement, shards, wide }) =>
    shards.distributed.some(wide)
      ? [
          ...each(statement, 'GroupingSet').map(() => 'GROUPING SETS'),
          ...each(statement, 'withClause').flatMap(clause =>
            at(clause, 'recursive') === true ? ['WITH RECURSIVE'] : [],
          ),
        ]
      : [],
  'READ COMMITTED only': ({ statement }) =>
    kindOf(statement) === 'TransactionStmt' || kindOf(statement) === 'VariableSetStmt'
      ? [...nodesIn(statement)].flatMap(({ node }) =>
          textAt(node, 'defname') === 'transaction_isolation' || textAt(node, 'name') === 'transaction_isolation'
            ? ['isolation level']
            : [],
        )
      : [],
  'no SQL newer than PostgreSQL 15': ({ statement }) => [
    ...each(statement, 'FuncCall')
      .map(functionOf)
      .filter(call => laterFunctions.test(call)),
    ...[...byKind(statement).keys()].filter(kind => laterNodes.test(kind)),
    ...each(statement, 'returningClause')
      .filter(node =>
        /^(old|new)$/.test(columnOf(listAt(node, 'exprs').map(item => at(item, 'ResTarget', 'val'))[0])?.[0] ?? ''),
      )
      .map(() => 'RETURNING old or new'),
    ...each(statement, 'MergeStmt').flatMap(merge =>
      isNode(at(merge, 'returningClause')) ? ['MERGE … RETURNING'] : [],
    ),
  ],
}

export const oneStatement = 'one statement a round trip'

export interface Finding {
  rule: string
  what: string
}

/** Empty: all rules hold. */
export async function lintStatement(text: string, placements: ReadonlyMap<string, Placement>): Promise<Finding[]> {
  const [first, ...more] = (await parse(text)).stmts ?? []
  if (first === undefined) return []
  if (more.length > 0) return [{ rule: oneStatement, what: `${more.length + 1} statements` }]
  const shards = new Shards(first.stmt, placements)
  const wide = (place: Place) => !['one', 'given'].includes(shards.boundOf(place) ?? '')
  const subject: Subject = { text, statement: first.stmt, shards, wide }
  return Object.entries(rules).flatMap(([rule, find]) => [...new Set(find(subject))].map(what => ({ rule, what })))
}

function tablesIn(shards: Shards, value: unknown, into?: (kind: string) => boolean): Place[] {
  return [...nodesIn(value, into)]
    .filter(({ node }) => textAt(node, 'relname') !== undefined)
    .flatMap(({ node }) => {
      const alias = textAt(node, 'alias', 'aliasname') ?? textAt(node, 'relname')
      return shards.places.filter(place => place.alias === alias && place.table === textAt(node, 'relname')).slice(0, 1)
    })
}
