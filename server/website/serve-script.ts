/** The script of a website: the same bytes for every visitor, and nothing about any of them. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { searchKeys } from '../../core/website/page-url.ts'
import type { KnownWebsite, KnownWebsites } from './known-websites.ts'

export interface ScriptInput {
  websites: Pick<KnownWebsites, 'byPublicKey'>
  /** where this installation is reached, without a slash at the end */
  url: string
}

/** Without comments and indentation: what browsers load. */
export function readScript(): string {
  const text = readFileSync(new URL('./browser-script.js', import.meta.url), 'utf8')
  return text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '' && !line.startsWith('//') && !line.startsWith('/*') && !line.startsWith('*'))
    .join('\n')
}

export function scriptOf(website: KnownWebsite, script: string, url: string): string {
  const settings = {
    u: `${url}/e`,
    k: website.publicKey,
    m: website.consent,
    q: website.queryKeys,
    s: searchKeys,
    h: website.hashRoutes ? 1 : 0,
  }
  return script.replace('__SETTINGS__', () => JSON.stringify(settings))
}

const pattern = /^\/s\/([\w-]{16})(?:\.([0-9a-f]{16}))?\.js(?:\?|$)/

export function serveScript(
  request: IncomingMessage,
  response: ServerResponse,
  { websites, url, script }: ScriptInput & { script: string },
): boolean {
  const [matched, key = '', hash] = pattern.exec(request.url ?? '') ?? []
  if (matched === undefined) return false
  const website = websites.byPublicKey(key)
  const text = website && scriptOf(website, script, url)
  const version = text && createHash('sha256').update(text).digest('hex').slice(0, 16)
  if (text === undefined || version === undefined || (hash !== undefined && hash !== version)) {
    response.writeHead(404, { 'content-type': 'text/plain', 'cache-control': 'no-store' })
    response.end('There is no such website.')
    return true
  }
  const tag = `"${version}"`
  const headers = {
    etag: tag,
    vary: 'accept-encoding',
    'content-type': 'text/javascript; charset=utf-8',
    // The address with the version in it never changes: a page can pin it (integrity="…").
    'cache-control': hash === undefined ? 'public, max-age=300' : 'public, max-age=31536000, immutable',
    'cross-origin-resource-policy': 'cross-origin',
    'access-control-allow-origin': '*',
    'x-content-type-options': 'nosniff',
  }
  if (request.headers['if-none-match'] === tag) {
    response.writeHead(304, headers)
    response.end()
    return true
  }
  const zipped = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
  const bytes = zipped ? gzipSync(text, { level: 9 }) : Buffer.from(text)
  response.writeHead(200, {
    ...headers,
    ...(zipped && { 'content-encoding': 'gzip' }),
    'content-length': String(bytes.length),
  })
  response.end(request.method === 'HEAD' ? undefined : bytes)
  return true
}
