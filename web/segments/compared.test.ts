/** The parts of two compared segments, and when a list says who came and who left. */
import { expect, test } from 'vitest'
import { type ComparedSegment, listOfTheOther, partsOf } from './compared.ts'

const clickers = {
  v: 1,
  root: { kind: 'group', match: 'all', items: [{ kind: 'event', event: 'clicked', of: 'any' }] },
}
const segment = (id: number, name: string, given: Partial<ComparedSegment> = {}): ComparedSegment => ({
  id,
  name,
  frozen: false,
  definition: clickers,
  createdAt: '2026-03-28T10:00:00Z',
  ...given,
})
const live = segment(1, 'Clickers')
const list = segment(2, 'Clickers, frozen', { frozen: true })
const vip = segment(3, 'VIP', { definition: { v: 1, root: { kind: 'group', match: 'any', items: [] } } })

test('two segments have people in both and people in one of them only', () => {
  expect(partsOf(live, vip)).toEqual([
    {
      key: 'onlyFirst',
      label: 'Only in “Clickers”',
      name: 'Clickers, not VIP',
      tree: {
        v: 1,
        root: {
          kind: 'group',
          match: 'all',
          items: [
            { kind: 'segment', id: 1 },
            { kind: 'segment', id: 3, exclude: true },
          ],
        },
      },
    },
    {
      key: 'both',
      label: 'In both',
      name: 'Clickers and VIP',
      tree: {
        v: 1,
        root: {
          kind: 'group',
          match: 'all',
          items: [
            { kind: 'segment', id: 1 },
            { kind: 'segment', id: 3 },
          ],
        },
      },
    },
    {
      key: 'onlySecond',
      label: 'Only in “VIP”',
      name: 'VIP, not Clickers',
      tree: {
        v: 1,
        root: {
          kind: 'group',
          match: 'all',
          items: [
            { kind: 'segment', id: 3 },
            { kind: 'segment', id: 1, exclude: true },
          ],
        },
      },
    },
  ])
})

test('a frozen list says who came to its segment and who left, from whichever page', () => {
  expect(partsOf(live, list).map(({ label }) => label)).toEqual(['Came since', 'Still in it', 'Left since'])
  expect(partsOf(list, live).map(({ label }) => label)).toEqual(['Left since', 'Still in it', 'Came since'])
  expect(partsOf(list, live).map(({ name }) => name)).toEqual([
    'Left Clickers',
    'Still in Clickers',
    'Came to Clickers',
  ])
})

test('a list of other conditions, of none, or of two lists says nothing of that kind', () => {
  expect(listOfTheOther(live, list)).toBe(list)
  expect(listOfTheOther(vip, list)).toBeUndefined()
  expect(listOfTheOther(list, segment(4, 'Later', { frozen: true }))).toBeUndefined()
  expect(listOfTheOther(live, { ...list, definition: null })).toBeUndefined()
})

test('a proposed name fits a segment', () => {
  const long = segment(5, 'x'.repeat(100))
  for (const { name } of partsOf(long, vip)) expect(name.length).toBeLessThanOrEqual(100)
})
