import { expect, test } from 'vitest'
import { apart, sinceWords, timeTicks, tookWords, valueTicks } from './scale.ts'

test('an axis starts at 0 and ends at or above what it shows', () => {
  expect(valueTicks(8757)).toEqual([0, 2000, 4000, 6000, 8000, 10000])
  expect(valueTicks(3)).toEqual([0, 1, 2, 3])
  expect(valueTicks(0)).toEqual([0, 1])
  expect(valueTicks(0.984, false)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1])
  for (const max of [1, 7, 99, 1234, 10_000_000]) {
    const ticks = valueTicks(max)
    expect(ticks.at(-1)).toBeGreaterThanOrEqual(max)
    expect(ticks.length).toBeLessThanOrEqual(6)
    expect(ticks.every(Number.isInteger)).toBe(true)
  }
})

test('time has at most seven marks', () => {
  expect(timeTicks(60)).toEqual([0, 10, 20, 30, 40, 50, 60])
  expect(timeTicks(4320)).toEqual([0, 720, 1440, 2160, 2880, 3600, 4320])
  expect(timeTicks(1)).toEqual([0, 1])
  expect(timeTicks(500_000).length).toBeLessThanOrEqual(7)
})

test('durations are written in the units that people use', () => {
  expect([0, 45, 60, 150, 1440, 4500].map(sinceWords)).toEqual([
    '0 min',
    '45 min',
    '1 h',
    '2 h 30 min',
    '1 d',
    '3 d 3 h',
  ])
  expect([850, 12_400, 59_700, 75_000, 5_400_000].map(tookWords)).toEqual([
    '0.8 s',
    '12 s',
    '1 min',
    '1 min 15 s',
    '1 h 30 min',
  ])
})

test('labels keep apart, inside the chart, and in the order of their lines', () => {
  expect(apart([10, 12, 100], 20, 200)).toEqual([10, 30, 100])
  expect(apart([198, 199, 200], 20, 200)).toEqual([160, 180, 200])
  expect(apart([50, 0], 20, 200)).toEqual([50, 0])
})
