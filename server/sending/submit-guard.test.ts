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

function makeGate(write: (entries: readonly JournalEntry[]) => void = () => {}) {
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
  const gate = new SubmitGuard({ journal, trust, log, onJournal: fault => void faults.push(fault?.message) })
  return { gate, trust, written, faults }
}

test('what was read a moment ago passes, and is in the journal', () => {
  const { gate, written } = makeGate()
  expect(gate.allows([attempt(1, 5000), attempt(2)])).toBe(true)
  expect(written.map(({ n }) => n)).toEqual([1, 2])
})

test('one that was read longer ago keeps all of them back, also where the clock was set back meanwhile', () => {
  const { gate, written } = makeGate()
  expect(gate.allows([attempt(1), attempt(2, 5001)])).toBe(false)
  const old = attempt(3)
  vi.advanceTimersByTime(5001)
  vi.setSystemTime(Date.now() - 600_000)
  expect(gate.allows([old])).toBe(false)
  expect(written).toEqual([])
})

test('when the trust in the lease has ended nothing passes, whatever was checked; a renewal lets it continue', () => {
  const { gate, trust, written } = makeGate()
  vi.advanceTimersByTime(8000)
  expect([gate.leased, gate.allows([attempt(1)])]).toEqual([false, false])
  trust.renewed(momentNow())
  expect([gate.leased, gate.allows([attempt(2)])]).toEqual([true, true])
  trust.end()
  expect([gate.leased, gate.allows([attempt(3)])]).toEqual([false, false])
  expect(written.map(({ n }) => n)).toEqual([2])
})

test('a process that stops while its journal is written finds the lease over when it continues', () => {
  const { gate } = makeGate(() => void vi.advanceTimersByTime(20_000))
  expect(gate.allows([attempt(1)])).toBe(false)
})

test('without its line in the journal nothing is sent, it is tried again later and later, and told', () => {
  let full = true
  const { gate, trust, faults } = makeGate(() => {
    if (full) throw new Error('no space left on device')
  })
  expect(gate.allows([attempt(1)])).toBe(false)
  expect(gate.leased).toBe(false)
  vi.advanceTimersByTime(500)
  expect([gate.leased, gate.allows([attempt(1)])]).toEqual([true, false])
  vi.advanceTimersByTime(999)
  expect(gate.leased).toBe(false)
  vi.advanceTimersByTime(1)
  trust.renewed(momentNow())
  full = false
  expect([gate.leased, gate.allows([attempt(1)]), gate.leased]).toEqual([true, true, true])
  expect(faults).toEqual(['no space left on device', 'no space left on device', undefined])
})
