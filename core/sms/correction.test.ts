import { expect, test } from 'vitest'
import { corrected } from './correction.ts'
import { parseTemplate } from './template.ts'

test('all corrections of a text together leave nothing to correct', () => {
  const text = 'Hej\u200e {{first_name}}! Läs https//a.example och butik.se\u200e ##unsubscribe##Hej'
  const { problems, hints } = parseTemplate(text)
  const fixed = corrected(
    text,
    [...problems, ...hints].flatMap(({ correction }) => correction ?? []),
  )
  expect(fixed).toBe('Hej ##first_name##! Läs https://a.example och https://butik.se ##unsubscribe## Hej')
  expect(parseTemplate(fixed)).toMatchObject({ problems: [], hints: [] })
})
