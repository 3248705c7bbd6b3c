import { expect, test } from 'vitest'
import { parseTemplate } from '../sms/template.ts'
import { type Alike, Costing, costOf, linkOfLength } from './cost.ts'
import { priceListOf } from './prices.ts'

const link = linkOfLength('https://l.example', 11)
const prices = priceListOf([
  { prefix: '+46', creditsE4: 10_000 },
  { prefix: '+47', creditsE4: 25_000 },
])
/** 150 characters and the name: 160 fit into one part, 306 into two. */
const template = parseTemplate(`${'n'.repeat(150)}##name##`)
const alike = (name: string, n: number, phone = '+46', profileId = n): Alike => ({
  vars: { name },
  profileId,
  phone,
  country: phone === '+47' ? 'NO' : 'SE',
  n,
})

test('parts and credits are those of each group times its people, by parts and by country', () => {
  const cost = costOf(template, link, prices, [alike('Ann', 3), alike('Maria-Teresa', 2, '+47'), alike('Bo', 1, '+47')])
  expect(cost).toMatchObject({
    parts: 3 + 4 + 1,
    creditsE4: 3 * 10_000 + 5 * 25_000,
    byParts: { 1: 4, 2: 2 },
    byCountry: {
      SE: { messages: 3, parts: 3, creditsE4: 30_000 },
      NO: { messages: 3, parts: 5, creditsE4: 125_000 },
    },
    squares: { parts: 3 + 8 + 1, creditsE4: 3 * 10_000 ** 2 + 2 * 50_000 ** 2 + 25_000 ** 2 },
    longest: { profileId: 2, parts: 2, units: 162, vars: { name: 'Maria-Teresa' } },
    tooLong: null,
  })
})

test('the smallest change that alters anything: how many messages it concerns, and what it costs', () => {
  const cost = costOf(template, link, prices, [alike('Annie', 3), alike('Maria-Tere', 2), alike('Maria-Teresa', 4)])
  expect(cost.more).toEqual({ characters: 1, messages: 2, creditsE4: 20_000 })
  expect(cost.less).toEqual({ characters: 2, messages: 4, creditsE4: 40_000 })
  expect(costOf(template, link, prices, [alike('Ann', 1)]).less).toBeNull()
})

test('who would get more parts than allowed costs nothing, and is named', () => {
  const costing = new Costing(template, link, prices, 1)
  expect(
    [alike('Ann', 3), alike('Maria-Teresa', 2, '+46', 7), alike('x'.repeat(39), 1, '+46', 8)].map(one =>
      costing.add(one),
    ),
  ).toEqual([true, false, false])
  expect(costing.cost()).toMatchObject({ parts: 3, creditsE4: 30_000, tooLong: { people: 3, parts: 2, profileId: 7 } })
})
