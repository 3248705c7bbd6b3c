import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkedShares, defaultShares, fateOf, outcomeOf } from './population.ts'

const number = (i: number) => String(46_700_000_000 + i)

describe('the shares', () => {
  const count = 100_000
  const fates = Array.from({ length: count }, (_, i) => fateOf(defaultShares, 1, number(i), 0))
  const share = (test: (fate: (typeof fates)[number]) => boolean) => fates.filter(test).length / count

  test.each(['softThenDelivered', 'softForever', 'hard', 'silent', 'late', 'duplicate'] as const)('%s', kind => {
    expect(Math.abs(share(f => f.kind === kind) - defaultShares[kind])).toBeLessThan(0.003)
  })

  test('the rest is delivered', () => {
    expect(Math.abs(share(f => f.kind === 'delivered') - 0.88)).toBeLessThan(0.005)
  })

  test('clicks, scanners and opt-outs have nothing to do with each other', () => {
    expect(Math.abs(share(f => f.clicks > 0) - 0.1)).toBeLessThan(0.004)
    expect(Math.abs(share(f => f.clicks === 2) - 0.02)).toBeLessThan(0.002)
    expect(Math.abs(share(f => f.scan !== 'none') - 0.02)).toBeLessThan(0.002)
    expect(Math.abs(share(f => f.optsOut) - 0.01)).toBeLessThan(0.0015)
    expect(Math.abs(share(f => f.clicks > 0 && f.scan !== 'none') - 0.002)).toBeLessThan(0.0008)
  })

  test('what is set to 0 or 1 holds for everyone', () => {
    const none = checkedShares({
      softThenDelivered: 0,
      softForever: 0,
      hard: 0,
      silent: 0,
      late: 0,
      duplicate: 0,
      click: 0,
    })
    const all = checkedShares({
      softThenDelivered: 0,
      softForever: 0,
      hard: 1,
      silent: 0,
      late: 0,
      duplicate: 0,
      click: 1,
    })
    for (let i = 0; i < 1000; i++) {
      expect(fateOf(none, 1, number(i), 0)).toMatchObject({ kind: 'delivered', clicks: 0 })
      expect(fateOf(all, 1, number(i), 0).kind).toBe('hard')
      expect(fateOf(all, 1, number(i), 0).clicks).toBeGreaterThan(0)
    }
  })

  test('impossible shares are refused by name', () => {
    expect(() => checkedShares({ hard: 1.2 })).toThrow('share hard')
    expect(() => checkedShares({ click: Number.NaN })).toThrow('share click')
    expect(() => checkedShares({ hard: 0.7, silent: 0.7 })).toThrow('at most 1')
  })
})

test('the same seed, number and ordinal give the same fate; another of them gives another person', () => {
  fc.assert(
    fc.property(fc.integer(), fc.nat(1e9), fc.nat(50), (seed, n, ordinal) => {
      expect(fateOf(defaultShares, seed, number(n), ordinal)).toEqual(fateOf(defaultShares, seed, number(n), ordinal))
    }),
  )
  const kinds = (seed: number, ordinal: number) =>
    Array.from({ length: 1000 }, (_, i) => fateOf(defaultShares, seed, number(i), ordinal).kind).join()
  expect(kinds(1, 0)).not.toBe(kinds(2, 0))
  expect(kinds(1, 0)).not.toBe(kinds(1, 1))
})

test('who is soft first is delivered at the second or third attempt, and a long message never fails by its answer', () => {
  const fate = {
    kind: 'softThenDelivered',
    softAttempts: 2,
    byAnswer: true,
    delay: 0,
    clicks: 0,
    scan: 'none',
    optsOut: false,
  } as const
  expect([1, 2, 3, 4].map(n => outcomeOf(fate, n, false))).toEqual([
    'softAnswer',
    'softAnswer',
    'delivered',
    'delivered',
  ])
  expect(outcomeOf(fate, 1, true)).toBe('soft')
  expect(outcomeOf({ ...fate, kind: 'hard' }, 1, true)).toBe('hard')
  expect(outcomeOf({ ...fate, kind: 'softForever' }, 49, false)).toBe('softAnswer')
})
