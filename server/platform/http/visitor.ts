/**
 * Who sends a request? The one answer for short links, opt-out pages, sign-in and the API: the address of the socket, or, if that is a
 * proxy in HOMING_TRUSTED_PROXIES, the last hop of X-Forwarded-For that is not one.
 *
 * No other header is read. X-Forwarded-Proto and X-Forwarded-Host decide nothing, because page addresses come from HOMING_URL.
 * `Forwarded` (RFC 7239) is not read either: most proxies pass it on as the client wrote it.
 */
import type { IncomingHttpHeaders } from 'node:http'
import { isIP, isIPv6 } from 'node:net'
import { problem } from '../../../core/problems.ts'
import {
  type Contains,
  canonicalAddress,
  containedIn,
  type Network,
  plainAddress,
  readNetwork,
} from '../ip-networks.ts'

/** Names that may be used instead of networks. */
const named: ReadonlyMap<string, readonly string[]> = new Map([
  ['loopback', ['127.0.0.0/8', '::1']],
  ['private', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', '169.254.0.0/16', 'fe80::/10']],
])
const near = ['loopback', 'private']

/** Hops read from the right; a chain of proxies is short, and a header may contain thousands. */
const hopLimit = 20
/** "[2001:db8:…:ffff:255.255.255.255%interface]:65535" is shorter. */
const hopLengthLimit = 80

/** The parts of a request that identify the visitor. */
export interface Incoming {
  socket: { remoteAddress?: string | undefined }
  headers: IncomingHttpHeaders
}

export interface Visitor {
  /** canonical: one text for one address */
  address: string
  /** The address of a proxy with an unknown number of people behind it: two requests from it have nothing in common. */
  shared: boolean
  /** The key of limits: an address, or an IPv6 network of 64 bits. null: no limit applies. */
  limitKey: string | null
}

export type VisitorOf = (request: Incoming) => Visitor

export interface VisitorInput {
  /** HOMING_TRUSTED_PROXIES as read by `readProxies`; null: not set */
  proxies: readonly string[] | null
  /** People come from elsewhere: then a request from this machine or its network with X-Forwarded-For came through a proxy. */
  isPublic: boolean
  /** Called with the address of the proxy for each request through an untrusted one. */
  untrusted?: (proxy: string) => void
}

/** The visitor is always the address of the socket. */
export const nobodyTrusted: VisitorInput = { proxies: [], isPublic: false }

/** Addresses, networks (10.0.0.0/8) and names; "none" explicitly trusts no proxy. Throws `setting_invalid` with the wrong entry. */
export function readProxies(name: string, value: string | null): readonly string[] | null {
  if (value === null) return null
  if (value === 'none') return []
  const entries = value.split(/[\s,]+/).filter(entry => entry !== '')
  const wrong = entries.length === 0 ? value : entries.find(entry => networksOf(entry) === undefined)
  if (wrong === undefined) return entries
  throw problem('setting_invalid', {
    name,
    value: wrong,
    wanted: 'an address, a network like 10.0.0.0/8 or fd00::/8, "loopback", "private" or "none"',
  })
}

export function makeVisitorOf({ proxies, isPublic, untrusted = () => {} }: VisitorInput): VisitorOf {
  const isTrusted = listOf(proxies ?? [])
  const trustsSome = proxies !== null && proxies.length > 0
  const watches = isPublic && (proxies === null || trustsSome)
  const isNear = listOf(near)

  return ({ socket, headers }) => {
    const peer = plainAddress(socket.remoteAddress ?? '')
    const forwarded = headers['x-forwarded-for']
    if (trustsSome && isTrusted(peer)) {
      const address = lastUntrusted(forwarded, isTrusted)
      return address === undefined ? { address: peer, shared: true, limitKey: null } : own(address)
    }
    if (!watches || forwarded === undefined || !isNear(peer)) return own(peer)
    untrusted(peer)
    // If some proxies are named, an unnamed one has the limits of any other address.
    if (trustsSome) return own(peer)
    // Its header is used for limits only, where a lie helps no one but the liar.
    const said = lastUntrusted(forwarded, isTrusted)
    return { address: peer, shared: true, limitKey: said === undefined ? null : `said ${networkOf(said)}` }
  }
}

const own = (address: string): Visitor => ({ address, shared: false, limitKey: networkOf(address) })

/** The last hop that is no trusted proxy; if all are, the first one; undefined if the last hop is no address. */
function lastUntrusted(header: string | string[] | undefined, isTrusted: Contains): string | undefined {
  const text = typeof header === 'string' ? header : (header ?? []).join()
  let address: string | undefined
  for (let hops = 0, end = text.length; hops < hopLimit && end >= 0; hops++) {
    const comma = end === 0 ? -1 : text.lastIndexOf(',', end - 1)
    const hop = hopOf(text, comma + 1, end)
    if (hop === undefined) return address
    address = hop
    if (!isTrusted(hop)) return hop
    end = comma
  }
  return address
}

/** "198.51.100.7", with a port, quoted, or an IPv6 address with or without brackets and port. */
function hopOf(text: string, from: number, to: number): string | undefined {
  if (to - from > hopLengthLimit) return undefined
  const hop = text
    .slice(from, to)
    .trim()
    .replace(/^"(.*)"$/, '$1')
  const bracketed = /^\[([^\]]*)\](?::\d{1,5})?$/.exec(hop)?.[1]
  if (bracketed !== undefined) return isIPv6(bracketed) ? canonicalAddress(bracketed) : undefined
  const bare = /^[\d.]+:\d{1,5}$/.test(hop) ? hop.slice(0, hop.indexOf(':')) : hop
  return isIP(bare) === 0 ? undefined : canonicalAddress(bare)
}

/** What one household or machine has: an IPv4 address, or an IPv6 network of 64 bits. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail = ''] = address.split('::')
  const groups = head.split(':').filter(Boolean)
  if (address.includes('::')) {
    const after = tail.split(':').filter(Boolean)
    while (groups.length + after.length < 8) groups.push('0')
    groups.push(...after)
  }
  return groups.slice(0, 4).join(':')
}

/** Is a web address public? Then a request from this machine or its network came through a proxy. */
export function isPublicUrl(address: string): boolean {
  const url = URL.parse(address)
  if (url === null) return false
  if (url.protocol === 'https:') return true
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  if (isIP(host) !== 0) return !listOf([...near, '0.0.0.0', '::'])(canonicalAddress(host))
  return host.includes('.') && !/\.(local|localhost|internal|lan|home|test|invalid|example)$/i.test(host)
}

function listOf(entries: readonly string[]): Contains {
  return containedIn(entries.flatMap(entry => networksOf(entry) ?? []))
}

/** The networks of an entry; undefined if it is none, or if it is everyone (/0), which is no proxy. */
function networksOf(entry: string): Network[] | undefined {
  const networks = (named.get(entry.toLowerCase()) ?? [entry]).map(readNetwork)
  const good = networks.filter(network => network !== undefined).filter(network => network.prefix > 0)
  return good.length === networks.length ? good : undefined
}
