import { expect, test } from 'vitest'
import { type Incoming, isPublicUrl, makeVisitorOf, networkOf, readProxies } from './visitor.ts'

const from = (remoteAddress: string, forwarded?: string): Incoming => ({
  socket: { remoteAddress },
  headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
})
const behind = (proxies: string) => makeVisitorOf({ proxies: readProxies('P', proxies), isPublic: true })

test('where no proxy is trusted, the address is that of the socket', () => {
  for (const proxies of [null, [], ['10.0.0.0/8']])
    expect(makeVisitorOf({ proxies, isPublic: false })(from('::ffff:192.0.2.1', '198.51.100.7'))).toEqual({
      address: '192.0.2.1',
      shared: false,
      limitKey: '192.0.2.1',
    })
})

test('behind trusted proxies it is the last hop that is none of them, whatever was made up before it', () => {
  const visitorOf = behind('10.0.0.0/8, 2001:db8:1::/48 loopback')
  const address = (peer: string, forwarded?: string) => visitorOf(from(peer, forwarded)).address
  expect(address('10.1.2.3', '6.6.6.6, 198.51.100.7, 127.0.0.1')).toBe('198.51.100.7')
  expect(address('::ffff:10.1.2.3', '198.51.100.7,10.9.9.9')).toBe('198.51.100.7')
  expect(address('2001:db8:1::5', '2001:db8:9::1')).toBe('2001:db8:9::1')
  expect(address('2001:db8:2::5', '2001:db8:9::1')).toBe('2001:db8:2::5')
  expect(address('10.1.2.3', '10.0.0.1, 10.0.0.2')).toBe('10.0.0.1')
  expect(address('192.0.2.1', '198.51.100.7')).toBe('192.0.2.1')
})

test.each([
  ['198.51.100.7:4711', '198.51.100.7'],
  ['"198.51.100.7"', '198.51.100.7'],
  ['[2001:DB8::1]:443', '2001:db8::1'],
  ['"[2001:db8:0:0::1]"', '2001:db8::1'],
  ['2001:db8:0:0:0:0:0:1', '2001:db8::1'],
  ['::ffff:198.51.100.7', '198.51.100.7'],
  ['::FFFF:C633:6407', '198.51.100.7'],
  ['fe80::1%eth0', 'fe80::1'],
  ['evil, \t 198.51.100.7 ', '198.51.100.7'],
])('the hop "%s" is %s', (hop, address) => {
  expect(behind('loopback')(from('127.0.0.1', hop))).toMatchObject({ address, shared: false })
})

test.each([
  [undefined],
  [''],
  [','],
  ['198.51.100.7,'],
  ['unknown'],
  ['_hidden'],
  ['198.51.100.07'],
  ['198.51.100.7:99999x'],
  ['1.2.3'],
  ['[198.51.100.7]'],
  ['for=198.51.100.7'],
  ['::1::2'],
  ['9'.repeat(16_000)],
])('a trusted proxy that names nobody (%j) is shared by an unknown number of people, and no limit holds', hop => {
  expect(behind('loopback')(from('::1', hop))).toEqual({ address: '::1', shared: true, limitKey: null })
})

test('a nameless hop before trusted ones ends the search at the last trusted one', () => {
  expect(behind('loopback')(from('::1', '198.51.100.7, unknown, 127.0.0.9'))).toMatchObject({ address: '127.0.0.9' })
})

test('of a header with thousands of hops some are read', () => {
  const many = Array.from({ length: 1_600 }, () => '127.0.0.1').join()
  expect(behind('loopback')(from('127.0.0.1', `198.51.100.7,${many}`)).address).toBe('127.0.0.1')
  expect(behind('loopback')(from('127.0.0.1', `${many},198.51.100.7`)).address).toBe('198.51.100.7')
})

