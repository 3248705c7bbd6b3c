import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { monotonicMs } from '../platform/clock.ts'
import { momentNow, Trust } from '../platform/leases/lease.ts'
import { createLog } from '../platform/log.ts'
import type { JournalEntry } from './journal.ts'
import { SubmitGuard } from './submit-guard.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const log = createLog({ part: 'test', level: 'silent' })
const attempt = (n: number, ageMs = 0) => ({ activityId: 7, profileId: 8, n, checkedMs: monotonicMs() - ageMs })

function makeGuard(write: (entries: readonly JournalEntry[]) => void = () => {}) {
  const written: JournalEntry[] = []
  const faults: (string | undefined)[] = []
  const trust = new Trust({ leaseMs: 10_000, marginMs: 2000 })
  trust.renewed(momentNow())
  const journal = {
    write(entries: readonly JournalEntry[]) {
      write(entries)
      written.push(...entries)
    },
  }
  const guard = new SubmitGuard({ journal, trust, log, onJournal: fault => void faults.push(fault?.message) })
  return { guard, trust, written, faults }
}

test('what was read a moment ago passes, and is in the journal', () => {
  const { guard, written } = makeGuard()
  expect(guard.allows([attempt(1, 5000), attempt(2)])).toBe(true)
  expect(written.map(({ n }) => n)).toEqual([1, 2])
})

test('one that was read longer ago keeps all of them back, also where the clock was set back meanwhile', () => {
  const { guard, written } = makeGuard()
  expect(guard.allows([attempt(1), attempt(2, 5001)])).toBe(false)
  const old = attempt(3)
  vi.advanceTimersByTime(5001)
  vi.setSystemTime(Date.now() - 600_000)
  expect(guard.allows([old])).toBe(false)
  expect(written).toEqual([])
})

test('when the trust in the lease has ended nothing passes, whatever was checked; a renewal lets it continue', () => {
  const { guard, trust, written } = makeGuard()
  vi.advanceTimersByTime(8000)
  expect([guard.leased, guard.allows([attempt(1)])]).toEqual([false, false])
  trust.renewed(momentNow())
  expect([guard.leased, guard.allows([attempt(2)])]).toEqual([true, true])
  trust.end()
  expect([guard.leased, guard.allows([attempt(3)])]).toEqual([false, false])
  expect(written.map(({ n }) => n)).toEqual([2])
})

test('a process that stops while its journal is written finds the lease over when it continues', () => {
  const { guard } = makeGuard(() => void vi.advanceTimersByTime(20_000))
  expect(guard.allows([attempt(1)])).toBe(false)
})

test('without its line in the journal nothing is sent, it is tried again later and later, and told', () => {
  let full = true
  const { guard, trust, faults } = makeGuard(() => {
    if (full) throw new Error('no space left on device')
  })
  expect(guard.allows([attempt(1)])).toBe(false)
  expect(guard.leased).toBe(false)
  vi.advanceTimersByTime(500)
  expect([guard.leased, guard.allows([attempt(1)])]).toEqual([true, false])
  vi.advanceTimersByTime(999)
  expect(guard.leased).toBe(false)
  vi.advanceTimersByTime(1)
  trust.renewed(momentNow())
  full = false
  expect([guard.leased, guard.allows([attempt(1)]), guard.leased]).toEqual([true, true, true])
  expect(faults).toEqual(['no space left on device', 'no space left on device', undefined])
})
