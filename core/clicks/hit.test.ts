import { expect, test } from 'vitest'
import { clickReasons, describeClick, verdictOf } from './click-reasons.ts'
import { type HitEvidence, isSigned, judgeHit } from './hit.ts'

const headers = { 'accept-language': 'sv-SE,sv;q=0.9', 'accept-encoding': 'gzip, deflate, br' }
const hit = (changes: Partial<HitEvidence> = {}): HitEvidence => ({
  method: 'GET',
  agent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1',
  isBot: false,
  headers,
  addressClass: null,
  ...changes,
})
const withHeaders = (more: Record<string, string>) => hit({ headers: { ...headers, ...more } })

test('a phone that opens a link tells nothing against a person', () => {
  expect(judgeHit(hit())).toBeNull()
  expect(isSigned(hit())).toBe(false)
})

test.each([
  ['HEAD', hit({ method: 'HEAD' }), 'method'],
  ['OPTIONS', hit({ method: 'OPTIONS' }), 'method'],
  ['no agent', hit({ agent: ' ' }), 'no_agent'],
  ['a known program', hit({ isBot: true }), 'agent'],
  ['Android’s own HTTP', hit({ agent: 'Dalvik/2.1.0 (Linux; U; Android 14; SM-S911B)' }), 'software'],
  ['Apple’s own HTTP', hit({ agent: 'SomeApp/3 CFNetwork/1410.0.3 Darwin/22.6.0' }), 'software'],
  ['Sec-Purpose', withHeaders({ 'sec-purpose': 'prefetch;prerender' }), 'prefetch'],
  ['Purpose', withHeaders({ purpose: 'prefetch' }), 'prefetch'],
  ['X-Purpose', withHeaders({ 'x-purpose': 'preview' }), 'prefetch'],
  ['X-Moz', withHeaders({ 'x-moz': 'prefetch' }), 'prefetch'],
  ['a picture', withHeaders({ 'sec-fetch-dest': 'image' }), 'embedded'],
  ['fetch()', withHeaders({ 'sec-fetch-dest': 'empty' }), 'embedded'],
  ['a network of bots', hit({ addressClass: 'bots' }), 'bot_network'],
  ['a data centre', hit({ addressClass: 'hosting' }), 'hosting'],
  ['no language', hit({ headers: { 'accept-encoding': 'gzip' } }), 'no_language'],
  ['an empty language', withHeaders({ 'accept-language': '' }), 'no_language'],
])('%s', (_, evidence, reason) => expect(judgeHit(evidence)).toBe(reason))

test.each([
  ['a page that is opened', withHeaders({ 'sec-fetch-dest': 'document', 'sec-fetch-mode': 'navigate' })],
  ['a browser on CFNetwork', hit({ agent: 'Mozilla/5.0 Safari/604.1 CFNetwork/1410.0.3' })],
  ['a person’s own wish for privacy', withHeaders({ dnt: '1', 'sec-gpc': '1' })],
  ['an app that opens links in a view of its own', withHeaders({ 'x-requested-with': 'com.facebook.katana' })],
])('%s is no bot', (_, evidence) => expect(judgeHit(evidence)).toBeNull())

test('missing headers of a browser and data centres are signs for the rule over one address', () => {
  expect(isSigned(hit({ headers: { 'accept-language': 'sv' } }))).toBe(true)
  expect(isSigned(hit({ headers: { 'accept-encoding': 'gzip' } }))).toBe(true)
  expect(isSigned(hit({ addressClass: 'hosting' }))).toBe(true)
})

test('each reason has a verdict and words of its own, the sure ones first', () => {
  expect(new Set(clickReasons.map(({ key }) => key)).size).toBe(clickReasons.length)
  expect(new Set(clickReasons.map(({ label }) => label)).size).toBe(clickReasons.length)
  const verdicts = clickReasons.map(({ key }) => verdictOf(key))
  expect(verdicts).toEqual([...verdicts].sort((a, b) => (a === b ? 0 : a === 'bot' ? -1 : 1)))
  expect(verdictOf(null)).toBe('human')
  expect(verdictOf('of a later version')).toBe('suspect')
  expect(describeClick('of a later version').label).toBe('of a later version')
})

test('headers that were not kept say nothing: method and agent do', () => {
  expect(judgeHit(hit({ headers: null }))).toBeNull()
  expect(isSigned(hit({ headers: null }))).toBe(false)
  expect(judgeHit(hit({ headers: null, agent: 'Dalvik/2.1.0' }))).toBe('software')
  expect(isSigned(hit({ headers: null, addressClass: 'hosting' }))).toBe(true)
})
