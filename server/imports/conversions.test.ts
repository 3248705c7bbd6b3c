import { expect, test } from 'vitest'
import { conversionsOf } from './conversions.ts'

const around = { separator: ';', country: 'SE' }
const typeOf = (cells: string[], type: string) => conversionsOf(cells, around).types.find(one => one.type === type)

test('codes that would become numbers are counted, with the first of them', () => {
  const cells = ['12E4', '007', '12', '', '#N/A', 'x']
  expect(conversionsOf(cells, around)).toMatchObject({ values: 4, automatic: 'text' })
  expect(typeOf(cells, 'number')).toEqual({
    type: 'number',
    different: 2,
    example: { given: '12E4', read: '120000' },
    unreadable: 1,
    unread: 'x',
  })
})

test('dates show how day and month are read', () => {
  expect(typeOf(['03/04/2024', '2024-05-17'], 'date')).toMatchObject({
    different: 1,
    example: { given: '03/04/2024', read: '2024-04-03' },
    unreadable: 0,
  })
})

test('words are no value of any type, and nothing is said of them', () => {
  expect(conversionsOf(['Lund', 'Umeå'], around)).toEqual({ values: 2, automatic: 'text', types: [] })
})
