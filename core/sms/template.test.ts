import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Problem } from '../problems.ts'
import { countParts, splitIntoParts } from './split.ts'
import type { Vars } from './tag-values.ts'
import { maxLinks, maxTextLength, mayExceed, parseTemplate, renderTemplate } from './template.ts'
import { renderTarget } from './urls.ts'

const attributes = new Set(['first_name', 'code', 'city'])
const parse = (text: string) => parseTemplate(text, { attributes })
const codes = (text: string) => parse(text).problems.map(found => found.code)
const render = (text: string, vars: Vars = {}) =>
  renderTemplate(parse(text), vars, slot => `https://l.nk/${slot}`, 'https://l.nk/u')

test('a text becomes its pieces, with one slot for each different URL', () => {
  const template = parse(
    'Hej ##first_name|du##! Se www.shop.se och https://a.se/x?c=##code##, igen www.shop.se. Avsluta: ##unsubscribe##',
  )
  expect(template.problems).toEqual([])
  expect(template.pieces).toEqual([
    { kind: 'text', text: 'Hej ' },
    { kind: 'tag', name: 'first_name', fallback: 'du' },
    { kind: 'text', text: '! Se ' },
    { kind: 'link', slot: 0 },
    { kind: 'text', text: ' och ' },
    { kind: 'link', slot: 1 },
    { kind: 'text', text: ', igen ' },
    { kind: 'link', slot: 0 },
    { kind: 'text', text: '. Avsluta: ' },
    { kind: 'unsubscribe' },
  ])
  expect(template.links.map(link => link.url)).toEqual(['www.shop.se', 'https://a.se/x?c=##code##'])
  expect(template.tags).toEqual(['first_name', 'code'])
  expect(template.unsubscribe).toBe(true)
})

test('a value replaces its tag; an empty one gives way to the default', () => {
  const text = 'Hej ##first_name|du##, ##city##: www.shop.se ##unsubscribe##'
  expect(render(text, { first_name: 'Åsa', city: 'Åre' })).toBe('Hej Åsa, Åre: https://l.nk/0 https://l.nk/u')
  expect(render(text, { first_name: ' \u0000 ', city: null })).toBe('Hej du, : https://l.nk/0 https://l.nk/u')
  expect(render('##code##', { code: 5.5 })).toBe('5.5')
})

test('a value brings no line, no control character, no tag and no endless name into the text', () => {
  expect(render('##first_name##!', { first_name: ' An\r\nna\u202e\u0007 ' })).toBe('An na!')
  expect(render('##first_name##!', { first_name: '##code##' })).toBe('##code##!')
  expect(render('##first_name##!', { first_name: 'x'.repeat(500) })).toBe(`${'x'.repeat(40)}!`)
  expect(render('##first_name##!', { first_name: '👨‍👩‍👧‍👦'.repeat(9) })).toBe(`${'👨‍👩‍👧‍👦'.repeat(5)}!`)
})

test('a name with a typographic quote costs no more parts while smart encoding is on', () => {
  const vars = { first_name: 'O’Brien' }
  expect(render('Hej ##first_name##', vars)).toBe("Hej O'Brien")
  const asIs = parseTemplate('Hej ##first_name## …', { attributes, smart: false })
  expect(renderTemplate(asIs, vars, () => '', '')).toBe('Hej O’Brien …')
})

test('smart encoding says what it changed in the text, and leaves links alone', () => {
  const template = parse('“Hej” http://a.se/– …')
  expect(template.changes).toEqual([
    { index: 0, from: '“', to: '"' },
    { index: 4, from: '”', to: '"' },
    { index: 20, from: '…', to: '...' },
  ])
  expect(template.links[0]?.url).toBe('http://a.se/–')
})

test.each([
  ['(se www.shop.se/a).', 'www.shop.se/a'],
  ['https://sv.wikipedia.org/wiki/Ort_(stad)!', 'https://sv.wikipedia.org/wiki/Ort_(stad)'],
  ['"https://a.se/x"', 'https://a.se/x'],
  ['https://a.se/?q=1&b=2, och mer', 'https://a.se/?q=1&b=2'],
  ['Se:HTTPS://A.SE…', 'HTTPS://A.SE'],
  ['https://a.se/#del.', 'https://a.se/#del'],
  ['https://a.se/###code##.', 'https://a.se/###code##'],
  ['https://a.se/?c=##code|A B##.', 'https://a.se/?c=##code|A B##'],
  ['www.räksmörgås.se?', 'www.räksmörgås.se'],
])('the link in %s is %s', (text, url) => {
  const template = parse(text)
  expect(template.links.map(link => link.url)).toEqual([url])
  expect(template.problems).toEqual([])
})

test.each(['www. är en förkortning', 'awww.shop.se', 'anna@www.shop.se', 'www.x', 'Vi är #1', 'C# ##code## C##code##'])(
  'there is no link and no problem in %s',
  text => {
    expect(parse(text).links).toEqual([])
    expect(codes(text)).toEqual([])
  },
)

