/**
 * Does a domain lead to this installation? A request to a path of ours on that domain, with a nonce, must be answered with what only this
 * installation can compute from the nonce.
 *
 * Invariants: the request goes only where platform/reach.ts allows; this machine and private networks are reachable only while the installation
 * itself is local, or where the operator allows them. Redirects are not followed, at most 200 bytes are read, and an error names only the kind of
 * failure: nobody sees the answer of another server.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { type RequestOptions, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import { problem } from '../../core/problems.ts'
import { guardedLookup, isLoopbackHost, type ReachCheck } from './reach.ts'

/** A path that no short link has: codes are base58. */
const provingPath = '/.well-known/homing/'
const noncePattern = /^[\w-]{22}$/
const answerLimit = 200
const answerMs = 5_000

/** What this installation answers to a nonce. `key`: a secret of the installation. */
export function proofOf(key: Buffer, nonce: string): string {
  return createHmac('sha256', key).update(`link domain ${nonce}`).digest('base64url')
}

/** The nonce that a request asks about; undefined: it asks for something else. */
export function nonceIn(target: string | undefined): string | undefined {
  if (!target?.startsWith(provingPath)) return undefined
  const nonce = target.slice(provingPath.length)
  return noncePattern.test(nonce) ? nonce : undefined
}

/** "go.example.com" -> "https://go.example.com". Throws link_domain_invalid. `own`: what the links of the installation begin with. */
export function readLinkDomain(given: string, own: string): string {
  const refuse = (what: string) => problem('link_domain_invalid', { domain: given.slice(0, 200), what })
  const text = given.trim()
  const url = URL.parse(/^[a-z]+:\/\//i.test(text) ? text : `${new URL(own).protocol}//${text}`)
  if (url === null || url.hostname === '') throw refuse('is not a domain')
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refuse('is not a web address')
  if (url.protocol === 'http:' && own.startsWith('https:')) throw refuse('is not https')
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '')
    throw refuse('has more than a domain')
  if (!url.hostname.includes('.') && !isLoopbackHost(url.hostname)) throw refuse('is not a public domain')
  return url.origin
}

export interface LinkDomainInput {
  domain: string
  /** what pages and short links of the installation begin with */
  url: string
  linkUrl: string
  reach: ReachCheck
  /** a secret of the installation */
  key: Buffer
}

/** Throws link_domain_elsewhere, with the reason. */
export async function checkLeadsHere({ domain, url, linkUrl, reach, key }: LinkDomainInput): Promise<void> {
  const { hostname, host } = new URL(domain)
  const nonce = randomBytes(16).toString('base64url')
  const refuse = (why: string) =>
    problem('link_domain_elsewhere', { domain, host, why, own: new URL(linkUrl).hostname })
  const bare = hostname.replace(/^\[(.*)\]$/, '$1')
  const isHere = isLoopbackHost(new URL(url).hostname)
  let refused: string | undefined
  const check = (address: string) => {
    const why = reach(hostname, address)
    refused ??= why === undefined && isLoopbackHost(address) && !isHere ? 'this machine' : why
    return refused
  }
  const inner = 'its address is not a public one'
  // net.connect looks up names only.
  if (isIP(bare) !== 0 && check(bare) !== undefined) throw refuse(inner)
  const answer = await ask(`${domain}${provingPath}${nonce}`, { lookup: guardedLookup(check) })
  if ('failed' in answer) throw refuse(refused === undefined ? answer.failed : inner)
  const expected = Buffer.from(proofOf(key, nonce))
  const got = Buffer.from(answer.text)
  if (got.length !== expected.length || !timingSafeEqual(got, expected))
    throw refuse(
      answer.status >= 300 && answer.status < 400 ? 'it redirects to another address' : 'another server answers there',
    )
}

type Asked = { status: number; text: string } | { failed: string }

function ask(address: string, options: Pick<RequestOptions, 'lookup'>): Promise<Asked> {
  return new Promise(resolve => {
    const begin = address.startsWith('https:') ? requestHttps : requestHttp
    const signal = AbortSignal.timeout(answerMs)
    const sent = begin(address, { ...options, agent: false, signal, headers: { accept: 'text/plain' } }, response => {
      let text = ''
      const done = () => {
        resolve({ status: response.statusCode ?? 0, text: text.slice(0, answerLimit).trim() })
        sent.destroy()
      }
      response.setEncoding('latin1')
      response.on('data', (chunk: string) => {
        text += chunk
        if (text.length > answerLimit) done()
      })
      response.once('end', done)
      response.once('error', error => resolve({ failed: reasonOf(error) }))
    })
    sent.once('error', error => resolve({ failed: reasonOf(error) }))
    sent.end()
  })
}

/** Not the error itself: it would tell which ports of which machine are open. */
function reasonOf(error: Error): string {
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'its name does not resolve'
  if (/CERT|SSL|TLS|SELF_SIGNED|ALTNAME|UNABLE_TO_VERIFY/.test(code)) return 'its certificate is not valid'
  return 'nothing answers there'
}
