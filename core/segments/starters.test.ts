/** Each starter is a whole segment, and is offered only where the workspace has what it names. */
import { expect, test } from 'vitest'
import { starters } from './starters.ts'
import { readTree } from './tree.ts'

const full = {
  topics: [{ id: 1 }, { id: 2 }],
  attributes: [
    { name: 'Birth town', type: 'text' },
    { name: 'Födelsedag', type: 'date' },
  ],
} as const

test.each(starters.map(({ key, make }) => [key, make] as const))('%s is a whole segment', (_, make) => {
  const made = make(full)
  expect(readTree(made)).toEqual(made)
})

test('there are ten, each with its own key and name', () => {
  expect(starters).toHaveLength(10)
  expect(new Set(starters.map(({ key }) => key)).size).toBe(10)
  expect(new Set(starters.map(({ name }) => name)).size).toBe(10)
})

test('what needs a topic or a birthday is not offered without', () => {
  const lacking = starters.filter(({ make }) => make({ topics: [], attributes: [] }) === null)
  expect(lacking.map(({ key }) => key)).toEqual(['no-consent', 'birthday'])
})
