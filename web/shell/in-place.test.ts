import { expect, test } from 'vitest'
import { inPlace } from './in-place.ts'

const alarm = (id: number, sentence = 'slow') => ({ id, sentence })

test('an alarm that ends keeps its place, and one that comes is behind the others', () => {
  const first = inPlace([], [alarm(1), alarm(2)])
  const then = inPlace(first, [alarm(3), alarm(2, 'slower')])
  expect(then).toEqual([
    { alarm: alarm(1), isOver: true },
    { alarm: alarm(2, 'slower'), isOver: false },
    { alarm: alarm(3), isOver: false },
  ])
  expect(inPlace(then, [alarm(1)]).map(({ isOver }) => isOver)).toEqual([false, true, true])
})
