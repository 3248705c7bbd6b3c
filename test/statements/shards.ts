/**
 * Which shards does a statement touch, and what joins its tables? Each occurrence of a table is one `Place`; places that an equality of their
 * distribution columns ties are one group; a group is bound where a parameter or literal says which buckets.
 */
import { at, columnOf, constantOf, isNode, listAt, type Node, nodesIn, textAt } from './tree.ts'

export type Placement = { class: 'L' | 'R' | 'D'; column: 'bucket' } | { class: 'V'; column: string }
/** How a group is bound: to one bucket, to those of an array that is given, to those of an array in the text. */
export type Bound = 'one' | 'given' | 'written'

export interface Place {
  alias: string
  /** other: a table of the session, a function, a subquery, a common table expression */
  class: Placement['class'] | 'other'
  column: string
  table: string
  /** rows are put into it */
  inserted: boolean
}

export interface Level {
  places: Place[]
  outer: Level | undefined
  /** a column of an outer level is used here */
  tied: boolean
  /** levels of subqueries in the conditions and columns of this one */
  inner: Level[]
  /** of an EXISTS: what it selects */
  exists?: 'nothing' | 'something'
}

type Named = ReadonlySet<string>

export class Shards {
  readonly places: Place[] = []
  readonly levels: Level[] = []
  readonly #placements: ReadonlyMap<string, Placement>
  readonly #group = new Map<Place, Place>()
  readonly #bound = new Map<Place, Bound>()
  readonly #byConstant = new Map<string, Place>()

  constructor(statement: Node, placements: ReadonlyMap<string, Placement>) {
    this.#placements = placements
    this.#read(statement, undefined, new Set())
  }

  get distributed(): Place[] {
    return this.places.filter(isDistributed)
  }

  same(a: Place, b: Place): boolean {
    return this.#find(a) === this.#find(b)
  }

  /** The narrowest that any place of its group has. */
  boundOf(place: Place): Bound | undefined {
    const all = [...this.#bound].filter(([other]) => this.same(place, other)).map(([, bound]) => bound)
    return (['one', 'given', 'written'] as const).find(bound => all.includes(bound))
  }

  /** A statement or a select, and what it builds on; returns the levels of its own. */
  #read(query: unknown, outer: Level | undefined, named: Named): Level[] {
    if (!isNode(query)) return []
    const [kind = '', inside] = Object.entries(query)[0] ?? []
    if (kind === 'SelectStmt') return this.#select(inside, outer, named)
    const level = this.#level(outer)
    const ctes = this.#named(inside, named)
    const relation = at(inside, 'relation')
    const target = isNode(relation) ? this.#table(relation, level, ctes, kind === 'InsertStmt') : undefined
    for (const item of [...listAt(inside, 'fromClause'), ...listAt(inside, 'usingClause')])
      this.#from(item, level, ctes)
    const source = at(inside, 'selectStmt', 'SelectStmt')
    if (source !== undefined && target !== undefined)
      this.#insert(inside, target, this.#select(source, undefined, ctes))
    this.#conditions(inside, level, ctes, ['relation', 'fromClause', 'usingClause', 'withClause', 'selectStmt'])
    return [level]
  }

  #select(select: unknown, outer: Level | undefined, named: Named): Level[] {
    const ctes = this.#named(select, named)
    if (at(select, 'larg') !== undefined)
      return [at(select, 'larg'), at(select, 'rarg')].flatMap(branch => this.#select(branch, outer, ctes))
    const level = this.#level(outer)
    for (const item of listAt(select, 'fromClause')) this.#from(item, level, ctes)
    this.#conditions(select, level, ctes, ['fromClause', 'withClause'])
    return [level]
  }

