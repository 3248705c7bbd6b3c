/** For tests that read the schemas of the OpenAPI document: a copy of it with each named schema in the places that refer to it. */
interface Document {
  components: { schemas: object }
}

export function resolved<Whole extends Document>(document: Whole): Whole
export function resolved(document: Document): unknown {
  const schemas = new Map<string, unknown>(Object.entries(document.components.schemas))
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk)
    if (typeof value !== 'object' || value === null) return value
    if ('$ref' in value) return walk(schemas.get(String(value.$ref).replace('#/components/schemas/', '')))
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, walk(inner)]))
  }
  return walk(document)
}
