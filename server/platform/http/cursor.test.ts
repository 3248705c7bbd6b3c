import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Problem } from '../../../core/problems.ts'
import { cursorOf, encode } from './cursor.ts'

const cursor = cursorOf('list', { text: 'text', at: 'time', share: 'decimal', none: 'nothing', id: 'id' })
const times = fc
  .tuple(fc.date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true }), fc.nat(999))
  .map(([date, us]) => date.toISOString().replace('Z', `${String(us).padStart(3, '0')}Z`))
const ids = fc.maxSafeNat()
const keys = fc.record({
  text: fc.string({ unit: 'binary', maxLength: 200 }).filter(text => !text.includes('\0')),
  at: times,
  share: fc.constantFrom('0', '-1', '0.33333333333333333333', '12345678901234567890.5'),
  none: fc.constant(null),
  id: ids,
})

/** The code of the problem; undefined: it was read. */
function refusal(text: string, of = cursor): string | undefined {
  try {
    of.read(text, 'after')
    return undefined
  } catch (error) {
    return error instanceof Problem ? error.code : String(error)
  }
}

describe('a cursor', () => {
  test('gives back the key that it was made of, and fits into an address', () => {
    fc.assert(
      fc.property(keys, key => {
        const text = cursor.write(key)
        expect(text).toMatch(/^[\w-]{1,2000}$/)
        expect(cursor.read(text, 'after')).toEqual(key)
      }),
    )
  })

  test('that was changed anywhere, cut or lengthened is refused', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=. \u00e5\0'
    fc.assert(
      fc.property(keys, fc.nat(), fc.constantFrom(...alphabet), (key, n, other) => {
        const text = cursor.write(key)
        const at = n % text.length
        if (text[at] !== other) expect(refusal(text.slice(0, at) + other + text.slice(at + 1))).toBe('cursor_invalid')
        expect(refusal(text.slice(0, at))).toBe('cursor_invalid')
        expect(refusal(text + other)).toBe('cursor_invalid')
      }),
    )
  })

  test('is refused by any other list and any other order', () => {
    fc.assert(
      fc.property(ids, id => {
        const text = cursorOf('activities name', { id: 'id' }).write({ id })
        expect(refusal(text)).toBe('cursor_invalid')
        for (const list of ['activities -name', 'imports']) {
          const other = cursorOf(list, { id: 'id' })
          expect(() => other.read(text, 'before')).toThrow(/^before: /)
        }
      }),
    )
  })

  test('that somebody made with a right checksum still holds a key that fits the columns', () => {
    const values = fc.oneof(
      fc.jsonValue(),
      keys.map(key => Object.values(key)),
    )
    fc.assert(
      fc.property(fc.array(values, { maxLength: 6 }), forged => {
        expect(refusal(encode(['list', ...forged]))).toBe('cursor_invalid')
      }),
    )
    const good = { text: 'a', at: '2026-03-02T10:00:00.000000Z', share: '1', none: null, id: 1 }
    const bad: Record<string, unknown[]> = {
      text: ['a\0', '\ud83d', 1, null, ['a'], { a: 1 }],
      at: ['2026-02-30T00:00:00.000000Z', '2026-03-02T10:00:00Z', '0000-01-01T00:00:00.000000Z', 'x', 1],
      share: ['1e9', '', 'NaN', '9'.repeat(31), 1],
      none: [0, '', false],
      id: [-1, 1.5, 1e30, 2 ** 53, '1', null],
    }
    expect(refusal(encode(['list', ...Object.values(good)]))).toBeUndefined()
    for (const [name, odd] of Object.entries(bad))
      for (const value of odd)
        expect(refusal(encode(['list', ...Object.values({ ...good, [name]: value })]))).toBe('cursor_invalid')
  })

  test('is no endless text, and nothing that is not ours', () => {
    for (const text of ['', 'x', '[]', 'A'.repeat(2001), cursor.write({ ...sample, text: 'x'.repeat(3000) })])
      expect(refusal(text)).toBe('cursor_invalid')
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        expect(refusal(text)).toBe('cursor_invalid')
      }),
    )
  })
})

const sample = { text: 'a', at: '2026-03-02T10:00:00.000000Z', share: '1', none: null, id: 1 }
