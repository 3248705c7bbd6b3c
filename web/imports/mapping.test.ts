import { expect, test } from 'vitest'
import { attributeName, choiceOf, doubtOf, faultOf, mapOf } from './mapping.ts'

const column = (name: string, suggested: string | null) => choiceOf({ name, samples: [], suggested })

test('the mapping suggested by the server is accepted unchanged', () => {
  const choices = [
    column('Kundnr', 'external_key'),
    column('Mobil', 'phone'),
    column('Ort', 'city'),
    column('Poäng', 'attr.Poäng:number'),
    column('Notering', null),
  ]
  expect(mapOf(choices)).toEqual({
    external_key: 'Kundnr',
    phone: 'Mobil',
    'attr.city': 'Ort',
    'attr.Poäng:number': 'Poäng',
  })
  expect(faultOf(choices)).toBeNull()
})

test('a column name becomes a valid attribute name', () => {
  expect(attributeName('Samtycke SMS')).toBe('Samtycke_SMS')
  expect(attributeName('2024 total (kr)')).toBe('total_kr')
  expect(attributeName('!!')).toBe('column')
  expect(attributeName('')).toBe('column')
})

test('an import needs a column that identifies profiles', () => {
  expect(faultOf([column('Förnamn', 'first_name')])).toContain('Map a column')
})

test('two columns with the same target are reported before the upload', () => {
  expect(faultOf([column('a', 'phone'), column('b', 'phone')])).toContain('Two columns')
  const twice = [column('k', 'external_key'), column('a', 'attr.x'), column('b', 'attr.x:text')]
  expect(faultOf(twice)).toContain('the attribute “x”')
})

test('a first line with data, and a file without rows, are reported before the import', () => {
  const columns = (...names: string[]) => names.map(name => ({ name, samples: ['x'] }))
  expect(doubtOf(columns('K000001', 'Ann', '+46 76-585 05 64'))).toContain('“+46 76-585 05 64”')
  expect(doubtOf(columns('Ann', 'ann@example.com'))).toContain('“ann@example.com”')
  expect(doubtOf(columns('Kundnr', 'Mobil 2', 'E-post', '2024', 'a@b'))).toBeNull()
  expect(doubtOf([{ name: 'Mobil', samples: [] }])).toContain('no rows')
})
