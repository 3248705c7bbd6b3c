import { Type } from '@fastify/type-provider-typebox'
import { expect, test } from 'vitest'
import { named, referToNamed } from './named-schemas.ts'

const place = named<{ city: string }>('Place', Type.Object({ city: Type.String() }))
const person = named<object>('Person', Type.Object({ home: place, work: Type.Array(place) }))

test('what has a name is in the document once, and everything that uses it refers to it', () => {
  const components = { schemas: { Problem: { type: 'object' } }, securitySchemes: {} }
  expect(referToNamed({ openapi: '3.1.0', paths: { '/me': person }, components })).toEqual({
    openapi: '3.1.0',
    paths: { '/me': { $ref: '#/components/schemas/Person' } },
    components: {
      securitySchemes: {},
      schemas: {
        Problem: { type: 'object' },
        Place: { type: 'object', required: ['city'], properties: { city: { type: 'string' } } },
        Person: {
          type: 'object',
          required: ['home', 'work'],
          properties: {
            home: { $ref: '#/components/schemas/Place' },
            work: { type: 'array', items: { $ref: '#/components/schemas/Place' } },
          },
        },
      },
    },
  })
})

test('two schemas do not share a name', () => {
  const other = named<object>('Place', Type.Object({}))
  expect(() => referToNamed({ paths: { a: place, b: other } })).toThrow('two schemas are called Place')
})