test.each([
  ['', 'text_empty'],
  [' \n ', 'text_empty'],
  ['a'.repeat(maxTextLength + 1), 'text_too_long'],
  ['a'.repeat(1_000_000), 'text_too_long'],
  ['a\u0000b', 'text_control_character'],
  ['Hej ##firstname##', 'text_unknown_tag'],
  ['Hej ####', 'text_unclosed_tag'],
  ['Hej ##|du##', 'text_unknown_tag'],
  ['Hej ##first_name', 'text_unclosed_tag'],
  ['Hej ##first_name\n##', 'text_unclosed_tag'],
  [`##first_name|${'x'.repeat(41)}##`, 'text_default_too_long'],
  ['ftp://a.se/x', 'text_link_scheme'],
  ['javascript://a.se/%0aalert(1)', 'text_link_scheme'],
  ['https://bank.se@evil.se/', 'text_link_userinfo'],
  ['https://a:b@evil.se/', 'text_link_userinfo'],
  ['https://##city##.se/', 'text_tag_in_host'],
  ['https://a.se##city##', 'text_tag_in_host'],
  ['https:// a', 'text_link_invalid'],
  ['https://a.se\\@evil.se', 'text_link_invalid'],
  ['https://a%/##city##', 'text_link_invalid'],
  [`https://a.se/${'x'.repeat(2000)}`, 'text_link_too_long'],
  ['https://a.se/?u=##unsubscribe##', 'text_unsubscribe_in_link'],
  [Array.from({ length: maxLinks + 1 }, (_, i) => `https://a.se/${i}`).join(' '), 'text_too_many_links'],
  [Array.from({ length: 31 }, (_, i) => `##a${i}##`).join(' '), 'text_too_many_tags'],
])('what is wrong with %j has a name: %s', (text, code) => {
  expect(codes(text)).toContain(code)
})

test('a problem says where it is and, for a misspelt tag, what was probably meant', () => {
  const [found] = parse('Hej ##firstname##').problems
  expect(found).toMatchObject({ index: 4, length: 13 })
  expect(new Problem(found!.code, found!.details).message).toBe(
    'The data tag at position 5 names no attribute: "firstname". Use one that exists: ##first_name##.',
  )
})

test('values in the target of a link are URL-encoded and cannot change where it leads', () => {
  const target = (url: string, vars: Vars) => renderTarget(parse(url).links[0]!.target, vars)
  expect(target('www.shop.se/?c=##code|x y##', {})).toBe('https://www.shop.se/?c=x%20y')
  expect(target('https://a.se/##city##/?c=##code##', { city: '../..', code: 'å&b=1#' })).toBe(
    'https://a.se/..%2F../?c=%C3%A5%26b%3D1%23',
  )
  expect(target('https://a.se/u/##city##/', { city: '..' })).toBe('https://a.se/u//')
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), value => {
      const url = new URL(target('https://a.se/u/##city##?c=##code##', { city: value, code: value }))
      expect(url.origin).toBe('https://a.se')
      expect(url.pathname.startsWith('/u/')).toBe(true)
    }),
  )
})

const anyPiece = fc.oneof(
  fc.constantFrom(
    '##',
    '#',
    '|',
    'first_name',
    '##code##',
    'https://',
    'www.',
    'a.se',
    '/',
    '?',
    '@',
    ' ',
    '\n',
    '(',
    ')',
    '…',
    '\u0301',
    '##unsubscribe##',
  ),
  fc.string({ unit: 'binary', maxLength: 5 }),
)
const anyText = fc.array(anyPiece, { maxLength: 25 }).map(pieces => pieces.join(''))

test('any text is parsed without an error, and rendering it makes something that can be split', () => {
  fc.assert(
    fc.property(anyText, anyText, (text, value) => {
      const template = parseTemplate(text, { attributes })
      const sent = renderTemplate(template, { first_name: value, code: value }, slot => `L${slot}`, 'U')
      expect(splitIntoParts(sent).parts.length).toBeGreaterThan(0)
      for (const found of template.problems) {
        expect(found.index + found.length).toBeLessThanOrEqual(template.text.length)
        expect(new Problem(found.code, found.details).message).not.toMatch(/\{\w+\}/)
      }
    }),
    { numRuns: 1000 },
  )
})

test('a broken character, a link to our own short links and a script are reported with their place', () => {
  const wrong = (text: string) =>
    parseTemplate(text, { ownHosts: ['l.example', 'localhost:8080'] }).problems.map(({ code, index }) => [code, index])
  expect(wrong('Hi \ud83d there')).toEqual([['text_broken_character', 3]])
  expect(wrong('See https://L.example/abc')).toEqual([['text_link_own', 4]])
  expect(wrong('See http://localhost:8080/abc or http://localhost/abc')).toEqual([['text_link_own', 4]])
  expect(wrong('See www.l.example/abc, https://example.com/l.example')).toEqual([])
  expect(wrong('See javascript:alert(1)')).toEqual([['text_link_scheme', 4]])
  expect(wrong('Data: all of it. Metadata:x')).toEqual([])
})

test('what cannot exceed a number of parts does not, whatever the values are', () => {
  const value = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.constantFrom('😀'.repeat(40), '👩‍👩‍👧‍👦'.repeat(9), `e${'\u0301'.repeat(60)}`, '€'.repeat(40)),
  )
  const piece = fc.constantFrom(
    '##a##',
    '##b|there##',
    ' text ',
    '{€}',
    'https://shop.example/a ',
    '##unsubscribe##',
    '№',
  )
  let within = 0
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 12 }),
      value,
      value,
      fc.integer({ min: 1, max: 20 }),
      (pieces, a, b, most) => {
        const template = parseTemplate(pieces.join(''))
        const link = 'https://l.example/xxxxxxxxxxxx'
        if (mayExceed(template, link, most)) return
        within++
        expect(countParts(renderTemplate(template, { a, b }, () => link, link))).toBeLessThanOrEqual(most)
      },
    ),
  )
  expect(within).toBeGreaterThan(10)
})
