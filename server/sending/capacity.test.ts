import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Capacity } from './capacity.ts'

function scene({ window = 100, room = 1000 } = {}) {
  const now = { ready: true, leased: true, mayClaim: true, unanswered: 0, room }
  const capacity = new Capacity(
    {
      window,
      guard: {
        get leased() {
          return now.leased
        },
      },
      mayClaim: () => now.mayClaim,
      unanswered: () => now.unanswered,
    },
    {
      get ready() {
        return now.ready
      },
      room: parts => Math.floor(now.room / parts),
    },
  )
  return { now, capacity }
}

test('nothing is claimed without a connection, without the lease, or before replies are applied', () => {
  const { now, capacity } = scene()
  expect(capacity.open).toBe(true)
  for (const what of ['ready', 'leased', 'mayClaim'] as const) {
    now[what] = false
    expect(capacity.open, what).toBe(false)
    now[what] = true
  }
})

test('the connection says how many messages of a number of parts it has room for', () => {
  const { capacity } = scene({ room: 90 })
  expect([1, 2, 3].map(parts => capacity.messages(parts))).toEqual([90, 45, 30])
})

test('attempts without a committed answer are at most twice the window, whatever the connection says', () => {
  const step = fc.record({ room: fc.nat(5000), parts: fc.integer({ min: 1, max: 20 }), committed: fc.nat(300) })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), fc.array(step), (window, steps) => {
      const { now, capacity } = scene({ window })
      for (const { room, parts, committed } of steps) {
        now.room = room
        const claimed = capacity.messages(parts)
        expect(claimed).toBeGreaterThanOrEqual(0)
        now.unanswered += claimed
        expect(now.unanswered).toBeLessThanOrEqual(2 * window)
        now.unanswered = Math.max(0, now.unanswered - committed)
      }
    }),
  )
})

test('what a broken claim left beyond the limit leaves no room', () => {
  const { now, capacity } = scene({ window: 10 })
  now.unanswered = 25
  expect(capacity.messages(1)).toBe(0)
})
