import { expect, test } from 'vitest'
import { highestMaxParts, usualMaxParts } from '../sms/split.ts'
import { mostParts } from './facts.ts'

test('no workspace may allow more parts than a message can keep apart', () => {
  expect(usualMaxParts).toBeLessThanOrEqual(highestMaxParts)
  expect(highestMaxParts).toBeLessThanOrEqual(mostParts)
})
