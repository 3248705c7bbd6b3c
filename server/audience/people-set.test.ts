import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { differenceOf, onlyIn, PeopleGatherer, type PeopleSet, packPeople, sizeOf, unpackPeople } from './people-set.ts'

function setOf(ids: Iterable<number>): PeopleSet {
  const gatherer = new PeopleGatherer()
  const byBucket = Map.groupBy(ids, id => id & 255)
  for (const [bucket, some] of byBucket) {
    const bytes = Buffer.alloc(some.length * 4)
    for (const [i, id] of some.entries()) bytes.writeUInt32BE(Math.floor(id / 256), i * 4)
    gatherer.add(bucket, bytes)
  }
  return gatherer.set()
}

const people = fc.uniqueArray(fc.oneof(fc.nat(2000), fc.nat(2 ** 31), fc.constantFrom(2 ** 38, 2 ** 39 - 1)), {
  maxLength: 300,
})

describe('a set of people', () => {
  test('is the same after it was packed', () => {
    fc.assert(
      fc.property(people, ids => {
        const set = setOf(ids)
        expect(unpackPeople(packPeople(set))).toEqual(set)
        expect(sizeOf(set)).toBe(ids.length)
      }),
    )
  })

  test('differs from another one by those in one of them only, and the first of them are named', () => {
    fc.assert(
      fc.property(people, people, fc.nat(20), (before, now, shown) => {
        const joined = now.filter(id => !before.includes(id))
        const left = before.filter(id => !now.includes(id))
        const found = differenceOf(setOf(before), setOf(now), shown)
        expect(found).toMatchObject({ joined: joined.length, left: left.length })
        expect(found.firstJoined).toHaveLength(Math.min(shown, joined.length))
        expect(joined).toEqual(expect.arrayContaining(found.firstJoined))
        expect(left).toEqual(expect.arrayContaining(found.firstLeft))
        const all = onlyIn(setOf(now), setOf(before))
        expect(all.toSorted((a, b) => a - b)).toEqual(joined.toSorted((a, b) => a - b))
        expect(all.slice(0, shown)).toEqual(found.firstJoined)
      }),
    )
  })

  test('takes a quarter of a megabyte for a random half of a million, and next to nothing for all of it', () => {
    const half: number[] = []
    let state = 7
    for (let id = 1; id <= 1_000_000; id++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      if (state > 2 ** 31) half.push(id)
    }
    expect(packPeople(setOf(half)).length).toBeLessThan(250_000)
    expect(packPeople(setOf(Array.from({ length: 1_000_000 }, (_, i) => i + 1))).length).toBeLessThan(5_000)
  })
})
