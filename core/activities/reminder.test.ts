import { expect, test } from 'vitest'
import { countsFrom, readReminder, reminderAt, reminderInWords, reminderName } from './reminder.ts'

const plan = (n: number, unit: 'hours' | 'days') => ({ after: { n, unit }, body: null })
const at = (time: string) => new Date(time)

test('days end at the same time of the clock, hours are exact', () => {
  // The clocks go forward in the night to 29 March.
  const start = at('2026-03-28T09:00:00.250Z')
  expect(reminderAt(start, plan(2, 'days'), 'Europe/Stockholm')).toEqual(at('2026-03-30T08:00:00.250Z'))
  expect(reminderAt(start, plan(48, 'hours'), 'Europe/Stockholm')).toEqual(at('2026-03-30T09:00:00.250Z'))
  expect(reminderAt(start, plan(2, 'days'), 'UTC')).toEqual(at('2026-03-30T09:00:00.250Z'))
})

test('its time counts from the last message, and is not known while somebody waits for the first', () => {
  const [start, last] = [at('2026-03-28T09:00:30Z'), at('2026-03-28T11:00:00Z')]
  expect(countsFrom(null, 0, null)).toBeNull()
  expect(countsFrom(start, 1, last)).toBeNull()
  expect(countsFrom(start, 0, last)).toEqual(last)
  // Everybody was left out, or sent to within the minute of the start.
  expect(countsFrom(start, 0, null)).toEqual(start)
  expect(countsFrom(start, 0, at('2026-03-28T09:00:00Z'))).toEqual(start)
})

test('a time that the clocks skip is the one after the change', () => {
  expect(reminderAt(at('2026-03-28T01:30:00Z'), plan(1, 'days'), 'Europe/Stockholm')).toEqual(
    at('2026-03-29T01:30:00Z'),
  )
})

test('what is stored is read as it is, and what cannot be read is a fault with its place', () => {
  const stored = { after: { n: 2, unit: 'days' }, body: 'Hello again' }
  expect(readReminder(stored)).toEqual({ value: stored, faults: [] })
  expect(readReminder(null)).toEqual({ value: null, faults: [] })
  for (const [wrong, where] of [
    [{ after: { n: 2, unit: 'weeks' }, body: null }, 'reminder.after.unit'],
    [{ after: { n: 0, unit: 'days' }, body: null }, 'reminder.after.n'],
    [{ after: { n: 31, unit: 'days' }, body: null }, 'reminder.after.n'],
    [{ after: { n: 2, unit: 'days' } }, 'reminder.body'],
    ['soon', 'reminder'],
  ] as const)
    expect(readReminder(wrong).faults.map(fault => fault.where)).toContain(where)
})

test('it is said in words, and its name keeps room', () => {
  expect(reminderInWords(plan(1, 'days'))).toBe(
    '1 day after the last SMS is sent, to people who got one and did not click',
  )
  expect(reminderInWords(plan(36, 'hours'))).toBe(
    '36 hours after the last SMS is sent, to people who got one and did not click',
  )
  expect(reminderName('x'.repeat(300)).length).toBeLessThanOrEqual(200)
})
