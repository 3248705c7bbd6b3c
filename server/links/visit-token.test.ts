/** The token of a click: it opens to what was sealed, for half an hour, and nothing else opens. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { makeVisitTokens, tokenMs } from './visit-token.ts'

const tokens = makeVisitTokens(Buffer.alloc(16, 7))
const now = new Date('2026-03-01T12:00:00Z')

test('a token opens to its link and its click, and has 22 characters that no address escapes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 42 - 1 }), fc.integer({ min: 0, max: tokenMs }), (codeNumber, age) => {
      const clickedAt = new Date(now.getTime() - age)
      const text = tokens.seal({ codeNumber, clickedAt })
      expect(text).toMatch(/^[1-9A-HJ-NP-Za-km-z]{22}$/)
      expect(tokens.open(text, now)).toEqual({ codeNumber, clickedAt })
    }),
  )
})

test('a token that is too old, from the future, changed, of another key or no token at all opens nothing', () => {
  const sealed = (ms: number) => tokens.seal({ codeNumber: 5, clickedAt: new Date(now.getTime() + ms) })
  const good = sealed(0)
  const wrong = [sealed(-tokenMs - 1), sealed(120_000), good.slice(1), `${good}1`, '', 'z'.repeat(22), '0'.repeat(22)]
  for (let at = 0; at < 22; at++) wrong.push(good.slice(0, at) + (good[at] === 'x' ? 'y' : 'x') + good.slice(at + 1))
  expect(wrong.filter(text => tokens.open(text, now) !== undefined)).toEqual([])
  expect(makeVisitTokens(Buffer.alloc(16, 8)).open(good, now)).toBeUndefined()
})
