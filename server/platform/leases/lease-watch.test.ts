import { expect, test } from 'vitest'
import { LeaseWatch, type SeenLease } from './lease-watch.ts'

const terms = { leaseMs: 10_000, marginMs: 2000 }
const lease = (id: number, until: string, over = false): SeenLease => ({ id, until, over })

/** A watch that looks at a time of ours, and of the database. */
function watching() {
  const watch = new LeaseWatch(terms)
  return (ms: number, leases: SeenLease[], databaseMs = ms) =>
    watch
      .over({ askedMs: ms - 5, answeredMs: ms + 5, databaseMs: 1_800_000_000_000 + databaseMs, leases })
      .map(({ id }) => id)
}

test('a lease that was over before anybody watched is over at the first look', () => {
  expect(watching()(0, [lease(1, 'a', true), lease(2, 'b')])).toEqual([1])
})

test('a database clock that is set forward ends no lease that is still renewed', () => {
  const look = watching()
  const jump = 600_000
  expect(look(0, [lease(1, 'a'), lease(2, 'a')])).toEqual([])
  // Both would be over; the second one is dead.
  expect(look(1000, [lease(1, 'b', true), lease(2, 'a', true)], 1000 + jump)).toEqual([])
  for (let ms = 2000; ms <= 12_000; ms += 1000)
    expect([ms, look(ms, [lease(1, `c${ms}`), lease(2, 'a', true)], ms + jump)]).toEqual([ms, []])
  expect(look(13_100, [lease(1, 'd'), lease(2, 'a', true)], 13_100 + jump)).toEqual([2])
})

test('a clock of the database that is set back keeps no dead owner alive', () => {
  const look = watching()
  const back = -600_000
  expect(look(0, [lease(1, 'a'), lease(2, 'a')])).toEqual([])
  for (let ms = 1000; ms <= 12_000; ms += 1000)
    expect([ms, look(ms, [lease(1, `b${ms}`), lease(2, 'a')], ms + back)]).toEqual([ms, []])
  expect(look(12_100, [lease(1, 'c'), lease(2, 'a')], 12_100 + back)).toEqual([2])
})

test('a statement that takes long is no jump of a clock', () => {
  const watch = new LeaseWatch(terms)
  const databaseMs = 1_800_000_000_000
  watch.over({ askedMs: 0, answeredMs: 10, databaseMs, leases: [] })
  const leases = [lease(1, 'a', true)]
  // Asked at 1 s, read by the database at 6 s, answered at 6 s.
  expect(watch.over({ askedMs: 1000, answeredMs: 6010, databaseMs: databaseMs + 6000, leases })).toEqual(leases)
})
