import { expect, test } from 'vitest'
import { parseTemplate } from '../../../../core/sms/template.ts'
import { changeInPercent, gapOf, usualDefault } from './valueNotes.ts'

test('the gap is shown in its line', () => {
  expect(gapOf(parseTemplate('Nyhet!\nHej ##first_name##!\nhttps://a.example'), 'first_name')).toBe('Hej !')
  expect(gapOf(parseTemplate('Hej ##first_name|du##, ##city## https://a.example'), 'city')).toBe('Hej du,  …')
  const long = gapOf(parseTemplate(`${'x'.repeat(80)} ##city##! ${'y'.repeat(80)}`), 'city')
  expect(long.length).toBeLessThanOrEqual(62)
  expect(long).toContain(' ! ')
})

test('a default and a change in words', () => {
  expect(usualDefault('first_name', 'SE')).toBe('du')
  expect(usualDefault('city', 'SE')).toBe('')
  expect(changeInPercent('13280.0000', '9729.0000')).toBe('−27%')
  expect(changeInPercent('0', '0')).toBe('+0%')
})
