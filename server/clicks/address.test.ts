import { expect, test } from 'vitest'
import { type Asker, hashAddress, makeAddressOf, networkOf } from './address.ts'
import { Misses, missesAllowed, missesBeforeSilence } from './misses.ts'

const from = (remoteAddress: string, forwarded?: string): Asker => ({
  socket: { remoteAddress },
  headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
})

test('without a trusted proxy nobody’s word counts but the socket’s', () => {
  expect(makeAddressOf(false)(from('::ffff:192.0.2.1', '198.51.100.7'))).toBe('192.0.2.1')
  expect(makeAddressOf(['10.0.0.0/8'])(from('192.0.2.1', '198.51.100.7'))).toBe('192.0.2.1')
})

test('behind trusted proxies it is the last hop that is none of them, whatever was made up before it', () => {
  const addressOf = makeAddressOf(['10.0.0.0/8', '2001:db8:1::/48', 'loopback'])
  expect(addressOf(from('10.1.2.3', '6.6.6.6, 198.51.100.7, 127.0.0.1'))).toBe('198.51.100.7')
  expect(addressOf(from('2001:db8:1::5', '2001:db8:9::1'))).toBe('2001:db8:9::1')
  expect(addressOf(from('10.1.2.3', 'nonsense'))).toBe('10.1.2.3')
  expect(addressOf(from('10.1.2.3'))).toBe('10.1.2.3')
})

test.each(['10.0.0.0/33', 'example.com', '10.0.0.0/x', ''])('a trusted proxy "%s" is refused at the start', network => {
  expect(() => makeAddressOf([network])).toThrow(/trusted proxy/)
})

test('an IPv6 household is one network, however it is written', () => {
  expect(networkOf('2001:db8::1')).toBe(networkOf('2001:db8:0:0:ffff:1:2:3'))
  expect(networkOf('2001:db8:0:1::1')).not.toBe(networkOf('2001:db8:0:2::1'))
  expect(networkOf('::1')).toBe('0:0:0:0')
  expect(networkOf('192.0.2.1')).toBe('192.0.2.1')
})

test('the hash hangs on address and salt', () => {
  expect(hashAddress('s', '192.0.2.1')).toBe(hashAddress('s', '192.0.2.1'))
  expect(
    new Set([hashAddress('s', '192.0.2.1'), hashAddress('t', '192.0.2.1'), hashAddress('s', '192.0.2.2')]).size,
  ).toBe(3)
})

test('misses are counted by address and minute, and silence comes only far above the limit', () => {
  let nowMs = 0
  const misses = new Misses(() => nowMs)
  const answers = Array.from({ length: missesBeforeSilence }, () => misses.allow('192.0.2.1'))
  expect(answers.filter(Boolean)).toHaveLength(missesAllowed)
  expect(misses.isSilent('192.0.2.1')).toBe(false)
  misses.allow('192.0.2.1')
  expect(misses.isSilent('192.0.2.1')).toBe(true)
  expect(misses.allow('192.0.2.2')).toBe(true)
  nowMs = 60_000
  expect(misses.isSilent('192.0.2.1')).toBe(false)
  expect(misses.allow('192.0.2.1')).toBe(true)
})
