import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { monotonicMs } from '../platform/clock.ts'
import { createLog } from '../platform/log.ts'
import { WriteGate } from './gate.ts'
import type { JournalEntry } from './journal.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const log = createLog({ part: 'test', level: 'silent' })
const attempt = (n: number, ageMs = 0) => ({ activityId: 7, profileId: 8, n, checkedMs: monotonicMs() - ageMs })

test('what was read a moment ago passes, and stands in the journal', () => {
  const written: JournalEntry[] = []
  const gate = new WriteGate({ write: entries => void written.push(...entries) }, log)
  expect(gate.letsPass([attempt(1, 5000), attempt(2)])).toBe(true)
  expect(written.map(({ n }) => n)).toEqual([1, 2])
})

test('one that was read longer ago keeps all of them back, and a lost lease everything', () => {
  const written: JournalEntry[] = []
  const gate = new WriteGate({ write: entries => void written.push(...entries) }, log)
  expect(gate.letsPass([attempt(1), attempt(2, 5001)])).toBe(false)
  gate.lostLease()
  expect([gate.leased, gate.letsPass([attempt(3)])]).toEqual([false, false])
  expect(written).toEqual([])
})

test('without its line in the journal nothing is sent', () => {
  const full = () => {
    throw new Error('no space left on device')
  }
  expect(new WriteGate({ write: full }, log).letsPass([attempt(1)])).toBe(false)
})
