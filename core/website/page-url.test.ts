/** Addresses and titles as they are kept: what stays, what is masked, and that no text of a stranger breaks it. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { asPageUrl, isPersonal, readPageUrl, readTitle } from './page-url.ts'

const rules = { hosts: ['shop.example', 'xn--shp-1na.example'], queryKeys: ['category'], hashRoutes: false }
const urlOf = (given: string, more: object = {}) => readPageUrl(given, { ...rules, ...more })?.url

describe('an address', () => {
  test.each([
    ['https://shop.example/', 'shop.example'],
    ['http://SHOP.example:8443/Basket/?a=1#part', 'shop.example/Basket'],
    ['https://shop.example/a//b/../c/', 'shop.example/a/c'],
    ['https://shop.example/?utm_source=sms&category=shoes&sid=1', 'shop.example?category=shoes&utm_source=sms'],
    ['https://shop.example/sm%C3%B6r', 'shop.example/smör'],
    ['https://shop.example/smo%CC%88r', 'shop.example/smör'],
    ['https://shop.example/a%2Fb%3Fc', 'shop.example/a%2Fb%3Fc'],
    ['https://shøp.example/', 'xn--shp-1na.example'],
    ['https://shop.example/autumn-collection-for-women-2026', 'shop.example/autumn-collection-for-women-2026'],
    ['https://shop.example/product/10045678', 'shop.example/product/10045678'],
  ])('%s is kept as %s', (given, kept) => expect(urlOf(given)).toBe(kept))

  test.each([
    'https://shop.example/u/anna@acme.test',
    'https://shop.example/u/anna%40acme.test',
    'https://shop.example/u/+46701740605',
    'https://shop.example/u/070-174 06 05',
    'https://shop.example/u/eyJhbGciOi.eyJzdWIi.c2lnbmF0',
    'https://shop.example/u/0b9c2f6a-0000-4000-8000-5d1c3e0a9f11',
    'https://shop.example/u/0123456789abcdef01234',
    'https://shop.example/u/AbCdEfGhIjKlMnOpQrSt7',
  ])('%s has its last part masked', given => expect(urlOf(given)).toBe('shop.example/u/:id'))

  test('secrets after words like reset are masked, sessions of Java servers are cut', () => {
    expect(urlOf('https://shop.example/reset/ab12cd')).toBe('shop.example/reset/:id')
    expect(urlOf('https://shop.example/list;jsessionid=AB12')).toBe('shop.example/list')
  })

  test.each([
    'https://other.example/',
    'https://shop.example.evil.test/',
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'not an address',
    `https://shop.example/${'a'.repeat(9_000)}`,
  ])('%s is none', given => expect(urlOf(given)).toBeUndefined())

  test('what is searched for is kept apart, unless it is personal', () => {
    const search = (given: string) => readPageUrl(given, rules)?.search
    expect(search('https://shop.example/s?q=red+shoes')).toBe('red shoes')
    expect(search('https://shop.example/s?q=anna@acme.test')).toBe(null)
    expect(search('https://shop.example/s?q=call+070-1740605')).toBe(null)
  })

  test('routes behind the # count only where the website has them', () => {
    expect(urlOf('https://shop.example/#/basket?x=1')).toBe('shop.example')
    expect(urlOf('https://shop.example/#/basket?x=1', { hashRoutes: true })).toBe('shop.example/basket')
  })
})

test('a title loses control characters and what is personal', () => {
  expect(readTitle(' Hello\n\u202e anna@acme.test  – Shop ')).toBe('Hello :id – Shop')
  expect(readTitle('x'.repeat(5_000))).toHaveLength(200)
})

test('an address that a person writes compares with kept ones', () => {
  expect(asPageUrl('https://shop.example/basket/', true)).toBe('shop.example/basket')
  expect(asPageUrl('HTTP://shop.example/', false)).toBe('shop.example/')
})

test('no text breaks it, reading twice changes nothing, and nothing with an @ is ever kept', () => {
  fc.assert(
    fc.property(fc.oneof(fc.webUrl(), fc.string({ unit: 'binary', maxLength: 300 })), text => {
      const given = `https://shop.example/${text}`
      const once = readPageUrl(given, rules)
      if (once === null) return
      expect(once.url).not.toContain('@')
      expect(readPageUrl(`https://${once.url}`, rules)?.url).toBe(once.url)
      expect(readTitle(readTitle(text))).toBe(readTitle(text))
      isPersonal(text)
    }),
  )
})
