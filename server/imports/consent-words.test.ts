import { expect, test } from 'vitest'
import { readConsent, wordsOfColumn } from './consent-words.ts'

test('a yes and a no are understood in many languages and suites', () => {
  const yes =
    'Ja|YES|1|true|TRUE|x|X|J|Y|Oui|Sí|Kyllä|Tak|SANT| ja |Evet|Ναι|SUBSCRIBED|Opted in|opted-in|Samtycker|Tilmeldt|✓'
  const no =
    'Nej|no|0|FALSE|Nein|non|Ei|Nie|FALSKT|Hayır|HAYIR|Όχι|NEVER_SUBSCRIBED|UNSUBSCRIBED|Opted out|cleaned|STOP|Nej tack|Withdrawn|none'
  expect(yes.split('|').map(word => [word, readConsent(word)])).toEqual(yes.split('|').map(word => [word, true]))
  expect(no.split('|').map(word => [word, readConsent(word)])).toEqual(no.split('|').map(word => [word, false]))
})

test('an empty cell says nothing, however it is written; any other word is unknown', () => {
  for (const word of ['', ' ', '-', 'NULL', 'n/a', '#N/A', '\\N']) expect(readConsent(word)).toBeNull()
  for (const word of ['kanske', 'maybe', '2', 'Guld', '2024-05-17']) expect(readConsent(word)).toBe('unknown')
})

test('a person says what the others mean, and an answer comes before our own reading', () => {
  const answers = { yes: ['Guld', '2'], no: ['kanske', 'x'] }
  expect(['guld ', '2', 'Kanske', 'x', 'Ja', 'silver'].map(word => readConsent(word, answers))).toEqual([
    true,
    true,
    false,
    false,
    true,
    'unknown',
  ])
})

test('the words of a column, each once, the commonest first', () => {
  expect(wordsOfColumn(['Nej', 'Ja', 'ja', ' JA', '', 'Vet ej', '-', 'Guld'])).toEqual({
    yes: ['Ja'],
    no: ['Nej'],
    unknown: ['Vet ej', 'Guld'],
  })
  expect(wordsOfColumn(Array.from({ length: 30 }, (_, n) => `2024-05-${n}`))).toBeNull()
})
