import { describe, expect, test } from 'vitest'
import { stretchesOf } from './zone-times.ts'

describe('the stretches of a zone', () => {
  const from = new Date('2026-11-01T12:00:00Z')
  const to = new Date('2036-11-01T12:00:00Z')
  test('of Sweden end when summer time begins and ends, to the second', () => {
    const stretches = stretchesOf('Europe/Stockholm', from, to)
    expect(stretches.slice(0, 3)).toEqual([
      { until: new Date('2027-03-28T01:00:00Z'), offsetMinutes: 60 },
      { until: new Date('2027-10-31T01:00:00Z'), offsetMinutes: 120 },
      { until: new Date('2028-03-26T01:00:00Z'), offsetMinutes: 60 },
    ])
    expect(stretches).toHaveLength(21)
    expect(stretchesOf('Europe/Stockholm', from, new Date('2027-03-01T12:00:00Z'))).toEqual([
      { until: null, offsetMinutes: 60 },
    ])
  })
  test('of a zone without summer time are one; a zone that does not exist is UTC', () => {
    expect(stretchesOf('Asia/Kathmandu', from, to)).toEqual([{ until: null, offsetMinutes: 345 }])
    expect(stretchesOf('Mars/Olympus', from, to)).toEqual([{ until: null, offsetMinutes: 0 }])
  })
  test('of Lord Howe shift by half an hour', () => {
    expect(stretchesOf('Australia/Lord_Howe', from, to).slice(0, 2)).toEqual([
      { until: new Date('2027-04-03T15:00:00Z'), offsetMinutes: 660 },
      { until: new Date('2027-10-02T15:30:00Z'), offsetMinutes: 630 },
    ])
  })
})
