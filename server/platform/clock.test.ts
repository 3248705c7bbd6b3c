import { expect, test } from 'vitest'
import { makeClock } from './clock.ts'

/** A machine whose clocks the test sets. */
function machine() {
  let wall = 1_800_000_000_000
  let monotonic = 5_000
  return {
    real: { wallMs: () => wall, monotonicMs: () => monotonic },
    pass(ms: number) {
      wall += ms
      monotonic += ms
    },
    set(ms: number) {
      wall += ms
    },
  }
}

const origin = 1_800_000_000_000

test('business time follows the clock of the machine, multiplied by the rate', () => {
  const { real, pass } = machine()
  const clock = makeClock(60, origin, 0, real)
  pass(1_000)
  expect(clock.now().getTime()).toBe(60_000)
  expect(clock.realMsUntil(new Date(120_000))).toBe(1_000)
})

test('a machine clock that is set back stops nothing: business time continues and rejoins the clock once it has caught up', () => {
  const { real, pass, set } = machine()
  const clock = makeClock(1, origin, origin, real)
  pass(10_000)
  const before = clock.now().getTime()
  set(-600_000)
  expect(clock.now().getTime()).toBe(before)
  // An activity that is scheduled for now starts at once.
  pass(1_000)
  expect(clock.now().getTime()).toBe(before + 500)
  expect(clock.realMsUntil(new Date(before))).toBe(0)
  for (let i = 0; i < 1_300; i++) {
    pass(1_000)
    clock.now()
  }
  expect(clock.now().getTime()).toBe(real.wallMs())
})

test('a clock that is set forward is followed at once, as after a sleep of the machine', () => {
  const { real, set } = machine()
  const clock = makeClock(1, origin, origin, real)
  set(600_000)
  expect(clock.now().getTime()).toBe(origin + 600_000)
})

test('a process that starts after the clock was set back begins where the others are', () => {
  const { real, set } = machine()
  set(-600_000)
  const clock = makeClock(1, origin, origin, { ...real, notBeforeMs: origin + 3_000 })
  expect(clock.now().getTime()).toBe(origin + 3_000)
})
