import { describe, expect, test } from 'vitest'
import { visitable } from './people.ts'
import {
  agentOf,
  formsOf,
  linksOf,
  phoneAgents,
  readAnswer,
  scannerAddress,
  staysHere,
  visitorAddressOf,
} from './visits.ts'

describe('links', () => {
  test('are found without the marks of the sentence', () => {
    const text =
      'Hi, see http://127.0.0.1:8080/aB3. Or https://localhost/x?a=1&b=2! No: ftp://x. Stop (http://127.0.0.1:8080/z)'
    expect(linksOf(text).map(String)).toEqual([
      'http://127.0.0.1:8080/aB3',
      'https://localhost/x?a=1&b=2',
      'http://127.0.0.1:8080/z',
    ])
  })

  test.each([
    'http://example.com/',
    'http://127.0.0.1.example.com/',
    'http://10.0.0.1/',
    'http://[::2]/',
    'http://localhost.example/',
    'https://127.0.0.1/',
  ])('%s is never visited', href => expect(visitable([new URL(href)], [new URL(href).origin])).toEqual([]))

  test('only short links of the installation are visited, and those only on this machine', () => {
    for (const href of ['http://127.0.0.1:1/', 'http://localhost/', 'http://[::1]:3/', 'http://127.1/']) {
      expect(staysHere(new URL(href))).toBe(true)
    }
    const links = linksOf('http://127.0.0.1:1/a http://127.0.0.1:2/b http://example.com/c')
    expect(visitable(links, ['http://127.0.0.1:2', 'http://example.com']).map(String)).toEqual(['http://127.0.0.1:2/b'])
    expect(visitable(links, [])).toEqual([])
    const near =
      'http://127.0.0.1:22/b http://a@127.0.0.1:2/b http://127.0.0.1:2/sign-in http://127.0.0.1:2/api/v1/me http://127.0.0.1:2/b?x=1 http://127.0.0.1:2/b#c http://127.0.0.1:2/'
    expect(visitable(linksOf(near), ['http://127.0.0.1:2'])).toEqual([])
    expect(visitable(linksOf('http://127.0.0.1:2/s/b'), ['http://127.0.0.1:2/s'])).toHaveLength(1)
  })
})

test('numbers have own addresses in 127.0.0.0/8, away from those of servers and scanners', () => {
  const addresses = Array.from({ length: 10_000 }, (_, i) => visitorAddressOf(String(46_700_000_000 + i)))
  expect(new Set(addresses).size).toBeGreaterThan(9_900)
  const bad = addresses.filter(
    a => !/^127\.([1-9]\d?\d?)\.\d{1,3}\.([1-9]\d?\d?)$/.test(a) || a.split('.').some(n => Number(n) > 255),
  )
  expect(bad).toEqual([])
  expect(addresses).not.toContain(scannerAddress)
  expect(phoneAgents).toContain(agentOf('46701234567'))
})

describe('an answer', () => {
  const head = 'HTTP/1.1 200 OK\r\nDate: x\r\n'

  test.each([
    [`${head}Content-Length: 3\r\n\r\nabc`, 'abc'],
    [`${head}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n`, 'abcde'],
    [`${head}Connection: close\r\n\r\nabc`, 'abc'],
  ])('%j is whole', (text, body) => {
    expect(readAnswer(text, 'GET')).toEqual({ kind: 'answered', status: 200, body })
  })

  test.each([
    '',
    'HTTP/1.1 302 Found\r\nLocation: x',
    `${head}Content-Length: 4\r\n\r\nabc`,
    `${head}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`,
  ])('%j is not', text => expect(readAnswer(text, 'GET')).toBeUndefined())

  test('to HEAD has no body whatever its length says', () => {
    expect(readAnswer(`${head}Content-Length: 30\r\n\r\n`, 'HEAD')).toMatchObject({ status: 200, body: '' })
  })
})

describe('the form of an opt-out page', () => {
  const page = new URL('http://127.0.0.1:8080/c/abc')

  test('tells where it goes and what it sends', () => {
    const html = `<form class="x" method="post" action="/c/abc?done=1"><input type=hidden name="token" value="a&amp;b">
      <input type="checkbox" name="all"><button name='go' value='1'>Unsubscribe</button></form>`
    expect(formsOf(html, page)).toEqual([
      { url: new URL('http://127.0.0.1:8080/c/abc?done=1'), form: 'token=a%26b&go=1' },
    ])
  })

  test('without an action it goes to the page itself', () => {
    expect(formsOf('<form method=POST></form>', page)[0]?.url.href).toBe(page.href)
  })

  test('that is none, or leads elsewhere, is none', () => {
    expect(formsOf('<form method="get"></form>', page)).toEqual([])
    expect(formsOf('<form method="post" action="http://example.com/"></form>', page)).toEqual([])
    expect(formsOf('no form', page)).toEqual([])
  })

  test('several are distinguished', () => {
    const html = ['stop', 'stop_all', 'undo'].map(
      act => `<form method="post"><button name="do" value="${act}">x</button></form>`,
    )
    expect(formsOf(html.join('<p>'), page).map(({ form }) => form)).toEqual(['do=stop', 'do=stop_all', 'do=undo'])
  })
})