test.each([
  ['private', '172.16.5.4'],
  ['Private', 'fd12::5'],
  ['private', 'fe80::7'],
  ['loopback', '127.8.8.8'],
  ['::ffff:10.0.0.0/104', '10.200.0.1'],
  ['10.0.0.9', '::ffff:10.0.0.9'],
  ['2001:DB8::5/128', '2001:db8::5'],
])('"%s" trusts %s', (proxies, peer) => {
  expect(behind(proxies)(from(peer, '198.51.100.7')).address).toBe('198.51.100.7')
})

test.each([
  '10.0.0.0/33',
  '10.0.0.0/-1',
  '10.0.0.0/8/8',
  '0.0.0.0/0',
  '::/0',
  '::ffff:0:0/96',
  '::ffff:10.0.0.0/90',
  'example.com',
  '10.0.0.0/x',
  'fe80::1%eth0',
  'constructor',
  'none,loopback',
  ',',
  '1',
])('"%s" is refused at the start, by the name of the setting', proxies => {
  expect(() => readProxies('HOMING_TRUSTED_PROXIES', proxies)).toThrow(/HOMING_TRUSTED_PROXIES is ".*network like/)
})

test('an unset list and "none" differ', () => {
  expect([readProxies('P', null), readProxies('P', 'none')]).toEqual([null, []])
})

test('without trusted proxies, requests through a nearby proxy share its address, and this is reported', () => {
  const told: string[] = []
  const visitorOf = makeVisitorOf({ proxies: null, isPublic: true, untrusted: proxy => told.push(proxy) })
  const first = visitorOf(from('127.0.0.1', '198.51.100.7'))
  const second = visitorOf(from('10.0.0.1', 'made up, 198.51.100.8'))
  expect([first, second]).toEqual([
    { address: '127.0.0.1', shared: true, limitKey: expect.stringContaining('198.51.100.7') },
    { address: '10.0.0.1', shared: true, limitKey: expect.stringContaining('198.51.100.8') },
  ])
  expect(visitorOf(from('127.0.0.1', 'nonsense'))).toEqual({ address: '127.0.0.1', shared: true, limitKey: null })
  // Without the header, or from far away, nothing tells of a proxy.
  expect(visitorOf(from('127.0.0.1')).limitKey).toBe('127.0.0.1')
  expect(visitorOf(from('192.0.2.1', '198.51.100.7')).limitKey).toBe('192.0.2.1')
  expect(told).toEqual(['127.0.0.1', '10.0.0.1', '127.0.0.1'])
})

test('a proxy that is missing in the list is reported and has the limits of one address', () => {
  const told: string[] = []
  const visitorOf = makeVisitorOf({ proxies: ['10.0.0.5'], isPublic: true, untrusted: proxy => told.push(proxy) })
  expect(visitorOf(from('10.0.0.6', '198.51.100.7'))).toMatchObject({ shared: false, limitKey: '10.0.0.6' })
  expect(told).toEqual(['10.0.0.6'])
})

test('"none" trusts nobody and tells nothing', () => {
  const untrusted = () => expect.unreachable()
  const visitorOf = makeVisitorOf({ proxies: [], isPublic: true, untrusted })
  expect(visitorOf(from('127.0.0.1', '198.51.100.7')).limitKey).toBe('127.0.0.1')
})

test.each([
  ['https://sms.example.com', true],
  ['https://localhost:8080', true],
  ['http://sms.example.com', true],
  ['http://198.51.100.7', true],
  ['http://localhost:8080', false],
  ['http://homing', false],
  ['http://homing.lan', false],
  ['http://192.168.1.5:8080', false],
  ['http://[::1]:8080', false],
])('%s is public: %s', (url, is) => {
  expect(isPublicUrl(url)).toBe(is)
})

test('an IPv6 household is one network, however it is written', () => {
  expect(networkOf('2001:db8::1')).toBe(networkOf('2001:db8:0:0:ffff:1:2:3'))
  expect(networkOf('2001:db8:0:1::1')).not.toBe(networkOf('2001:db8:0:2::1'))
  expect(networkOf('::1')).toBe('0:0:0:0')
  expect(networkOf('192.0.2.1')).toBe('192.0.2.1')
})
