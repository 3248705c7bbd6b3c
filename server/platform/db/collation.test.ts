import { expect, test } from 'vitest'
import { languageOfCountry } from './collation.ts'

test('a country has the language that most speak there, an unknown country has none', () => {
  expect(['SE', 'NO', 'DK', 'FI', 'DE', 'CH', 'GB'].map(languageOfCountry)).toEqual([
    'sv',
    'nb',
    'da',
    'fi',
    'de',
    'de',
    'en',
  ])
  expect(['', 'Sweden', 'se', '1"'].map(languageOfCountry)).toEqual(['und', 'und', 'und', 'und'])
})
