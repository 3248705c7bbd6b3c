import { expect, test } from 'vitest'
import {
  attributeNameFrom,
  changed,
  changesOf,
  choiceOf,
  consentWordsOf,
  doubtOf,
  faultOfChoices,
  keysOf,
  mapOf,
  unconfirmed,
} from './mapping.ts'

const none = { values: 0, automatic: 'text', types: [] } as const
const column = (name: string, suggested: string | null) =>
  choiceOf({ name, samples: [], suggested, ask: null, words: null, ...none })

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
  expect(faultOfChoices(choices)).toBeNull()
})

test('a column name becomes a valid attribute name', () => {
  expect(attributeNameFrom('Samtycke SMS')).toBe('Samtycke_SMS')
  expect(attributeNameFrom('2024 total (kr)')).toBe('total_kr')
  expect(attributeNameFrom('!!')).toBe('column')
  expect(attributeNameFrom('')).toBe('column')
})

test('a doubt waits for a confirmation, or for another choice', () => {
  const words = { yes: ['Ja'], no: [], unknown: ['Guld', 'Vet ej'] }
  const asked = choiceOf({
    name: 'Namn',
    samples: [],
    suggested: 'first_name',
    ask: 'It says name.',
    words: null,
    ...none,
  })
  expect(unconfirmed([asked])).toBe(1)
  expect(unconfirmed([changed(asked, { confirmed: true })])).toBe(0)
  expect(unconfirmed([changed(asked, { target: null })])).toBe(0)
  // A consent is asked even if a person chose it: its words must be seen.
  const chosen = changed({ ...column('x', null), words }, { target: 'sms_consent' })
  expect([chosen.ask !== null, chosen.confirmed]).toEqual([true, false])
  expect(consentWordsOf([changed(chosen, { answers: { Guld: 'yes', 'Vet ej': null } })])).toEqual({
    yes: ['Guld'],
    no: [],
  })
  expect(unconfirmed([changed(chosen, { target: null })])).toBe(0)
})

test('the keys are those that are mapped, the best first', () => {
  expect(keysOf([column('a', 'email'), column('b', 'phone'), column('c', 'city')])).toEqual(['phone', 'email'])
})

test('what a type would change is said for the chosen one, and for the automatic one', () => {
  const number = {
    type: 'number',
    different: 2,
    example: { given: '12E4', read: '120000' },
    unreadable: 1,
    unread: 'x',
  } as const
  const read = { values: 9, automatic: 'number', types: [number] } as const
  const code = choiceOf({ name: 'Code', samples: [], suggested: 'attr.code:text', ask: null, words: null, ...read })
  expect(changesOf(code)).toEqual({ different: null, unreadable: null })
  const said = {
    different: '2 of the first 9 values are read differently: “12E4” is 120000.',
    unreadable: '1 of the first 9 values cannot be read as a number: “x”. Its row would be rejected.',
  }
  expect(changesOf(changed(code, { type: 'number' }))).toEqual(said)
  expect(changesOf(changed(code, { type: null }))).toEqual(said)
  expect(changesOf(changed(code, { target: 'external_key' }))).toEqual({ different: null, unreadable: null })
})

test('an import needs a column that identifies profiles', () => {
  expect(faultOfChoices([column('Förnamn', 'first_name')])).toContain('Map a column')
})

test('two columns with the same target are reported before the upload', () => {
  expect(faultOfChoices([column('a', 'phone'), column('b', 'phone')])).toContain('Two columns')
  const twice = [column('k', 'external_key'), column('a', 'attr.x'), column('b', 'attr.x:text')]
  expect(faultOfChoices(twice)).toContain('the attribute “x”')
})

test('a first line with data, and a file without rows, are reported before the import', () => {
  const columns = (...names: string[]) => names.map(name => ({ name, samples: ['x'] }))
  expect(doubtOf(columns('K000001', 'Ann', '+46 76-585 05 64'))).toContain('“+46 76-585 05 64”')
  expect(doubtOf(columns('Ann', 'ann@example.com'))).toContain('“ann@example.com”')
  expect(doubtOf(columns('Kundnr', 'Mobil 2', 'E-post', '2024', 'a@b'))).toBeNull()
  expect(doubtOf([{ name: 'Mobil', samples: [] }])).toContain('no rows')
})
