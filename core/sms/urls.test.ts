/** Where links begin and end. The rules of GFM autolinks, twitter-text and linkify-it were compared; where they differ, what a reader of an SMS sees decides. */
import { describe, expect, test } from 'vitest'
import { parseTemplate, readTarget } from './template.ts'

const attributes = new Set(['first_name', 'code', 'external_key'])
const parse = (text: string) => parseTemplate(text, { attributes })
const linksOf = (text: string) => parse(text).links.map(({ url }) => url)
const wrong = (text: string) =>
  parse(text).problems.map(({ code, correction }) => {
    if (correction === undefined) return code
    const { index, length } = correction
    return `${code}: ${text.slice(0, index)}${correction.text}${text.slice(index + length)}`
  })

describe('a link ends', () => {
  test.each([
    ...['。', '，', '、', '！', '？', '；', '：', '…', '」', '』', '）', '】', '》', '・。', '～', '｜'],
    ...[
      '،',
      '؟',
      '؛',
      '۔',
      '।',
      '॥',
      '։',
      '።',
      '။',
      '’',
      '”',
      '»',
      '›',
      '“',
      '"',
      '>',
      '<',
      '\u200e',
      '\u00ad',
      '🎉',
      '\u3000',
    ],
  ])('before %s', end => {
    expect(linksOf(`https://example.com/sale${end}`)).toEqual(['https://example.com/sale'])
    expect(linksOf(`https://example.com${end} abc`)).toEqual(['https://example.com'])
    expect(linksOf(`https://example.com/?a=b${end}abc`)).toEqual(['https://example.com/?a=b'])
    expect(wrong(`https://example.com/sale${end} abc`)).toEqual([])
  })

  test.each([
    ['点击 https://example.com/sale，立即查看！', 'https://example.com/sale'],
    ['https://example.com/a.', 'https://example.com/a'],
    ['https://example.com/a?!', 'https://example.com/a'],
    ['https://example.com/a:;', 'https://example.com/a'],
    ['(https://example.com/a)', 'https://example.com/a'],
    ['(https://example.com/a).', 'https://example.com/a'],
    ['(https://example.com/a_(b)),', 'https://example.com/a_(b)'],
    ['[Se här](https://example.com/a) nu', 'https://example.com/a'],
    ['{https://example.com/a}', 'https://example.com/a'],
    ['https://example.com/a(se mer)', 'https://example.com/a'],
    ['https://example.com(mobil)', 'https://example.com'],
    ["'https://example.com/a' nu", 'https://example.com/a'],
    ['_https://example.com/a_ nu', 'https://example.com/a'],
    ['*https://example.com/a* nu', 'https://example.com/a'],
    ['~https://example.com/a~ nu', 'https://example.com/a'],
    ['https://example.com/a|', 'https://example.com/a'],
    ['https://example.com!Hej', 'https://example.com'],
    ['https://example.com:8080/a.', 'https://example.com:8080/a'],
    ['https://example.com: nu', 'https://example.com'],
  ])('in %s where a reader ends it', (text, url) => {
    expect(linksOf(text)).toEqual([url])
  })

  test.each([
    'https://youtu.be/abcDEF1234_',
    'https://youtu.be/abcDEF1234-',
    'https://sv.wikipedia.org/wiki/Ort_(stad)',
    'https://en.wikipedia.org/wiki/Rubik\u0027s_Cube',
    'https://zh.wikipedia.org/wiki/上海',
    'https://ja.wikipedia.org/wiki/ビル・ゲイツ',
    'https://xn--rksmrgs-5wao1o.example/%C3%A5',
    'https://räksmörgås.example/smörgås',
    'https://中文.example/',
    'https://例え.テスト',
    'https://example.com/?a=1|2&b[]=3#del-2',
    'https://example.com/?next=https://example.org/a,b',
    'https://web.example/https://example.org',
    'https://example.com/100%25',
    'https://192.0.2.1:8080/a',
    'http://[2001:db8::1]/a',
    'https://example.com/a;b=c,d',
    'https://example.com/~anna',
    'https://example.com/?id=##external_key##',
    'https://example.com/##code|a.b##/c',
  ])('not inside of %s', url => {
    expect(linksOf(`Se ${url} nu`)).toEqual([url])
    expect(linksOf(`${url}.`)).toEqual([url])
    expect(wrong(`Se ${url} nu`)).toEqual([])
    expect(readTarget(url)?.length).toBeGreaterThan(0)
  })

  test('where the next one begins', () => {
    const both = ['https://a.example/x', 'https://b.example']
    expect(linksOf(both.join(','))).toEqual(both)
    expect(linksOf(both.join('|'))).toEqual(both)
    expect(linksOf('https://a.example,https://b.example/x')).toEqual(['https://a.example', 'https://b.example/x'])
  })

  test('where its domain ends, though letters of another script follow', () => {
    expect(linksOf('https://example.com立即查看')).toEqual(['https://example.com'])
    expect(wrong('https://example.com立即')).toEqual(['text_link_glued: https://example.com 立即'])
    expect(linksOf('https://example.com:8080立即')).toEqual(['https://example.com:8080'])
  })
})

