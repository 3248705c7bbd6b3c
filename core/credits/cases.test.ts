import { expect, test } from 'vitest'
import type { Vars } from '../sms/tag-values.ts'
import { parseTemplate } from '../sms/template.ts'
import { Casing } from './cases.ts'
import { linkOfLength } from './cost.ts'

const prices = { prefixes: null, creditsE4: () => 10_000 }

function casesOf(body: string, people: readonly Vars[]) {
  const casing = new Casing(parseTemplate(body), linkOfLength('https://l.example', 11), prices, 4)
  for (const [i, vars] of people.entries()) casing.add({ vars, profileId: i + 1, phone: '', country: 'SE', n: 1 })
  return casing.cases()
}

test('those without a value are counted, with one of them', () => {
  const { people, tags } = casesOf('Hej ##first_name##!', [{ first_name: null }, {}, { first_name: 'Cia' }])
  expect(people).toBe(3)
  expect(tags).toEqual([{ name: 'first_name', empty: { people: 2, profileId: 1 }, placeholders: [], costly: null }])
})

test('values that stand for nothing are named, and some of them are empty', () => {
  const values = ['#N/A', 'NULL', '#N/A', 'Null', '\\N', 'undefined', '-']
  const [tag] = casesOf(
    'Hej ##first_name|du##',
    values.map(first_name => ({ first_name })),
  ).tags
  expect(tag?.empty).toEqual({ people: 3, profileId: 1 })
  expect(tag?.placeholders.map(({ value, people, isEmpty }) => [value, people, isEmpty])).toEqual([
    ['#N/A', 2, true],
    ['NULL', 1, false],
    ['\\N', 1, true],
    ['undefined', 1, false],
    ['-', 1, false],
  ])
})

test('the characters of a value have a price, and so has the text without it', () => {
  const body = `Hej ##first_name|du##, ##city##! ${'x'.repeat(80)}`
  const people = [{ first_name: 'Łucja' }, { first_name: 'Anna' }, { first_name: 'Żaneta', city: 'Łódź' }]
  const { creditsE4, ucs2, tags } = casesOf(body, people)
  expect(creditsE4).toBe(50_000)
  expect(ucs2).toEqual({ people: 2, profileId: 1 })
  // The last one stays UCS-2 without the name, because of the city.
  expect(tags.map(({ costly }) => costly)).toEqual([{ people: 1, profileId: 1, creditsE4: 40_000 }, null])
})

test('a text that is UCS-2 without any value is not the fault of one', () => {
  const { ucs2, tags } = casesOf(`Hej ##first_name## № ${'x'.repeat(60)}`, [{ first_name: 'Łucja' }])
  expect([ucs2, tags[0]?.costly]).toEqual([null, null])
})
