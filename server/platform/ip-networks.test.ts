import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalAddress, containedIn, readNetwork } from './ip-networks.ts'

const contains = (networks: string[]) =>
  containedIn(networks.map(text => readNetwork(text) ?? expect.unreachable(text)))

test('a network holds the addresses of its prefix, an address itself', () => {
  const isIn = contains(['10.1.0.0/16', '192.0.2.7', '2001:db8::/33', '2001:DB9::1'])
  const inside = ['10.1.0.0', '10.1.255.255', '::ffff:10.1.2.3', '192.0.2.7', '2001:db8:7fff::', '2001:db9:0:0::1']
  const outside = ['10.2.0.0', '192.0.2.8', '2001:db8:8000::', '2001:db9::2', '::10.1.2.3', '', 'nonsense', '10.1']
  expect([...inside, ...outside].filter(isIn)).toEqual(inside)
})

test('a network of IPv4-mapped addresses is the IPv4 network in it, and no other IPv6 network holds an IPv4 address', () => {
  expect(readNetwork('::ffff:10.0.0.0/104')).toEqual({ address: '10.0.0.0', prefix: 8 })
  expect(['10.200.0.1', '11.0.0.1'].filter(contains(['::ffff:10.0.0.0/104']))).toEqual(['10.200.0.1'])
  expect(['10.200.0.1', '::1'].filter(contains(['::/0']))).toEqual(['::1'])
  expect(['10.200.0.1', '2001:db8::1'].filter(contains(['0.0.0.0/0']))).toEqual(['10.200.0.1'])
})

test.each([
  '',
  '10.0.0.0/33',
  '::/129',
  '10.0.0.0/',
  '10.0.0.0/-1',
  '10.0.0.0/8/8',
  '10.0.0',
  'example.com',
  'fe80::1%eth0',
  '::ffff:10.0.0.0/90',
])('"%s" is no network', text => expect(readNetwork(text)).toBeUndefined())

test('an address has one text', () => {
  expect(['2001:DB8:0::1', '::FFFF:C633:6407', 'fe80::1%eth0', '192.0.2.1'].map(canonicalAddress)).toEqual([
    '2001:db8::1',
    '198.51.100.7',
    'fe80::1',
    '192.0.2.1',
  ])
})

test('of many networks an address is found in the same as by comparing bits', () => {
  const bits = (address: string) => address.split('.').reduce((n, part) => n * 256 + Number(part), 0)
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 32 }))), fc.ipV4(), (networks, address) => {
      const expected = networks.some(
        ([network, prefix]) =>
          Math.floor(bits(network) / 2 ** (32 - prefix)) === Math.floor(bits(address) / 2 ** (32 - prefix)),
      )
      expect(contains(networks.map(([network, prefix]) => `${network}/${prefix}`))(address)).toBe(expected)
    }),
  )
})
