import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { makeSealer } from '../links/seal.ts'
import { codeIn, hostNameOf, useOriginForm } from './link-path.ts'

const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'
const sealer = makeSealer({ k1: Buffer.alloc(16, 1), k2: Buffer.alloc(16, 2) })
const code = sealer.seal(4711, 11)

const codes = fc.tuple(fc.integer({ min: 0, max: 2 ** 36 - 1 }), fc.constantFrom(11 as const, 12 as const))
const outside = fc.string({ unit: 'binary', minLength: 1 }).filter(text => !alphabet.includes(text.charAt(0)))
const hex = (bytes: Buffer, upper: boolean) =>
  [...bytes]
    .map(byte => `%${byte.toString(16).padStart(2, '0')}`)
    .join('')
    [upper ? 'toUpperCase' : 'toLowerCase']()

/** The forms of a text in a path: escaped wholly, as browsers do, as it is, cut within an escape, twice. */
const encodings: ((text: string) => string)[] = [
  text => hex(Buffer.from(text), true),
  text => hex(Buffer.from(text), false),
  text => encodeURIComponent(text.toWellFormed()),
  text => encodeURI(text.toWellFormed()),
  text => text,
  text => Buffer.from(text).toString('latin1'),
  text => hex(Buffer.from(text), true).slice(0, -1),
  text => encodeURIComponent(encodeURIComponent(text.toWellFormed())),
]

test('any code with anything behind it that begins outside the alphabet, in any encoding, is that code', () => {
  fc.assert(
    fc.property(
      codes,
      outside,
      fc.constantFrom(...encodings),
      fc.constantFrom('', '?a=b'),
      ([n, length], junk, as, query) => {
        const own = sealer.seal(n, length)
        expect(codeIn(`/${own}${as(junk)}${query}`)).toBe(own)
      },
    ),
    { numRuns: 2_000 },
  )
})

test('a code followed by characters of the alphabet, escaped or not, is never that code', () => {
  const inside = fc.string({ unit: fc.constantFrom(...alphabet), minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(codes, inside, fc.constantFrom(...encodings.slice(0, 5)), outside, ([n, length], more, as, junk) => {
      const own = sealer.seal(n, length)
      const found = codeIn(`/${own}${as(more)}${encodeURIComponent(junk.toWellFormed())}`)
      expect(found).not.toBe(own)
      if (found !== undefined) expect(sealer.open(found)).toBe(undefined)
    }),
    { numRuns: 1_000 },
  )
})

describe('beside punctuation', () => {
  test.each([
    '.',
    ')',
    ',',
    '/',
    '/.',
    ').',
    ';',
    ':',
    '!',
    '?',
    '?utm=x',
    '&utm=x',
    '&amp;utm=x',
    '#x',
    '%20',
    '%20and more',
    '%0A',
    '%0D%0A',
    '+',
    '%22',
    '%27',
    "'",
    '*',
    '_',
    '~',
    '-',
    '—',
    '>',
    ']',
    '}',
    '|',
    '\\',
    '%5C',
    '%5D',
    '%3E',
    '<br>',
    '%E2%80%9D',
    '%e2%80%9d',
    '%C2%BB',
    '%E2%80%A6',
    '…',
    '”',
    '»',
    '\u200b',
    '%E2%80%8B',
    '%EF%BB%BF',
    '%C2%A0',
    '%F0%9F%98%80',
    '%FF',
    '%00',
    '%',
    '%2',
    '%zz',
    '%2520',
    '=',
    '=20',
    '0',
    'O',
    'I',
    'l',
    'later',
    '/index.html',
    '/../../x',
    '//',
    `/${'x'.repeat(15_000)}`,
    '.'.repeat(15_000),
  ])('/CODE%s', junk => {
    expect(codeIn(`/${code}${junk}`)).toBe(code)
  })

  test.each(['/', '//', '%2F', '%2f%2F', './', '%20', '%E2%80%8B', '(', '%22', '\\'])('/%sCODE', before => {
    expect(codeIn(`/${before}${code}.`)).toBe(code)
  })

  test('each character may be escaped', () => {
    expect(codeIn(`/${hex(Buffer.from(code), false)}`)).toBe(code)
    expect(codeIn(`/${code.slice(0, 5)}${hex(Buffer.from(code.slice(5)), true)}%2e`)).toBe(code)
  })

  test.each([
    undefined,
    '',
    '/',
    '*',
    '/?',
    `/?${code}`,
    `/?a=/${code}`,
    '/sign-in',
    '/sign-in-link/abcdefghijk',
    '/w/12345678901',
    '/assets/abcdefghijk.js',
    '/health',
    '/api/v1/me',
    '/icon.svg',
    `/l${code}`,
    `/0${code}`,
    `/${code.slice(1)}`,
    `/${code}xy`,
    `/${code}%41%42`,
    '/l0Ol0Ol0Ol0',
    '/%zz%zz%zz%zz',
    '/.well-known/security.txt',
  ])('%s is no code', path => {
    expect(codeIn(path)).toBe(undefined)
  })
})

test('short links may lie below a path', () => {
  expect(codeIn(`/s/${code}.`, '/s')).toBe(code)
  expect(codeIn(`/${code}`, '/s')).toBe(code)
  expect(codeIn(`/t/${code}`, '/s')).toBe(undefined)
})

test('a request in the form for proxies is one of its own host and path', () => {
  const asked = (url: string, host?: string) => {
    const request = { url, headers: host === undefined ? {} : { host } }
    useOriginForm(request)
    return [request.url, hostNameOf(request)]
  }
  expect(asked('http://GO.example.com.:80/x?y', 'evil.example')).toEqual(['/x?y', 'go.example.com'])
  expect(asked('HTTPS://go.example.com')).toEqual(['/', 'go.example.com'])
  expect(asked('https://go.example.com?a')).toEqual(['/?a', 'go.example.com'])
  expect(asked('/http://x/', 'Go.example.com:8080')).toEqual(['/http://x/', 'go.example.com'])
  expect(asked('*', undefined)).toEqual(['*', ''])
  expect(asked('/', 'not a host')).toEqual(['/', ''])
})
