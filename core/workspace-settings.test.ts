import { expect, test } from 'vitest'
import { Problem } from './problems.ts'
import { checkSettings } from './workspace-settings.ts'

const codeOf = (settings: Parameters<typeof checkSettings>[0]) => {
  try {
    checkSettings(settings)
  } catch (error) {
    if (error instanceof Problem) return error.code
    throw error
  }
}

test('good settings pass, also none', () => {
  expect(codeOf({})).toBeUndefined()
  expect(
    codeOf({
      timeZone: 'America/New_York',
      currency: 'USD',
      creditValue: '0.0450',
      defaultSender: 'Shop',
      maxParts: 3,
    }),
  ).toBeUndefined()
  expect(codeOf({ defaultSender: '' })).toBeUndefined()
})

test.each([
  [{ timeZone: 'Mars/Olympus' }, 'zone_unknown'],
  [{ timeZone: '' }, 'zone_unknown'],
  [{ currency: 'EURO' }, 'currency_unknown'],
  [{ currency: 'eur' }, 'currency_unknown'],
  [{ creditValue: '0' }, 'invalid_input'],
  [{ creditValue: '1,5' }, 'invalid_input'],
  [{ creditValue: '1.00001' }, 'invalid_input'],
  [{ creditValue: '-1' }, 'invalid_input'],
  [{ defaultSender: 'ab' }, 'sender_invalid'],
  [{ maxParts: 0 }, 'invalid_input'],
  [{ maxParts: 21 }, 'invalid_input'],
])('%j is %s', (settings, code) => {
  expect(codeOf(settings)).toBe(code)
})
