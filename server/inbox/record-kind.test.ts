import { Type } from 'typebox'
import { expect, test } from 'vitest'
import { recordKinds } from '../record-kinds.ts'
import { readRows } from './applier.ts'
import { recordKind } from './record-kind.ts'

const kind = recordKind({
  name: 'test',
  lane: 'events',
  label: 'Test',
  schema: Type.Object({ id: Type.String(), deep: Type.Optional(Type.Object({ n: Type.Number() })) }),
  reference: 'id',
  erase: ({ id }) => ({ id }),
  recordsOf: async () => [],
})

test.each<[unknown, string | undefined]>([
  [{ id: 'a' }, undefined],
  [{ id: 'a', later: 'field of a newer version' }, undefined],
  [{ id: 1 }, 'The test cannot be read: id must be string.'],
  [{ id: 'a', deep: { n: '1' } }, 'The test cannot be read: deep/n must be number.'],
  [null, 'The test cannot be read: body must be object.'],
  [{}, 'The test cannot be read: body must have required properties id.'],
])('the body %j: %s', (body, fault) => {
  expect(kind.faultOf(body)).toBe(fault)
})

test('an erase leaves what the kind keeps, and nothing of a body that has another shape', () => {
  expect(kind.erased({ id: 'a', deep: { n: 1 }, number: '46701740605' })).toEqual({ id: 'a' })
  expect(kind.erased({ id: 1, number: '46701740605' })).toEqual({})
  expect(kind.erased(null)).toEqual({})
})

test('the reference is read from any body, and cut', () => {
  expect([{ id: 'x'.repeat(200) }, { id: 1 }, 'id', null].map(kind.referenceOf)).toEqual([
    'x'.repeat(100),
    null,
    null,
    null,
  ])
})

test('rows that cannot be read leave the batch with the reason, and the others keep their order', () => {
  const rows = [{ id: 'a' }, { id: 1 }, { id: 'b' }].map((body, i) => ({
    source: 1,
    seq: i + 1,
    kind: 'test',
    at: new Date(0),
    gatewayId: null,
    body,
  }))
  const { readable, faulty } = readRows([kind], rows)
  expect(readable.map(({ body }) => body.id)).toEqual(['a', 'b'])
  expect(faulty.map(({ row, why }) => [row.seq, why])).toEqual([[2, 'The test cannot be read: id must be string.']])
})

test('each kind of the product has one name', () => {
  const names = recordKinds.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
})
