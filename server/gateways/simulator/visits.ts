/**
 * How does a person, or a program that checks links, visit a web page? From an own address of 127.0.0.0/8 with its own
 * user agent, again and again while the server is down, and never anywhere but on this machine.
 */
import net from 'node:net'
import { trimEndWhere } from '../../../core/trim.ts'

/** What the server said. `broken`: it may or may not have got the request. */
export type VisitAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  | { readonly kind: 'refused' }
  | { readonly kind: 'broken' }

export type SimulatedVisit = {
  readonly method: 'GET' | 'HEAD' | 'POST'
  readonly url: URL
  readonly agent: string
  readonly localAddress: string
  /** The body of a form. */
  readonly form?: string
}

const timeoutMs = 10_000
const answerLimit = 256 * 1024

export const phoneAgents = [
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.7 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Linux; Android 15; SM-S928B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36',
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36',
] as const

export const previewAgent = 'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)'
export const scannerAgent = 'Mozilla/5.0 (compatible; LinkScanner/1.0)'
export const scannerAddress = '127.0.0.66'

/** Only this machine, and without TLS: a simulated person never leaves it, whatever a text says. */
export function staysHere(url: URL): boolean {
  const host = url.hostname
  if (url.protocol !== 'http:') return false
  return host === 'localhost' || host === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host)
}

/** An own address for each number, outside 127.0.x.x where servers listen. */
export function visitorAddressOf(number: string): string {
  let hash = 0
  for (let i = 0; i < number.length; i++) hash = (Math.imul(hash, 31) + number.charCodeAt(i)) | 0
  const spread = Math.imul(hash ^ (hash >>> 15), 0x2c1b_3c6d) >>> 0
  return `127.${1 + (spread % 254)}.${(spread >>> 8) & 0xff}.${1 + ((spread >>> 16) % 254)}`
}

export function agentOf(number: string): string {
  const last = number.charCodeAt(number.length - 1) + number.charCodeAt(number.length - 2)
  return phoneAgents[last % phoneAgents.length] ?? phoneAgents[0]
}

/** The links of a text in order, without the marks that end a sentence. */
export function linksOf(text: string): URL[] {
  return [...text.matchAll(/https?:\/\/[^\s<>"']+/g)]
    .map(match => URL.parse(trimEndWhere(match[0], character => '.,;:!?)'.includes(character))))
    .filter(url => url !== null)
}

/**
 * The forms of a page that would be posted: where they go and what a press on their button sends. Forms that lead to
 * another server are left out.
 */
export function formsOf(page: string, from: URL): { url: URL; form: string }[] {
  const forms: { url: URL; form: string }[] = []
  for (const [form] of page.matchAll(/<form\b[\s\S]*?(?:<\/form|$)/gi)) {
    const tag = form.slice(0, form.indexOf('>') + 1)
    const url = URL.parse(attribute(tag, 'action') ?? '', from.href)
    if (attribute(tag, 'method')?.toLowerCase() !== 'post' || url?.origin !== from.origin) continue
    const fields = new URLSearchParams()
    for (const [input] of form.matchAll(/<(?:input|button)\b[^>]*>/gi)) {
      const name = attribute(input, 'name')
      const type = attribute(input, 'type')?.toLowerCase()
      if (name && type !== 'checkbox' && type !== 'radio') fields.append(name, attribute(input, 'value') ?? '')
    }
    forms.push({ url, form: fields.toString() })
  }
  return forms
}

function attribute(tag: string, name: string): string | undefined {
  const found = new RegExp(`\\b${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s>]+))`, 'i').exec(tag)
  const value = found && (found[1] ?? found[2] ?? found[3])
  return value
    ?.replace(/&quot;/g, '"')
    .replace(/&#x27;|&#39;/g, "'")
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
}

/**
 * One try, on a connection of its own as each phone has one. Never rejects. Written on the socket itself: `http.request`
 * took 435 µs of processor time a visit, this 210.
 */
export function visit({ method, url, agent, localAddress, form = '' }: SimulatedVisit): Promise<VisitAnswer> {
  return new Promise(resolve => {
    let connected = false
    const chunks: Buffer[] = []
    let size = 0
    const ipv6 = url.hostname === '[::1]'
    const host = ipv6 ? '::1' : url.hostname === 'localhost' ? '127.0.0.1' : url.hostname
    const socket = net.connect({ host, port: Number(url.port || 80), ...(ipv6 ? {} : { localAddress }) })
    const posted =
      method === 'POST'
        ? `origin: ${url.origin}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: ${Buffer.byteLength(form)}\r\n`
        : ''
    socket.setTimeout(timeoutMs, () => socket.destroy())
    socket.on('connect', () => {
      connected = true
      socket.write(
        `${method} ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\nuser-agent: ${agent}\r\n` +
          `accept: text/html,application/xhtml+xml\r\naccept-language: sv-SE,sv;q=0.9,en;q=0.8\r\naccept-encoding: gzip, deflate, br\r\n${posted}connection: close\r\n\r\n${form}`,
      )
    })
    socket.on('data', chunk => {
      size += chunk.length
      if (size <= answerLimit) chunks.push(chunk)
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      resolve(readAnswer(Buffer.concat(chunks).toString(), method) ?? { kind: connected ? 'broken' : 'refused' })
    })
  })
}

/** A whole answer of HTTP/1.1 (RFC 9112 §6), or undefined where its end is missing. */
export function readAnswer(text: string, method: SimulatedVisit['method']): VisitAnswer | undefined {
  const status = /^HTTP\/1\.[01] (\d{3})[^\r\n]*\r\n/.exec(text)
  const headEnd = text.indexOf('\r\n\r\n')
  if (!status || headEnd < 0) return undefined
  const code = Number(status[1])
  const head = text.slice(0, headEnd + 2)
  const rest = text.slice(headEnd + 4)
  const answered = (body: string): VisitAnswer => ({ kind: 'answered', status: code, body })
  if (method === 'HEAD' || code === 204 || code === 304) return answered('')
  if (/\r\ntransfer-encoding:[^\r\n]*chunked/i.test(head)) {
    const body = unchunked(Buffer.from(rest))
    return body === undefined ? undefined : answered(body)
  }
  const length = /\r\ncontent-length:\s*(\d+)/i.exec(head)
  return length && Buffer.byteLength(rest) < Number(length[1]) ? undefined : answered(rest)
}

/** RFC 9112 §7.1; undefined where the last chunk is missing. */
function unchunked(bytes: Buffer): string | undefined {
  let body = ''
  for (let at = 0; ; ) {
    const lineEnd = bytes.indexOf('\r\n', at)
    const size = lineEnd < 0 ? Number.NaN : Number.parseInt(bytes.toString('latin1', at, lineEnd), 16)
    if (size === 0) return body
    at = lineEnd + 2
    if (!(at + size + 2 <= bytes.length)) return undefined
    body += bytes.toString('utf8', at, at + size)
    at += size + 2
  }
}
