import { expect, test } from 'vitest'
import { hintSentence } from './hints.ts'
import { parseTemplate } from './template.ts'

const hintsOf = (text: string, smart = true) =>
  parseTemplate(text, { smart }).hints.map(({ kind, written }) => `${kind} ${written}`)
const fixedOf = (text: string) => {
  const fix = parseTemplate(text).hints[0]?.correction
  return fix && text.slice(0, fix.index) + fix.text + text.slice(fix.index + fix.length)
}

test.each([
  ['Se butik.se/rea nu', 'Se https://butik.se/rea nu', 'untracked butik.se/rea'],
  ['Se butik.se.', 'Se https://butik.se.', 'untracked butik.se'],
  ['(shop.example/a)', '(https://shop.example/a)', 'untracked shop.example/a'],
  ['m.butik.co.uk', 'https://m.butik.co.uk', 'untracked m.butik.co.uk'],
  ['räksmörgås.se', 'https://räksmörgås.se', 'untracked räksmörgås.se'],
  ['BUTIK.SE', 'https://BUTIK.SE', 'untracked BUTIK.SE'],
  ['Mejla info@butik.se!', undefined, 'email info@butik.se'],
  ['e-post:a@b.se', undefined, 'email a@b.se'],
  ['Hej\u200e du', 'Hej du', 'invisible left-to-right mark'],
  ['https://localhost/a', undefined, 'no_domain https://localhost/a'],
  ['https://butik,se/rea', undefined, 'no_domain https://butik'],
  ['https://example.com/sale立即查看', 'https://example.com/sale 立即查看', 'link_continues 立即查看'],
  ['https://example.com/saleПривет', 'https://example.com/sale Привет', 'link_continues Привет'],
  ['https://example.com/reaHälsningar', 'https://example.com/rea Hälsningar', 'link_continues Hälsningar'],
])('%s: %s', (text, fixed, hint) => {
  expect(hintsOf(text)).toContain(hint)
  expect(fixedOf(text)).toBe(fixed)
})

test.each([
  'Data:10GB för 99 kr',
  'kl.18',
  '1.5h',
  'Tel:070',
  'Kom.Se mer',
  't.ex. bl.a. m.m. osv...',
  'Version 2.0.1',
  'meny.pdf',
  'Slut...nu',
  '5.se',
  'https://example.com/butik.se och www.butik.se',
  'https://zh.wikipedia.org/wiki/上海',
  'https://example.com/KöpNu/Åre',
  'https://example.com/распродажа',
  'گل‌ها می‌خواهم',
  'مرحبا \u200f123',
  '👨‍👩‍👧 ❤️',
  'Pris 10 kr',
  '点击　查看',
])('%s has none', text => {
  expect(hintsOf(text)).toEqual([])
})

test('what smart encoding replaces is a hint where it is off', () => {
  expect(hintsOf('a\u00a0b\u200bc', true)).toEqual([])
  expect(hintsOf('a\u00a0b\u200bc\ufeff', false)).toEqual([
    'invisible no-break space',
    'invisible zero width space',
    'invisible byte order mark',
  ])
})

test('a hint says where', () => {
  const [found] = parseTemplate('Hej\u200e ##first_name|vän##').hints
  expect(hintSentence(found!)).toBe('Invisible character: left-to-right mark at position 4.')
})
