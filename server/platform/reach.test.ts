import { connect, createServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { canonicalHost, guardedLookup, isLoopbackHost, makeReach, readPrivateNetworks } from './reach.ts'

const reach = makeReach([])

describe('an address', () => {
  test.each([
    '169.254.169.254',
    '169.254.1.1',
    'fe80::1',
    'fe80::1%eth0',
    'fd00:ec2::254',
    '100.100.100.200',
    '168.63.129.16',
    '0.0.0.0',
    '0.1.2.3',
    '::',
    '224.0.0.1',
    'ff02::1',
    '::ffff:169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    '::ffff:a9fe:a9fe',
  ])('%s is never reached, whatever is allowed', address => {
    expect(reach(address, address)).toContain('no gateway may have it')
    expect(makeReach(['0.0.0.0/0', '::/0'])(address, address)).toContain('no gateway may have it')
  })

  test.each([
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '100.64.0.1',
    'fc00::1',
    'fd12::1',
    '192.0.2.1',
    '198.51.100.1',
    '203.0.113.9',
    '2001:db8::1',
    '::ffff:10.0.0.1',
    '::ffff:a00:1',
    '64:ff9b::a00:1',
    '2002:a00:1::',
    '240.0.0.1',
    '::10.0.0.1',
  ])('%s is private: the sentence names the setting that allows it', address => {
    expect(reach(address, address)).toMatch(/private address.*HOMING_PRIVATE_GATEWAYS=/)
    expect(reach('smsc.example', address)).toMatch(/^smsc\.example leads to .*HOMING_PRIVATE_GATEWAYS=/)
    expect(makeReach(['0.0.0.0/0', '::/0'])(address, address)).toBeUndefined()
  })

  test.each(['8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1', '64:ff9b::808:808', '11.0.0.1'])(
    '%s is public',
    address => {
      expect(reach('smsc.example', address)).toBeUndefined()
    },
  )

  test('of this machine is for a host that says so, not for a name that turns out to lead there', () => {
    for (const host of ['127.0.0.1', 'localhost', 'a.localhost', '127.1'])
      expect(reach(host, '127.0.0.1')).toBeUndefined()
    expect(reach('::1', '::1')).toBeUndefined()
    for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '64:ff9b::7f00:1'])
      expect(reach('rebind.example', address)).toMatch(/this machine.*HOMING_PRIVATE_GATEWAYS/)
  })
})

test.each([
  ['127.1', '127.0.0.1'],
  ['2130706433', '127.0.0.1'],
  ['0x7f.1', '127.0.0.1'],
  ['0177.0.0.1', '127.0.0.1'],
  ['0', '0.0.0.0'],
  ['127。0。0。1', '127.0.0.1'],
  ['localhost.', 'localhost'],
  ['::ffff:127.0.0.1', '127.0.0.1'],
  ['[::1]', '::1'],
  ['0:0:0:0:0:0:0:1', '::1'],
  ['SMSC.Example.', 'smsc.example'],
  ['10.1', '10.0.0.1'],
])('the host %s is %s', (written, host) => expect(canonicalHost(written)).toBe(host))

test('this machine is a loopback host in every way to write it, others are not', () => {
  expect(
    ['localhost', '127.9.9.9', '::1', 'a.localhost', '127.1', '2130706433', '::ffff:127.0.0.1', 'LOCALHOST.'].every(
      isLoopbackHost,
    ),
  ).toBe(true)
  expect(['localhost.example.com', '128.0.0.1', '10.0.0.1', 'smpp.example.com', '0.0.0.0'].some(isLoopbackHost)).toBe(
    false,
  )
})

test('a wrong network in the setting is named', () => {
  expect(readPrivateNetworks('10.0.0.0/8, fd00::/8')).toEqual(['10.0.0.0/8', 'fd00::/8'])
  for (const wrong of ['10.0.0.0/33', 'smsc.example', '10.0.0.0/x'])
    expect(() => readPrivateNetworks(wrong)).toThrow(/HOMING_PRIVATE_GATEWAYS/)
})

test('a name is resolved at the connection, and one refused address of it is enough', async () => {
  const server = createServer(() => expect.unreachable()).listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const said = await new Promise(resolve =>
    connect({ host: 'localhost', port, lookup: guardedLookup(found => reach('rebind.example', found)) }).once(
      'error',
      resolve,
    ),
  )
  expect(String(said)).toContain('this machine')
  server.close()
})
