import { expect, test } from 'vitest'
import { readNetworks, readNetworksFile } from './networks.ts'

test('an address belongs to the network that holds it, IPv4 and IPv6, bots before data centres', () => {
  const classOf = readNetworks(
    [
      '# clouds',
      '203.0.113.0/24   # one',
      '10.0.0.0/8 hosting',
      '10.1.0.0/16 bots',
      '2001:db8::/32',
      '198.51.100.7',
      '::1 bots',
      '::ffff:192.0.2.0/120',
    ].join('\r\n'),
  )
  expect(
    ['203.0.113.0', '203.0.113.255', '203.0.112.255', '203.0.114.0', '10.0.255.255', '10.1.2.3', '10.2.0.0'].map(
      classOf,
    ),
  ).toEqual(['hosting', 'hosting', null, null, 'hosting', 'bots', 'hosting'])
  expect(['2001:db8:ffff::1', '2001:db9::', '::1', '::2', '::ffff:c000:2ff'].map(classOf)).toEqual([
    'hosting',
    null,
    'bots',
    null,
    'hosting',
  ])
  expect(['198.51.100.7', '198.51.100.8', '', 'nonsense'].map(classOf)).toEqual(['hosting', null, null, null])
})

test.each(['example.com', '10.0.0.0/33', '10.0.0.0/x', '1.2.3.4/8/9', '10.0.0.0/8 people', '10.0.0.0/8 bots now'])(
  '"%s" is refused with its line',
  line => expect(() => readNetworks(`10.0.0.0/8\n${line}`)).toThrow(/line 2/),
)

test('without a list nothing is known; a list that cannot be read stops the start with its name', () => {
  expect(readNetworks('')('10.0.0.1')).toBeNull()
  expect(readNetworksFile(null)('10.0.0.1')).toBeNull()
  expect(() => readNetworksFile('/nowhere/networks.txt')).toThrow(/HOMING_NETWORKS.*\/nowhere\/networks\.txt/)
})
