import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SimulatedOutcome } from './population.ts'
import { Register } from './register.ts'

test('a retry after soft is no double, any other second submission is', () => {
  const register = new Register()
  const soft = register.message(46_701, 1)
  register.attempt(soft, 'soft')
  register.attempt(soft, 'delivered')
  expect(register.counts.doubles).toBe(0)
  register.attempt(soft, 'delivered')
  expect(register.counts.doubles).toBe(1)
  const silent = register.message(46_702, 1)
  register.attempt(silent, 'silent')
  register.attempt(silent, 'silent')
  expect(register.counts.doubles).toBe(2)
})

test('another text to the same number is another message, the same text the same', () => {
  const register = new Register()
  const first = register.message(46_701, 1)
  const second = register.message(46_701, 2)
  expect(second).not.toBe(first)
  expect([register.ordinalOf(first), register.ordinalOf(second)]).toEqual([0, 1])
  expect(register.message(46_701, 1)).toBe(first)
})

test('a late word never undoes a delivery, and each message is in one column', () => {
  const outcome = fc.constantFrom<SimulatedOutcome>(
    'delivered',
    'late',
    'duplicate',
    'silent',
    'soft',
    'softAnswer',
    'hard',
    'hardAnswer',
  )
  const act = fc.record({
    number: fc.integer({ min: 1, max: 8 }),
    hash: fc.nat(1),
    what: fc.oneof(
      outcome,
      fc.constantFrom<'settle:delivered' | 'settle:soft' | 'settle:hard'>(
        'settle:delivered',
        'settle:soft',
        'settle:hard',
      ),
    ),
  })
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), acts => {
      const register = new Register()
      const delivered = new Set<number>()
      const known = new Set<number>()
      for (const { number, hash, what } of acts) {
        const message = register.message(number, hash)
        if (what === 'settle:delivered' || what === 'settle:soft' || what === 'settle:hard') {
          if (!known.has(message)) continue
          register.settle(message, what === 'settle:delivered' ? 'delivered' : what === 'settle:soft' ? 'soft' : 'hard')
          if (what === 'settle:delivered') delivered.add(message)
        } else {
          register.attempt(message, what)
          known.add(message)
        }
        const { counts } = register
        expect(counts.accepted).toBe(known.size)
        expect(counts.delivered + counts.hard + counts.softFinal + counts.pending).toBe(counts.accepted)
        expect(counts.delivered).toBe(delivered.size)
      }
    }),
  )
})

test('a hundred thousand numbers are found again', () => {
  const register = new Register()
  const number = (i: number) => 46_700_000_000 + i * 7
  const rows = Array.from({ length: 100_000 }, (_, i) => register.message(number(i), i))
  expect(
    rows.filter((row, i) => register.message(number(i), i) !== row || register.numberOf(row) !== number(i)),
  ).toEqual([])
})
