import { expect, test } from 'vitest'
import { Seats } from './seats.ts'

test('nobody takes the places of others: not a principal those of the workspace, not a workspace those of all', () => {
  const seats = new Seats({ each: 2, workspace: 3, all: 4 })
  const take = (workspace: string, principal: string) => {
    const seat = seats.take({ workspace, principal })
    return 'full' in seat ? seat.full : seat.free
  }
  const first = take('A', 'one')
  take('A', 'one')
  expect(take('A', 'one')).toBe('for you')
  take('A', 'two')
  expect(take('A', 'three')).toBe('in this workspace')
  expect(take('B', 'one')).toBeTypeOf('function')
  expect(take('C', 'one')).toBe('on this server')
  if (typeof first !== 'function') throw new Error('the first found no place')
  first()
  first()
  expect(take('A', 'one')).toBeTypeOf('function')
  expect(take('C', 'one')).toBe('on this server')
})
