import fc from 'fast-check'
import { expect, test } from 'vitest'
import { instantOf, isZone, localAt, offsetAt } from './zones.ts'

const minute = 60_000
const hour = 60 * minute
const all = Intl.supportedValuesOf('timeZone')
const wallAt = (zone: string, at: number) => Object.values(localAt(zone, at)).join(' ')

/** Another way of asking Intl: the fields of calendar and clock. */
function fieldsOf(zone: string, at: number): string {
  const formatted = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).format(at)
  return formatted.replace(/^(\d+)\/(\d+)\/(\d+), /, '$3-$2-$1 ')
}

const zone = fc.constantFrom(...all)
const instant = fc.integer({ min: Date.UTC(1900, 0), max: Date.UTC(2100, 0) })

test('date and time are those that Intl shows, in every zone since 1900', () => {
  fc.assert(
    fc.property(zone, instant, (name, at) => {
      expect(wallAt(name, at)).toBe(fieldsOf(name, at))
    }),
  )
})

test('a wall time leads back to an instant that shows it', () => {
  fc.assert(
    fc.property(zone, instant, (name, at) => {
      const second = Math.floor(at / 1000) * 1000
      const back = instantOf(name, wallAt(name, second))
      expect(wallAt(name, back)).toBe(wallAt(name, second))
      expect(back).toBeLessThanOrEqual(second)
    }),
  )
})

test.each([
  ['Europe/Stockholm', '2026-03-29T01:00:00Z', 60, 120],
  ['Europe/Stockholm', '2026-10-25T01:00:00Z', 120, 60],
  ['America/New_York', '2026-03-08T07:00:00Z', -300, -240],
  ['America/New_York', '2026-11-01T06:00:00Z', -240, -300],
  ['Australia/Lord_Howe', '2026-04-04T15:00:00Z', 660, 630],
  ['Australia/Lord_Howe', '2026-10-03T15:30:00Z', 630, 660],
  ['America/St_Johns', '2006-04-02T03:31:00Z', -210, -150],
  ['Asia/Kathmandu', '2026-03-29T01:00:00Z', 345, 345],
])('%s changes at %s to the millisecond, whatever was asked before', (name, change, before, after) => {
  const at = Date.parse(change)
  for (const [distance, wanted] of [
    [0, after],
    [-1, before],
    [1, after],
    [-14 * minute, before],
    [14 * minute, after],
    [-hour, before],
    [hour, after],
  ] as const)
    expect(offsetAt(name, at + distance) / minute).toBe(wanted)
})

test('a time that the clocks skip is the one after, one that comes twice is the first', () => {
  const iso = (name: string, wall: string) => new Date(instantOf(name, wall)).toISOString()
  expect(iso('Europe/Stockholm', '2026-03-29 02:30:00')).toBe('2026-03-29T01:30:00.000Z')
  expect(iso('Europe/Stockholm', '2026-10-25 02:30:00')).toBe('2026-10-25T00:30:00.000Z')
  expect(iso('America/New_York', '2026-03-08 02:30:00')).toBe('2026-03-08T07:30:00.000Z')
  expect(iso('America/New_York', '2026-11-01 01:30:00')).toBe('2026-11-01T05:30:00.000Z')
  expect(iso('Australia/Lord_Howe', '2026-10-04 02:15:00')).toBe('2026-10-03T15:45:00.000Z')
  expect(iso('Australia/Lord_Howe', '2026-04-05 01:45:00')).toBe('2026-04-04T14:45:00.000Z')
  expect(iso('Asia/Kathmandu', '2026-11-23 00:00:00')).toBe('2026-11-22T18:15:00.000Z')
})

test('local times of long ago have seconds', () => {
  expect(localAt('America/New_York', Date.UTC(1870, 0, 1))).toEqual({ date: '1869-12-31', time: '19:03:58' })
  expect(offsetAt('Africa/Monrovia', Date.parse('1972-01-07T00:44:29Z'))).toBe(-2_670_000)
  expect(offsetAt('Africa/Monrovia', Date.parse('1972-01-07T00:44:30Z'))).toBe(0)
})

test('a name is a zone when Intl knows it', () => {
  expect(['Europe/Stockholm', 'UTC', 'Etc/GMT+5', 'Asia/Calcutta'].filter(isZone)).toHaveLength(4)
  expect(['', 'Mars/Olympus', 'Europe', 'Europe/Stockholm '].filter(isZone)).toEqual([])
  expect(() => offsetAt('Mars/Olympus', 0)).toThrow(RangeError)
})