describe('what touches a short link', () => {
  test.each([
    ['Läs merhttps://example.com/a', 'Läs mer https://example.com/a'],
    ['点击https://example.com/a', '点击 https://example.com/a'],
    ['a_https://example.com/a', 'a_ https://example.com/a'],
    ['##first_name##https://example.com/a', '##first_name## https://example.com/a'],
    ['Avregistrera:##unsubscribe##Hälsningar Shop', 'Avregistrera:##unsubscribe## Hälsningar Shop'],
    ['Stopp ##unsubscribe##.Hej', 'Stopp ##unsubscribe## .Hej'],
    ['Stopp ##unsubscribe##/', 'Stopp ##unsubscribe## /'],
    ['Stopp ##unsubscribe##(nu)', 'Stopp ##unsubscribe## (nu)'],
    ['Stopp ##unsubscribe####first_name##', 'Stopp ##unsubscribe## ##first_name##'],
    ['Stopp##unsubscribe##', 'Stopp ##unsubscribe##'],
    ['退订##unsubscribe##', '退订 ##unsubscribe##'],
    ['##first_name####unsubscribe##', '##first_name## ##unsubscribe##'],
  ])('%s gets a space', (text, fixed) => {
    expect(wrong(text)).toEqual([`text_link_glued: ${fixed}`])
    expect(wrong(fixed)).toEqual([])
  })

  test.each([
    'Avregistrera:##unsubscribe##',
    '(##unsubscribe##)',
    '##unsubscribe##. Hej',
    '##unsubscribe##\nHej',
    '“https://example.com/a”',
    'Se:https://example.com/a',
    '-https://example.com/a',
    '-www.example.com',
    'https://example.com/a,\nHej',
    '退订：##unsubscribe##。',
  ])('%s does not', text => {
    expect(wrong(text)).toEqual([])
  })
})

describe('what was meant as a link', () => {
  test.each([
    ['https//example.com/rea', 'https://example.com/rea'],
    ['http//example.com', 'http://example.com'],
    ['http:/example.com/x', 'http://example.com/x'],
    ['https;//example.com/x', 'https://example.com/x'],
    ['htp://example.com', 'http://example.com'],
    ['htps://example.com', 'https://example.com'],
    ['httsp://example.com', 'https://example.com'],
    ['hhttps://example.com', 'https://example.com'],
    ['ttps://example.com', 'https://example.com'],
    ['https:www.example.com', 'https://www.example.com'],
    ['https: //example.com', 'https://example.com'],
    ['https//www.example.com', 'https://www.example.com'],
    ['https:example.com/rea', 'https://example.com/rea'],
    ['https ://example.com', 'https://example.com'],
    ['https//:example.com', 'https://example.com'],
    ['http:://example.com', 'http://example.com'],
    ['https://https://example.com', 'https://example.com'],
    ['https://http//example.com', 'http//example.com'],
  ])('%s is %s', (text, meant) => {
    const found = wrong(`Se ${text} nu`)
    expect(found).toContain(`text_link_typo: Se ${meant} nu`)
    if (meant.includes('://')) expect(linksOf(`Se ${meant} nu`)).toEqual([meant])
  })

  test.each(['https://shop..example/', 'https://.example/', 'https:///example.com', 'https://a:b@example.com/'])(
    '%s is refused',
    text => expect(wrong(text)).toMatchObject([expect.stringMatching(/^text_link_(invalid|userinfo)$/)]),
  )
})

test.each([
  'Data:10GB för 99 kr',
  'data: 5',
  'kl.18',
  'kl 10:30//sal 2',
  '1.5h',
  'e-post:a@b.se',
  'Tel:070-1740605',
  'http',
  'https: säkert',
  'anna@www.example.com',
  'TCP/IP och HTTP/2.0',
  'och/eller',
])('%s is no link, and nothing is wrong', text => {
  expect(linksOf(text)).toEqual([])
  expect(wrong(text)).toEqual([])
})

test.each([
  'https://example.com/a\u200bb',
  'a\u2060https://example.com/',
  '##first_name##\u200bhttps://example.com/',
  'https://example.com/\u200b##first_name##',
  '##unsubscribe##\ufeffHälsningar',
])('what nobody sees separates no link from a word: %j', text =>
  expect(wrong(text)).toContainEqual(expect.stringContaining('text_link_glued')),
)
