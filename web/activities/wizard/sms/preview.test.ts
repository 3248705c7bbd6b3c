import { expect, test } from 'vitest'
import { parseTemplate } from '../../../../core/sms/template.ts'
import { previewPieces, previewText } from './preview.ts'

const template = parseTemplate('Hi ##first_name|there## ##city##! https://e.com/a')
const shown = (vars: Parameters<typeof previewPieces>[2]) =>
  previewPieces(template, 'https://l.example', vars)
    .map(({ text }) => text)
    .join('')

test('without a profile tags show their default or their name; with one its values, and what is missing is missing', () => {
  expect(shown(null)).toBe('Hi there [city]! https://l.example/xxxxxxxxxxx')
  expect(shown({ first_name: 'Łucja', city: 'Umeå' })).toBe('Hi Łucja Umeå! https://l.example/xxxxxxxxxxx')
  expect(shown({ first_name: ' ', city: null })).toBe('Hi there ! https://l.example/xxxxxxxxxxx')
})

test('what is shown of a profile is what is counted', () => {
  const vars = { first_name: 'Ann “A”', city: 'x'.repeat(60) }
  expect(previewText(template, 'https://l.example', vars)).toBe(shown(vars))
})
