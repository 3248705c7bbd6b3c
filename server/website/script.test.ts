/** The script of a website: small, the same for everybody, served by its version, and nothing that a strict page forbids. */
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { KnownWebsite } from './known-websites.ts'
import { Rates } from './rates.ts'
import { readBody } from './read-body.ts'
import { timeOfEvent } from './read-event.ts'
import { readScript, scriptOf } from './serve-script.ts'

const website: KnownWebsite = {
  id: 1,
  workspaceId: 1,
  publicKey: 'abcdefghijklmnop',
  hosts: ['shop.example'],
  consent: 'ask',
  queryKeys: ['category', 'product'],
  hashRoutes: false,
  country: 'SE',
  signingSecret: 'secret',
}
const text = scriptOf(website, readScript(), 'https://homing.example')

test('it weighs less than 2 kB, and holds no secret', () => {
  expect(gzipSync(text, { level: 9 }).length).toBeLessThan(2_000)
  expect(text).not.toContain('secret')
  expect(text).toContain('"https://homing.example/e"')
})

test('it evaluates nothing, stores nothing but its cookie, listens for no unload and writes to no console', () => {
  for (const banned of [
    /\beval\b/,
    /new Function/,
    /localStorage|sessionStorage|indexedDB/,
    /unload/,
    /console\./,
    /XMLHttpRequest/,
    /__SETTINGS__/,
  ])
    expect(text).not.toMatch(banned)
})

test('the time of an event is corrected by the clock of its sender, and never in the future', () => {
  const received = new Date('2026-03-02T12:00:00Z')
  const at = (timestamp?: unknown, sentAt?: unknown) => timeOfEvent({ timestamp, sentAt }, received).toISOString()
  expect(at()).toBe('2026-03-02T12:00:00.000Z')
  expect(at('2026-03-02T11:00:00Z')).toBe('2026-03-02T11:00:00.000Z')
  // A clock that is three hours ahead.
  expect(at('2026-03-02T14:50:00Z', '2026-03-02T15:00:00Z')).toBe('2026-03-02T11:50:00.000Z')
  for (const wrong of ['2099-01-01T00:00:00Z', '1970-01-01T00:00:00Z', 'yesterday', 5, null, {}])
    expect(at(wrong)).toBe('2026-03-02T12:00:00.000Z')
})

test('a place has its burst, then its rate; other places are not concerned', () => {
  let nowMs = 0
  const rates = new Rates({ perSecond: 10, burst: 20 }, () => nowMs)
  expect([rates.take('a', 20), rates.take('a', 1), rates.take('b', 1)]).toEqual([true, false, true])
  nowMs = 500
  expect([rates.take('a', 5), rates.take('a', 1)]).toEqual([true, false])
})

test('a body is bounded as it comes, and after it was unpacked', async () => {
  const ask = (bytes: Buffer, headers: Record<string, string> = {}) =>
    readBody(Object.assign(Readable.from([bytes]), { headers }) as unknown as IncomingMessage, 1_000)
  expect(await ask(Buffer.from('{}'))).toEqual({ text: '{}' })
  expect(await ask(gzipSync('{"a":1}'), { 'content-encoding': 'gzip' })).toEqual({ text: '{"a":1}' })
  expect(await ask(Buffer.alloc(1_001))).toEqual({ fault: 'too_large' })
  expect(await ask(Buffer.from('{}'), { 'content-length': '40000000' })).toEqual({ fault: 'too_large' })
  expect(await ask(gzipSync(Buffer.alloc(500_000)), { 'content-encoding': 'gzip' })).toEqual({ fault: 'too_large' })
  expect(await ask(Buffer.from('{}'), { 'content-encoding': 'gzip' })).toEqual({ fault: 'encoding' })
  expect(await ask(Buffer.from('{}'), { 'content-encoding': 'br' })).toEqual({ fault: 'encoding' })
})
