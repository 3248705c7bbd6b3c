import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { seedOfRun } from './seed.ts'

afterEach(() => vi.unstubAllEnvs())

const draw = () => fc.sample(fc.integer(), 5)

test('properties of this run draw by its seed, and the same twice', () => {
  expect(fc.readConfigureGlobal()).toMatchObject({ seed: Number(process.env.HOMING_TEST_SEED) })
  expect(draw()).toEqual(draw())
})

describe('the seed of a run', () => {
  test('is always the same where nobody says another one', () => {
    vi.stubEnv('HOMING_TEST_SEED', undefined)
    expect(seedOfRun()).toBe(seedOfRun())
  })

  test('is drawn in long runs and on request', () => {
    vi.stubEnv('HOMING_TEST_SEED', undefined)
    expect(seedOfRun('random')).not.toBe(seedOfRun('random'))
    vi.stubEnv('HOMING_TEST_SEED', 'random')
    expect(seedOfRun()).not.toBe(seedOfRun())
  })

  test('is the number that somebody gives, to repeat a run', () => {
    vi.stubEnv('HOMING_TEST_SEED', '-219876065')
    expect([seedOfRun(), seedOfRun('random')]).toEqual(['-219876065', '-219876065'])
    vi.stubEnv('HOMING_TEST_SEED', 'yes')
    expect(() => seedOfRun()).toThrow('HOMING_TEST_SEED is "yes": give a whole number, or "random"')
  })
})
