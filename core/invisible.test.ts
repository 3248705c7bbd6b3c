import { expect, test } from 'vitest'
import { withoutInvisible } from './invisible.ts'

test('what shows nothing is removed', () => {
  expect(withoutInvisible('\ufeffÅ\u200bsa\u00ad \u202aBerg\u202c\u2060\u200e\u200d')).toBe('Åsa Berg')
  expect(withoutInvisible('a\u200cb')).toBe('ab')
})

test('joiners of a script and of an emoji stay', () => {
  for (const text of ['می\u200cخواهم', 'क्\u200dष', '👩\u200d💻', '👩🏽\u200d🚀', '🏳️\u200d🌈', '❤️'])
    expect(withoutInvisible(text)).toBe(text)
})
