import fc from 'fast-check'
import { expect, test } from 'vitest'
import { testValidityMinutes } from '../../core/messages/test-sms.ts'
import { parseTemplate } from '../../core/sms/template.ts'
import { planOf } from './plan.fixture.ts'
import { referenceOf, validityMinutes } from './plan.ts'
import { renderWindow } from './render.ts'

const now = new Date('2026-11-28T12:00:00Z')
const minutes = (n: number) => new Date(now.getTime() + n * 60_000)

test('a window without recipients has no texts', () => {
  expect(renderWindow(planOf({ slots: 2, codeBase: 1_000, codeSpan: 100 }), [])).toEqual([])
})

test('values that are missing, empty or odd leave a whole text, and each recipient has their own codes', () => {
  const template = parseTemplate('Hi ##first_name|there##! https://example.com/a ##unsubscribe##', { smart: false })
  const plan = planOf({ template, slots: 2, codeBase: 1_000, codeSpan: 100 })
  const texts = renderWindow(plan, [
    { profileId: 1, address: '+46701740605', vars: null },
    { profileId: 2, address: '', vars: { first_name: '' } },
    { profileId: 3, address: '+46701740607', vars: { first_name: '##first_name##' } },
  ]).map(({ content }) => content.text)
  expect(texts.map(text => text.split('!')[0])).toEqual(['Hi there', 'Hi there', 'Hi ##first_name##'])
  const links = texts.flatMap(text => text.match(/https:\/\/l\.example\/\w{11}/g) ?? [])
  expect([links.length, new Set(links).size]).toEqual([6, 6])
})

test('a reference is one octet, whatever the ids', () => {
  const id = fc.integer({ min: 0, max: 2 ** 40 })
  fc.assert(
    fc.property(id, id, fc.integer({ min: 1, max: 50 }), (activity, profile, tryNo) => {
      const reference = referenceOf(activity, profile, tryNo)
      return Number.isInteger(reference) && reference >= 0 && reference <= 255
    }),
  )
})

test.each([
  ['the first attempt has 48 hours', null, null, 48 * 60],
  ['a latest time ends them', minutes(90), null, 90],
  ['never less than 10 minutes: the latest time has passed', minutes(-500), null, 10],
  ['never less than 10 minutes: the 48 hours have passed', null, minutes(-50 * 60), 10],
  ['a retry has the rest', null, minutes(-60), 47 * 60],
])('%s', (_, latestAt, t0, expected) => {
  expect(validityMinutes({ latestAt, isTest: false }, t0, now)).toBe(expected)
})

test('a test SMS has its own time', () => {
  expect(validityMinutes({ latestAt: minutes(1), isTest: true }, null, now)).toBe(testValidityMinutes)
})
