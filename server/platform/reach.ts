/**
 * The addresses to which this server may connect for a person who enters a host. Public ones. Private ones if the operator allows them
 * (HOMING_PRIVATE_GATEWAYS). This machine itself if the host says so, which makes it a test gateway. Link-local and metadata addresses
 * never: they hand out credentials of the machine.
 *
 * Invariant: the check applies to the address of the connection, not to the name (a name may resolve differently each time), and to every
 * address of a name. Sources: IANA special-purpose registries (RFC 6890), RFC 6052 (NAT64), RFC 3056 (6to4).
 */
import { lookup as resolve } from 'node:dns'
import { isIP, isIPv6, type LookupFunction, SocketAddress } from 'node:net'
import { problem } from '../../core/problems.ts'
import { type Contains, containedIn, readNetwork, withoutZone } from './ip-networks.ts'

/** Why a connection for `host` must not go to `address`; undefined: it may. */
export type ReachCheck = (host: string, address: string) => string | undefined

const isForbidden = listOf([
  ['169.254.0.0/16', 'fe80::/10', 'fec0::/10'],
  // Cloud metadata outside of link-local: Alibaba, Azure, Oracle, AWS and Google over IPv6.
  ['100.100.100.200', '168.63.129.16', '192.0.0.192', 'fd00:ec2::254', 'fd20:ce::254'],
  ['0.0.0.0/8', '::', '224.0.0.0/4', 'ff00::/8', '255.255.255.255'],
])
const isLoopback = listOf([['127.0.0.0/8', '::1']])
const isInner = listOf([
  ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7', '64:ff9b:1::/48'],
  // Assigned to no one: documentation, benchmarks, protocols, reserved, Teredo, discard.
  [
    '192.0.0.0/24',
    '192.0.2.0/24',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '198.18.0.0/15',
    '240.0.0.0/4',
    '192.88.99.0/24',
  ],
  ['2001::/23', '2001:db8::/32', '3fff::/20', '5f00::/16', '100::/64'],
])

/** Networks as in HOMING_PRIVATE_GATEWAYS. Throws `setting_invalid`. */
export function makeReach(networks: readonly string[]): ReachCheck {
  const isAllowed = listOf([networks])
  return (host, address) => {
    const plain = innermost(address)
    if (isForbidden(plain)) return `${address} is a link-local, metadata or unspecified address: no gateway may have it`
    if (isAllowed(plain)) return undefined
    if (isLoopback(plain)) {
      if (isLoopbackHost(host)) return undefined
      return `${host} leads to this machine (${address}). A test gateway names it as 127.0.0.1 or localhost; another one needs the setting HOMING_PRIVATE_GATEWAYS=${address}`
    }
    if (!isInner(plain)) return undefined
    return `${host === address ? address : `${host} leads to ${address}, which`} is a private address. If your provider is reached there (a VPN), the operator of this server can allow it with the setting HOMING_PRIVATE_GATEWAYS=${plain}, or with its network (10.0.0.0/8)`
  }
}

/** HOMING_PRIVATE_GATEWAYS: addresses and networks, by commas. Throws `setting_invalid`. */
export function readPrivateNetworks(value: string | null): readonly string[] {
  const networks = (value ?? '').split(/[\s,]+/).filter(entry => entry !== '')
  listOf([networks])
  return networks
}

/** As the system would read it: 127.1, 2130706433, 0x7f.1 and 127。0。0。1 are 127.0.0.1; a trailing dot is removed. */
export function canonicalHost(host: string): string {
  const bare = host
    .trim()
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
  const url = URL.parse(`http://${isIPv6(bare) ? `[${bare}]` : bare}/`)
  if (url === null || url.port !== '' || url.pathname !== '/' || url.username !== '') return bare
  const name = url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
  return isIP(name) === 0 ? name : innermost(name)
}

/** This machine itself: a gateway there reaches no phone, unless it is a tunnel. */
export function isLoopbackHost(host: string): boolean {
  const plain = canonicalHost(host)
  return isIP(plain) === 0 ? /^(.*\.)?localhost$/.test(plain) : isLoopback(plain)
}

/** This machine, or a private address by its numbers: what is said there leaves no network of the operator. */
export function isInnerHost(host: string): boolean {
  const plain = canonicalHost(host)
  return isLoopbackHost(host) || (isIP(plain) !== 0 && isInner(innermost(plain)))
}

/** For net.connect: the checked addresses are the ones it connects to. */
export function guardedLookup(check: (address: string) => string | undefined): LookupFunction {
  return (host, options, done) => {
    resolve(host, { ...options, all: true }, (error, addresses) => {
      const refused = error === null ? addresses.map(({ address }) => check(address)).find(Boolean) : undefined
      const [first] = addresses ?? []
      if (error !== null) done(error, '', 0)
      else if (refused !== undefined || first === undefined)
        done(new Error(refused ?? 'the name has no address'), '', 0)
      else if (options.all) done(null, addresses)
      else done(null, first.address, first.family)
    })
  }
}

/** The IPv4 address within an IPv6 one that stands for it: mapped, compatible, translated, NAT64, 6to4, ISATAP. */
function innermost(address: string): string {
  if (!isIPv6(address)) return address
  const groups = groupsOf(address)
  const at = (i: number) => groups[i] ?? 0
  const four = (i: number) => [at(i) >> 8, at(i) & 255, at(i + 1) >> 8, at(i + 1) & 255].join('.')
  const zero = (from: number, to: number) => groups.slice(from, to).every(group => group === 0)
  if (at(0) === 0x2002) return four(1)
  if (at(0) === 0x64 && at(1) === 0xff9b && zero(2, 6)) return four(6)
  if (zero(0, 4) && at(4) === 0xffff && at(5) === 0) return four(6)
  if (zero(0, 5) && at(5) === 0xffff) return four(6)
  if (zero(0, 6) && (at(6) !== 0 || at(7) > 1)) return four(6)
  if ((at(4) & 0xfdff) === 0 && at(5) === 0x5efe) return four(6)
  return new SocketAddress({ address: withoutZone(address), family: 'ipv6' }).address
}

function groupsOf(address: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(withoutZone(address))
  const part = (a: string | undefined, b: string | undefined) => (Number(a) * 256 + Number(b)).toString(16)
  const text = dotted ? `${dotted[1]}${part(dotted[2], dotted[3])}:${part(dotted[4], dotted[5])}` : withoutZone(address)
  const [head = '', tail] = text.split('::')
  const numbers = (some: string) =>
    some
      .split(':')
      .filter(Boolean)
      .map(group => Number.parseInt(group, 16))
  const before = numbers(head)
  const after = tail === undefined ? [] : numbers(tail)
  return [...before, ...Array(Math.max(0, 8 - before.length - after.length)).fill(0), ...after]
}

function listOf(entries: readonly (readonly string[])[]): Contains {
  const networks = entries.flat().map(entry => {
    const network = readNetwork(entry)
    if (network !== undefined) return network
    throw problem('setting_invalid', {
      name: 'HOMING_PRIVATE_GATEWAYS',
      value: entry,
      wanted: 'addresses or networks like 10.1.2.3 or 10.0.0.0/8, separated by commas',
    })
  })
  return containedIn(networks)
}
