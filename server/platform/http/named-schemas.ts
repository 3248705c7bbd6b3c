/**
 * Schemas with a name in the OpenAPI document: clients see one type wherever it is used, instead of a copy in each operation. Routes check and
 * answer with the schema itself; only the document has references, made by `referToNamed`.
 */
import { type TUnsafe, Type } from '@fastify/type-provider-typebox'

const key = 'x-name'

/** `T`: the values that the schema takes. */
export function named<T>(name: string, schema: object): TUnsafe<T> {
  return Type.Unsafe<T>({ ...schema, [key]: name })
}

/** The document with references to what is named in it. Throws where two schemas have one name. */
export function referToNamed(document: object): object {
  const { components, ...parts }: { components?: { schemas?: object } } = { ...document }
  const schemas = new Map<string, unknown>(Object.entries(components?.schemas ?? {}))
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk)
    if (typeof value !== 'object' || value === null) return value
    const inner = Object.entries(value).filter(([name]) => name !== key)
    const schema = Object.fromEntries(inner.map(([name, of]) => [name, walk(of)]))
    if (!(key in value)) return schema
    const name = String(value[key])
    if (schemas.has(name) && JSON.stringify(schemas.get(name)) !== JSON.stringify(schema))
      throw new Error(`two schemas are called ${name}`)
    schemas.set(name, schema)
    return { $ref: `#/components/schemas/${name}` }
  }
  const rest = Object.fromEntries(Object.entries(parts).map(([name, of]) => [name, walk(of)]))
  return { ...rest, components: { ...components, schemas: Object.fromEntries(schemas) } }
}
