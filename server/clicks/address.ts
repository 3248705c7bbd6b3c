/**
 * From which address did a request come? The socket's, unless that is a proxy that we trust: then the last address in
 * X-Forwarded-For that is not one. Addresses are kept only as salted hashes.
 */
import { hash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { BlockList, isIP } from 'node:net'
import { problem } from '../../core/problems.ts'

const named: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
}

/** The part of a request that tells. */
export interface Asker {
  socket: { remoteAddress?: string | undefined }
  headers: IncomingHttpHeaders
}

/** `trustProxy`: addresses, networks (10.0.0.0/8) or the names above; false: nobody. Throws `setting_invalid`. */
export function makeAddressOf(trustProxy: false | readonly string[]): (request: Asker) => string {
  const trusted = new BlockList()
  for (const entry of trustProxy === false ? [] : trustProxy)
    for (const network of named[entry] ?? [entry]) trust(trusted, network)
  const isTrusted = (address: string) => trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

  return request => {
    let address = plainAddress(request.socket.remoteAddress ?? '')
    if (trustProxy === false || !isTrusted(address)) return address
    const forwarded = request.headers['x-forwarded-for']
    for (const hop of String(forwarded ?? '')
      .split(',')
      .reverse()) {
      const before = plainAddress(hop.trim())
      if (isIP(before) === 0) return address
      address = before
      if (!isTrusted(address)) return address
    }
    return address
  }
}

/** 16 hexadecimal digits; the same address has the same hash within an installation. */
export function hashAddress(salt: string, address: string): string {
  return hash('sha256', `${salt} ${address}`).slice(0, 16)
}

/** What one household or machine has: an IPv4 address, or an IPv6 network of 64 bits. */
export function networkOf(address: string): string {
  if (isIP(address) !== 6) return address
  const [head = '', tail = ''] = address.split('::')
  const groups = head.split(':').filter(Boolean)
  if (address.includes('::')) {
    const after = tail.split(':').filter(Boolean)
    while (groups.length + after.length < 8) groups.push('0')
    groups.push(...after)
  }
  return groups.slice(0, 4).join(':')
}

function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

function trust(list: BlockList, network: string): void {
  const [address = '', bits] = network.split('/')
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
  const most = family === 'ipv6' ? 128 : 32
  const prefix = bits === undefined ? most : Number(bits)
  if (isIP(address) === 0 || !Number.isInteger(prefix) || prefix < 0 || prefix > most)
    throw problem('setting_invalid', {
      name: 'the trusted proxy',
      value: network,
      wanted: 'an address or a network like 10.0.0.0/8',
    })
  list.addSubnet(address, prefix, family)
}
