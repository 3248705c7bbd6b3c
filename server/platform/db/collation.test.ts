import { expect, test } from 'vitest'
import { languageOf } from './collation.ts'

test('a country has the language that most speak there, an unknown country has none', () => {
  expect(['SE', 'NO', 'DK', 'FI', 'DE', 'CH', 'GB'].map(languageOf)).toEqual(['sv', 'nb', 'da', 'fi', 'de', 'de', 'en'])
  expect(['', 'Sweden', 'se', '1"'].map(languageOf)).toEqual(['und', 'und', 'und', 'und'])
})
