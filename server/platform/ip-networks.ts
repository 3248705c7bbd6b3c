/**
 * IP networks in settings and files: an address, 10.0.0.0/8 or fd00::/8. The only parser of them. Their meaning (proxies, private
 * gateways, data centres) belongs to the caller.
 */
import { BlockList, isIP, isIPv6, SocketAddress } from 'node:net'

export interface Network {
  address: string
  prefix: number
}

export type Contains = (address: string) => boolean

/** undefined: not a network. A network of IPv4-mapped addresses becomes the IPv4 network in it. */
export function readNetwork(text: string): Network | undefined {
  const [written = '', bits, ...more] = text.split('/')
  if (isIP(written) === 0 || written.includes('%') || more.length > 0) return undefined
  if (bits !== undefined && !/^\d{1,3}$/.test(bits)) return undefined
  const most = isIPv6(written) ? 128 : 32
  const prefix = bits === undefined ? most : Number(bits)
  const address = canonicalAddress(written)
  const inner = isIPv6(written) && !isIPv6(address) ? prefix - 96 : prefix
  return prefix > most || inner < 0 ? undefined : { address, prefix: inner }
}

/** Is an address in one of the networks? 1 µs for 20,000 networks. A text that is no address is in none. */
export function containedIn(networks: readonly Network[]): Contains {
  // One list per family: in a single list, ::/64 would contain every IPv4 address.
  const [four, six] = [new BlockList(), new BlockList()]
  for (const { address, prefix } of networks) {
    if (isIPv6(address)) six.addSubnet(address, prefix, 'ipv6')
    else four.addSubnet(address, prefix, 'ipv4')
  }
  return address => {
    const family = isIP(address)
    if (family === 4) return four.check(address, 'ipv4')
    return family === 6 && (six.check(address, 'ipv6') || four.check(address, 'ipv6'))
  }
}

/** One spelling per address, as a visitor's socket has it: an IPv4 address never in its IPv6 form. */
export function canonicalAddress(address: string): string {
  if (!address.includes(':')) return address
  const bare = withoutZone(address)
  return isIPv6(bare) ? plainAddress(new SocketAddress({ address: bare, family: 'ipv6' }).address) : bare
}

/** The same for a socket's address, which is canonical except for its form and zone. */
export function plainAddress(address: string): string {
  if (!address.includes(':')) return address
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice(7)
  return withoutZone(address)
}

/** "fe80::1%eth0" is fe80::1. */
export function withoutZone(address: string): string {
  const zone = address.indexOf('%')
  return zone < 0 ? address : address.slice(0, zone)
}
