import { expect, test } from 'vitest'
import { isSameSender, phoneByForm, phonesAnywhere, phonesOfReply } from './reply-address.ts'

test.each<[string, number | undefined]>([
  ['0701740605', 2],
  ['0701740605', 0],
  ['0701740605', 1],
  ['701740605', 2],
  ['701740605', 0],
  ['46701740605', 1],
  ['46701740605', 0],
  ['46701740605', 2],
  ['46701740605', undefined],
  ['+46701740605', 1],
  ['+46701740605', 0],
  ['+46 (0)70-174 06 05', 0],
  ['0046701740605', 0],
  ['0046701740605', 1],
  ['070-174 06 05', 3],
])('%s with the type of number %s is a Swedish number at home', (number, ton) => {
  expect(phonesOfReply({ number, ton }, ['SE'])).toContain('+46701740605')
  expect(phoneByForm({ number, ton }, ['SE'])).toBe('+46701740605')
})

test.each<[string, number, 'DE' | 'SE']>([
  ['Shop', 5, 'SE'],
  ['', 0, 'SE'],
  ['12345', 3, 'SE'],
  ['0701740605', 2, 'DE'],
  ['0', 0, 'SE'],
])('%j with the type of number %i in %s is no number, and none is made up', (number, ton, country) => {
  expect(phoneByForm({ number, ton }, [country])).toBe(undefined)
})

test('a number as it is dialled abroad is looked for in all countries; a complete one is not', () => {
  for (const [number, ton] of [
    ['0701740605', undefined],
    ['701740605', 2],
    ['701740605', 0],
  ] as const)
    expect(phonesAnywhere({ number, ton })).toContain('+46701740605')
  for (const [number, ton] of [
    ['+46701740605', 0],
    ['46701740605', 0],
    ['46701740605', 1],
    ['0046701740605', 0],
    ['46701740605', undefined],
  ] as const)
    expect(phonesAnywhere({ number, ton })).toEqual([])
})

test('what says that it is complete is believed, whatever our tables know', () => {
  expect(phoneByForm({ number: '46799999999999', ton: 1 }, ['SE'])).toBe('+46799999999999')
})

test.each<[string, string, boolean]>([
  ['+46712345678', '46712345678', true],
  ['+46712345678', '+46712345678', true],
  ['+46712345678', '0046712345678', true],
  ['+46712345678', '0712345678', true],
  ['+46712345678', '712345678', true],
  ['+46712345678', '0712345679', false],
  ['+4915112345678', '015112345678', true],
  ['Shop', 'SHOP', true],
  ['71234', '71234', true],
  ['71234', '071234', false],
  ['+46712345678', 'Shop', false],
])('a message from %s is what is answered at %s: %s', (ours, given, same) => {
  expect(isSameSender(ours, given)).toBe(same)
})
