/**
 * The addresses on which the web process listens: only loopback, unless HOMING_HOST says otherwise or HOMING_URL or HOMING_LINK_URL is
 * an address of another machine; then all addresses.
 */
import { createServer, isIP, type Server, type Socket } from 'node:net'
import { problem } from '../../../core/problems.ts'

const loopback = ['127.0.0.1', '::1']
/** Without IPv6 on the machine, only the first. */
const everywhere = ['0.0.0.0', '::']

/** The settings that matter here. */
interface Where {
  hosts: readonly string[] | null
  url: string | null
  linkUrl: string | null
}

export function hostsOf(config: Where): readonly string[] {
  if (config.hosts !== null) return config.hosts
  return [config.url, config.linkUrl].every(isLocalUrl) ? loopback : everywhere
}

function isLocalUrl(text: string | null): boolean {
  const host = text === null ? 'localhost' : new URL(text).hostname
  return isLoopbackHost(host)
}

function isLoopbackHost(host: string): boolean {
  return /^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/.test(host)
}

/** HOMING_HOST: addresses, separated by commas; `localhost` is both loopback addresses. Throws `setting_invalid`. */
export function readHosts(value: string | null): readonly string[] | null {
  if (value === null) return null
  return value
    .split(',')
    .map(host => host.trim())
    .flatMap(host => {
      if (host === 'localhost') return loopback
      if (isIP(host) !== 0) return [host]
      throw problem('setting_invalid', {
        name: 'HOMING_HOST',
        value,
        wanted: 'an IP address of this machine like 127.0.0.1 or 0.0.0.0, or several separated by commas',
      })
    })
}

/** What the operator should know at the start: where Homing listens, and whether passwords travel unencrypted. */
export function listeningSentences(config: Where, port: number): string[] {
  const hosts = hostsOf(config)
  if (hosts.every(isLoopbackHost))
    return [
      `Listens on port ${port} of ${hosts.join(' and ')}: only this machine reaches it. HOMING_URL or HOMING_HOST opens it to others.`,
    ]
  const shown = hosts.some(host => everywhere.includes(host)) ? 'all addresses' : hosts.join(' and ')
  const said = `Listens on port ${port} of ${shown}.`
  if (config.url?.startsWith('https:'))
    return [
      `${said} It speaks plain HTTP: let only the proxy reach this port (HOMING_HOST=127.0.0.1 where the proxy runs on this machine).`,
    ]
  return [
    said,
    'ATTENTION: other machines reach this over plain HTTP: passwords and sign-in links can be read on the way. Put a proxy with TLS in front, and set HOMING_URL=https://….',
  ]
}

/**
 * Opens the pages on the first address and passes them the connections of the others. Returns the port, and a function that closes the others.
 * An address that the machine does not have is an error only if HOMING_HOST names it.
 */
export async function listenOn(
  pages: { listen(port: number, host: string): Promise<number>; accept(socket: Socket): void },
  config: Where,
  asked: number,
): Promise<{ port: number; close(): Promise<void> }> {
  const [first = '127.0.0.1', ...others] = hostsOf(config)
  const port = await pages.listen(asked, first).catch(error => {
    throw notHere(error, config) ?? error
  })
  const servers: Server[] = []
  const close = async () => {
    await Promise.all(servers.map(server => new Promise(resolve => server.close(resolve))))
  }
  for (const host of others) {
    try {
      servers.push(await beside(host, port, pages.accept))
    } catch (error) {
      if (config.hosts === null && isMissingAddress(error)) continue
      await close()
      throw notHere(error, config) ?? error
    }
  }
  return { port, close }
}

function beside(host: string, port: number, accept: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    // With the socket options of a node:http server.
    const server = createServer({ allowHalfOpen: true, noDelay: true }, accept).once('error', reject)
    // IPv4 has its own socket, so that its addresses appear without the prefix ::ffff:.
    server.listen({ host, port, ipv6Only: true }, () => resolve(server))
  })
}

const isMissingAddress = (error: unknown) =>
  error instanceof Error && 'code' in error && ['EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(String(error.code))

function notHere(error: unknown, { hosts }: Where) {
  if (!isMissingAddress(error)) return undefined
  return problem(
    'setting_invalid',
    { name: 'HOMING_HOST', value: (hosts ?? []).join(','), wanted: 'an IP address that this machine has' },
    { cause: error },
  )
}
