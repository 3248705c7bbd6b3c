/** Trees of PostgreSQL's parser: JSON, in which each node is `{ Kind: { … } }`. */
export type Node = Readonly<Record<string, unknown>>

export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value at a path; undefined if the path does not exist. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => (isNode(inner) ? inner[key] : undefined), value)
}

export const listAt = (value: unknown, ...path: readonly string[]): readonly unknown[] => {
  const found = at(value, ...path)
  return Array.isArray(found) ? found : []
}

export const textAt = (value: unknown, ...path: readonly string[]): string | undefined => {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : undefined
}

/** Every node below, each with its kind; `into`: which of them are entered. */
export function* nodesIn(
  value: unknown,
  into: (kind: string) => boolean = () => true,
): Generator<{ kind: string; node: Node }> {
  if (Array.isArray(value)) for (const inner of value) yield* nodesIn(inner, into)
  else if (isNode(value))
    for (const [kind, inner] of Object.entries(value)) {
      if (isNode(inner)) yield { kind, node: inner }
      if (into(kind)) yield* nodesIn(inner, into)
    }
}

export const has = (value: unknown, kind: string): boolean => [...nodesIn(value)].some(found => found.kind === kind)

/** The name of the function of a call. */
export const functionOf = (call: Node): string => textAt(listAt(call, 'funcname').at(-1), 'String', 'sval') ?? ''

/** The names of the functions called below. */
export const callsIn = (value: unknown): string[] =>
  [...nodesIn(value)].filter(({ kind }) => kind === 'FuncCall').map(({ node }) => functionOf(node))

/** `m.bucket` is ['m', 'bucket']. */
export const columnOf = (value: unknown): string[] | undefined => {
  const fields = at(value, 'ColumnRef', 'fields')
  if (!Array.isArray(fields)) return undefined
  return fields.map(field => textAt(field, 'String', 'sval') ?? '*')
}

/** A parameter or a literal, whatever it is cast to: its text. */
export function constantOf(value: unknown): string | undefined {
  if (at(value, 'TypeCast') !== undefined) return constantOf(at(value, 'TypeCast', 'arg'))
  const number = at(value, 'ParamRef', 'number')
  if (number !== undefined) return `$${number}`
  const literal = at(value, 'A_Const')
  if (literal === undefined) return undefined
  return textAt(literal, 'sval', 'sval') ?? JSON.stringify(literal)
}
