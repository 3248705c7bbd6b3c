import { describe, expect, test } from 'vitest'
import { defaultOptions, simulatorOptionsFromEnv } from './options.ts'

describe('options from the environment', () => {
  test('nothing set gives the defaults', () => {
    expect(simulatorOptionsFromEnv({})).toEqual(defaultOptions)
  })

  test('each variable is read', () => {
    const options = simulatorOptionsFromEnv({
      HOMING_CLOCK_RATE: '3600',
      HOMING_SIMULATOR_PORT: '2775',
      HOMING_SIMULATOR_FOLDER: '/tmp/x',
      HOMING_SIMULATOR_SEED: '7',
      HOMING_SIMULATOR_THROTTLE: '100',
      HOMING_SIMULATOR_RECEIPT_DELAY_MS: '1-5',
      HOMING_SIMULATOR_VISIT_DELAY_MS: '9',
      HOMING_SIMULATOR_SHARES: 'click=0, hard=0.5',
      HOMING_SIMULATOR_LINK_ORIGINS: 'http://127.0.0.1:8080/',
    })
    expect(options).toMatchObject({
      clockRate: 3600,
      port: 2775,
      folder: '/tmp/x',
      seed: 7,
      throttlePerSecond: 100,
      receiptDelayMs: [1, 5],
      visitDelayMs: [9, 9],
      shares: { click: 0, hard: 0.5, silent: 0.01 },
      linkOrigins: ['http://127.0.0.1:8080'],
    })
  })

  test.each([
    ['HOMING_SIMULATOR_PORT', '70000'],
    ['HOMING_CLOCK_RATE', 'fast'],
    ['HOMING_SIMULATOR_RECEIPT_DELAY_MS', '9-1'],
    ['HOMING_SIMULATOR_SHARES', 'clicks=1'],
    ['HOMING_SIMULATOR_LINK_ORIGINS', 'nowhere'],
  ])('%s = %s is refused by its name', (name, value) => {
    expect(() => simulatorOptionsFromEnv({ [name]: value })).toThrow(name)
  })
})
