import { expect, test } from 'vitest'
import { locationOf, targetOf } from './range.ts'

test('an address leads where it says, in ASCII, with its scheme', () => {
  expect(targetOf('https://shop.example/a?b=c#d').location).toBe('https://shop.example/a?b=c#d')
  expect(targetOf('www.shop.example').location).toBe('https://www.shop.example/')
  expect(targetOf('http://räksmörgås.example/å').location).toBe('http://xn--rksmrgs-5wao1o.example/%C3%A5')
})

test('an address with data tags is finished for each profile', () => {
  const { location, target } = targetOf('https://shop.example/##first_name|friend##?x=1')
  expect(location).toBeNull()
  expect(target).toHaveLength(3)
})

test.each([
  'javascript:alert(1)',
  'ftp://a.example/',
  '//evil.example',
  'https://user:secret@evil.example/',
  'https://##first_name##.example/',
  'not an address',
  '',
])('we do not redirect to %s', address => {
  const { location, target } = targetOf(address)
  expect([location, target]).toEqual([null, []])
})

test('a finished address with another scheme or a user name is none', () => {
  expect(locationOf('data:text/html,x')).toBeNull()
  expect(locationOf('https://a@b.example')).toBeNull()
  expect(locationOf('https://shop.example/a\r\nSet-Cookie: x')).not.toContain('\n')
})
