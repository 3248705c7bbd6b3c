/** What is stored, what a request may say and what the API answers are made of one description: they agree. */
import { Value } from 'typebox/value'
import { describe, expect, test } from 'vitest'
import { contentOf, contentSchemas, readContent } from '../../core/activities/content.ts'
import { readSendTo, sendToOf, sendToSchemas } from '../../core/activities/send-to.ts'
import { registerFormats } from '../platform/http/formats.ts'

registerFormats()
const takes = (schema: object, value: unknown) => Value.Check({ ...schema }, value)

const everything = {
  topics: [1, 2],
  include: { match: 'all' as const, segments: [3] },
  exclude: { match: 'any' as const, segments: [4] },
  tags: { include: { match: 'any' as const, tags: ['vip'] }, exclude: { match: 'all' as const, tags: [] } },
  reminds: 7,
  remindsWho: 'not_clicked' as const,
  duplicates: 'one_per_number' as const,
  frequency: { hours: 24 },
  frozen: true,
}

describe('Send to', () => {
  test('has all its fields in an answer, however old the stored document is', () => {
    for (const stored of [
      {},
      { topics: [1], duplicates: 'one_per_number' },
      { topics: [1], duplicates: 'all', include: { segments: [2] }, tags: { exclude: {} }, frequency: null },
    ]) {
      const { value, faults } = readSendTo(stored)
      expect(faults).toEqual([])
      expect(takes(sendToSchemas.answer, value)).toBe(true)
    }
  })
  test('is stored as a request says it, under the names of today', () => {
    expect(takes(sendToSchemas.request, everything)).toBe(true)
    const kept = sendToOf(everything)
    expect(kept).toEqual({ ...everything, duplicates: 'one_per_address' })
    expect(readSendTo(kept)).toEqual({ value: kept, faults: [] })
    expect(takes(sendToSchemas.answer, kept)).toBe(true)
  })
  test('may be given with consent and duplicates alone, and with nothing that does not exist', () => {
    expect(takes(sendToSchemas.request, { topics: [], duplicates: 'all' })).toBe(true)
    for (const wrong of [
      { topics: [] },
      { duplicates: 'all' },
      { ...everything, segments: [1] },
      { ...everything, frequency: { hours: 0 } },
      { ...everything, include: { segments: [1] } },
    ])
      expect(takes(sendToSchemas.request, wrong)).toBe(false)
    expect(takes(sendToSchemas.answer, { ...sendToOf(), duplicates: 'one_per_number' })).toBe(false)
  })
})

describe('content', () => {
  test('has all its fields in an answer, however old the stored document is', () => {
    const { value, faults } = readContent({ channel: 'sms', sender: 'Acme', body: 'Hi', utm: { on: false } })
    expect(faults).toEqual([])
    expect(takes(contentSchemas.answer, value)).toBe(true)
  })
  test('is changed by the fields that a request gives', () => {
    const change = { channel: 'sms' as const, sender: ' Acme ' }
    expect(takes(contentSchemas.request, change)).toBe(true)
    expect(takes(contentSchemas.answer, change)).toBe(false)
    expect(takes(contentSchemas.answer, contentOf(change))).toBe(true)
    expect(contentOf(change)).toMatchObject({ sender: 'Acme' })
    for (const wrong of [{ sender: 'Acme' }, { channel: 'fax' }, { ...change, subject: 'Hi' }])
      expect(takes(contentSchemas.request, wrong)).toBe(false)
  })
})
