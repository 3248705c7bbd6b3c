import { expect, test } from 'vitest'
import { mostCompared } from '../../../core/report/curves.ts'
import { readIds, writeIds } from './ids.ts'

test('what is written is read again, also of one and of none', () => {
  for (const ids of [[], [7], [3, 1, 2]]) expect(readIds(writeIds(ids))).toEqual(ids)
})

test('what is no id is passed over, and each is taken once', () => {
  expect(readIds('4,x,4,-1,0,1.5, 5,')).toEqual([4, 5])
  expect(readIds({ ids: 1 })).toEqual([])
  expect(readIds(Array.from({ length: 30 }, (_, at) => at + 1).join(','))).toHaveLength(mostCompared)
})