  #named(query: unknown, outer: Named): Named {
    const names = new Set(outer)
    for (const item of listAt(query, 'withClause', 'ctes')) {
      const name = textAt(item, 'CommonTableExpr', 'ctename')
      const inside = at(item, 'CommonTableExpr', 'ctequery')
      if (at(query, 'withClause', 'recursive') === true && name !== undefined) names.add(name)
      this.#read(inside, undefined, names)
      if (name !== undefined) names.add(name)
    }
    return names
  }

  #level(outer: Level | undefined): Level {
    const level: Level = { places: [], outer, tied: false, inner: [] }
    this.levels.push(level)
    return level
  }

  #place(level: Level, place: Place): Place {
    this.places.push(place)
    level.places.push(place)
    return place
  }

  #table(relation: Node, level: Level, named: Named, inserted = false): Place {
    const table = textAt(relation, 'relname') ?? ''
    const known = named.has(table) ? undefined : this.#placements.get(table)
    return this.#place(level, {
      alias: textAt(relation, 'alias', 'aliasname') ?? table,
      class: known?.class ?? 'other',
      column: known?.column ?? 'bucket',
      table,
      inserted,
    })
  }

  /** An item of FROM; returns its places. */
  #from(item: unknown, level: Level, named: Named): Place[] {
    const relation = at(item, 'RangeVar')
    if (isNode(relation)) return [this.#table(relation, level, named)]
    const join = at(item, 'JoinExpr')
    if (join !== undefined) {
      const places = [...this.#from(at(join, 'larg'), level, named), ...this.#from(at(join, 'rarg'), level, named)]
      const [first, ...others] = places
      if (listAt(join, 'usingClause').some(name => textAt(name, 'String', 'sval') === 'bucket') && first !== undefined)
        for (const other of others) this.#tie(first, other)
      this.#conditions({ quals: at(join, 'quals') }, level, named, [])
      return places
    }
    const kind = isNode(item) ? Object.keys(item)[0] : undefined
    const inside = kind === undefined ? undefined : at(item, kind)
    const own = this.#place(level, {
      alias: textAt(inside, 'alias', 'aliasname') ?? '',
      class: 'other',
      column: 'bucket',
      table: kind ?? '',
      inserted: false,
    })
    const subquery = at(inside, 'subquery')
    if (subquery !== undefined) {
      const lateral = at(inside, 'lateral') === true
      for (const below of this.#read(subquery, lateral ? level : undefined, named)) {
        if (lateral) level.inner.push(below)
        for (const place of below.places) this.#tie(own, place)
      }
    } else this.#conditions({ inside }, level, named, [])
    return [own]
  }

  /** Everything of a level but what makes its places. */
  #conditions(query: unknown, level: Level, named: Named, without: readonly string[]): void {
    if (!isNode(query)) return
    const rest = Object.fromEntries(Object.entries(query).filter(([key]) => !without.includes(key)))
    for (const { kind, node } of nodesIn(rest, kind => kind !== 'SubLink')) {
      if (kind === 'ColumnRef') this.#resolve(columnOf({ ColumnRef: node }), level)
      if (kind === 'A_Expr') this.#equality(node, level)
      if (kind === 'SubLink') this.#subquery(node, level, named)
    }
  }

  #subquery(link: Node, level: Level, named: Named): void {
    const levels = this.#read(at(link, 'subselect'), level, named)
    level.inner.push(...levels)
    if (textAt(link, 'subLinkType') === 'EXISTS_SUBLINK') {
      const selected = listAt(link, 'subselect', 'SelectStmt', 'targetList')
      for (const inner of levels) inner.exists = selected.length === 0 ? 'nothing' : 'something'
    }
    const test = at(link, 'testexpr')
    if (test === undefined) return
    this.#conditions({ test }, level, named, [])
    const tested = itemsOf(test).map(item => this.#key(columnOf(item), level))
    const wanted = listAt(link, 'subselect', 'SelectStmt', 'targetList').map(item =>
      columnOf(at(item, 'ResTarget', 'val')),
    )
    const [inner] = levels
    for (const [i, outer] of tested.entries()) {
      const key = inner === undefined ? undefined : this.#key(wanted[i], inner)
      if (outer !== undefined && key !== undefined) this.#tie(outer, key)
    }
  }

  #equality(expression: Node, level: Level): void {
    const kind = textAt(expression, 'kind')
    if (textAt(listAt(expression, 'name')[0], 'String', 'sval') !== '=') return
    const right = itemsOf(at(expression, 'rexpr'))
    for (const [i, left] of itemsOf(at(expression, 'lexpr')).entries()) {
      const [a, b] = [this.#key(columnOf(left), level), this.#key(columnOf(right[i]), level)]
      if (kind === 'AEXPR_OP_ANY') {
        const array = constantOf(right[i])
        if (a !== undefined && array !== undefined) this.#bind(a, array.startsWith('$') ? 'given' : 'written')
      } else if (kind === 'AEXPR_OP') {
        if (a !== undefined && b !== undefined) this.#tie(a, b)
        else if (a !== undefined) this.#bindToOne(a, constantOf(right[i]))
        else if (b !== undefined) this.#bindToOne(b, constantOf(left))
      }
    }
  }

  #insert(insert: unknown, target: Place, sources: readonly Level[]): void {
    const column = listAt(insert, 'cols').findIndex(item => textAt(item, 'ResTarget', 'name') === target.column)
    const select = at(insert, 'selectStmt', 'SelectStmt')
    const [row, ...more] = listAt(select, 'valuesLists')
    const value =
      row === undefined
        ? at(listAt(select, 'targetList')[column], 'ResTarget', 'val')
        : more.length === 0
          ? listAt(row, 'List', 'items')[column]
          : undefined
    this.#bindToOne(target, constantOf(value))
    const [source] = sources
    const from = source === undefined ? undefined : this.#key(columnOf(value), source)
    if (from !== undefined) this.#tie(target, from)
  }

  /** The place that a column belongs to; marks the level where it is one of an outer level. */
  #resolve(column: readonly string[] | undefined, level: Level): Place | undefined {
    if (column === undefined) return undefined
    const [alias, name] = column.length > 1 ? column : [undefined, column[0]]
    for (let here: Level | undefined = level; here !== undefined; here = here.outer) {
      const [only, ...more] = here.places.filter(place =>
        alias === undefined ? name === place.column && place.class !== 'L' : place.alias === alias,
      )
      if (only === undefined || more.length > 0) continue
      for (let below = level; below !== here && below.outer !== undefined; below = below.outer) below.tied = true
      return only
    }
    return undefined
  }

  /** The place of which this is the column that it is distributed by. */
  #key(column: readonly string[] | undefined, level: Level): Place | undefined {
    const place = this.#resolve(column, level)
    if (place === undefined || place.class === 'L' || place.class === 'R') return undefined
    return column?.at(-1) === place.column ? place : undefined
  }

  #find(place: Place): Place {
    const above = this.#group.get(place)
    return above === undefined || above === place ? place : this.#find(above)
  }

  #tie(a: Place, b: Place): void {
    const [x, y] = [this.#find(a), this.#find(b)]
    if (x !== y) this.#group.set(x, y)
  }

  #bind(place: Place, bound: Bound): void {
    this.#bound.set(place, bound)
  }

  /** Two that are bound to the same bucket are on one shard. */
  #bindToOne(place: Place, constant: string | undefined): void {
    if (constant === undefined) return
    this.#bind(place, 'one')
    const other = this.#byConstant.get(constant)
    if (other === undefined) this.#byConstant.set(constant, place)
    else this.#tie(place, other)
  }
}

export const isDistributed = (place: Place): boolean => place.class === 'D' || place.class === 'V'

const itemsOf = (value: unknown): readonly unknown[] => {
  const items = at(value, 'RowExpr', 'args')
  return Array.isArray(items) ? items : [value]
}
