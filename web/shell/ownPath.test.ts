import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ownPath } from './ownPath.ts'

const origin = 'https://sms.example.com'

test.each([
  '//evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/\t/evil.example/x',
  '/\n/evil.example/x',
  '/\r\t\\evil.example',
  '\t//evil.example',
  ' //evil.example',
  'https://evil.example/',
  'https:evil.example',
  'https:/\\evil.example',
  'http://sms.example.com/',
  'https://sms.example.com@evil.example/',
  'https://user@sms.example.com/w/1',
  'https://sms.example.com.evil.example/',
  'https://sms.example.com:444/',
  'javascript:alert(1)',
  'java\nscript:alert(1)',
  'data:text/html,x',
  'blob:https://sms.example.com/x',
  '／／evil.example'.normalize('NFKC'),
  '/.//evil.example',
  '/..//evil.example',
  '/x/..//evil.example',
])('%j stays on this server', back => {
  expect(new URL(ownPath(back, origin), origin).origin).toBe(origin)
  expect(ownPath(back, origin)).toMatch(/^\/(?![/\\])/)
})

test('a path of this server is kept, with its search and hash', () => {
  expect(ownPath('/w/1/sms?tab=sent&after=%2F%2Fx#end', origin)).toBe('/w/1/sms?tab=sent&after=%2F%2Fx#end')
  expect(ownPath('https://sms.example.com/w/1', origin)).toBe('/w/1')
  expect(ownPath('/invitation/abc-_1', origin)).toBe('/invitation/abc-_1')
  expect(ownPath(undefined, origin)).toBe('/')
})

test('no input leads a browser to another origin', () => {
  const sign = fc.constantFrom(
    '/',
    '\\',
    '\t',
    '\n',
    '\r',
    ' ',
    '.',
    ':',
    '@',
    '?',
    '#',
    '%09',
    '%2f',
    'http',
    'javascript',
    'evil.example',
    '／',
    '\u0000',
  )
  const back = fc.array(sign, { maxLength: 8 }).map(signs => signs.join(''))
  fc.assert(fc.property(back, given => new URL(ownPath(given, origin), origin).origin === origin))
})
