import { expect, expectTypeOf, test } from 'vitest'
import { decimal, flag, int, oneOf, orNull, type RowOf, rowsNamed, text, time } from './rows.ts'

const rows = rowsNamed('some', {
  id: int,
  phone: text,
  credits: orNull(decimal),
  at: time,
  open: flag,
  status: oneOf(['queued', 'sent']),
})
const good = { id: 1, phone: '+46701740601', credits: null, at: new Date(0), open: true, status: 'sent' }

test('the type of a row follows from its description', () => {
  expectTypeOf<RowOf<typeof rows>>().toEqualTypeOf<{
    readonly id: number
    readonly phone: string
    readonly credits: string | null
    readonly at: Date
    readonly open: boolean
    readonly status: 'queued' | 'sent'
  }>()
})

test('a row that differs from its description is reported by column, never by value', () => {
  expect(rows.faults(good)).toEqual([])
  expect(rows.faults({ ...good, phone: null })).toEqual(['phone is null'])
  expect(rows.faults({ ...good, status: 'gone', id: '1' })).toEqual([
    'id is a string that does not fit',
    'status is a string that does not fit',
  ])
  const { at: _, ...renamed } = { ...good, sentAt: good.at }
  expect(rows.faults(renamed)).toEqual(['at is missing', 'sentAt is not in its description'])
})
