import { expect, test } from 'vitest'
import { mostCompared } from '../../../core/report/curves.ts'
import { readIds, writeIds } from './ids.ts'

test('ids survive a round trip, also one and none', () => {
  for (const ids of [[], [7], [3, 1, 2]]) expect(readIds(writeIds(ids))).toEqual(ids)
})

test('invalid ids and duplicates are ignored', () => {
  expect(readIds('4,x,4,-1,0,1.5, 5,')).toEqual([4, 5])
  expect(readIds({ ids: 1 })).toEqual([])
  expect(readIds(Array.from({ length: 30 }, (_, at) => at + 1).join(','))).toHaveLength(mostCompared)
})
