/**
 * Short links: `/CODE` in front of everything else of the web process, on bare node:http. A click is durable before its
 * 302; nobody is blocked for being a bot. The target comes from the database, never from the request.
 *
 * Every path that begins with 11 or 12 base58 characters is a short link, known or not (link-path.ts): no page of ours may be named
 * so. Where short links have a host of their own, nothing else is there: people who get messages never meet our pages.
 * What counts as a click: docs/clicks.md.
 */
import { hash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressClass } from '../../core/clicks/hit.ts'
import { testRecipient } from '../../core/messages/test-sms.ts'
import type { Vars } from '../../core/sms/tag-values.ts'
import { renderTarget } from '../../core/sms/urls.ts'
import { trimEndWhere } from '../../core/trim.ts'
import type { Inbox } from '../inbox/append.ts'
import { messageOf } from '../inbox/connect.ts'
import type { LinkDomains } from '../links/link-domains.ts'
import { type CodeTarget, type LinkRanges, locationOf } from '../links/range.ts'
import type { Sealer } from '../links/seal.ts'
import type { LinkVisit } from '../links/visit.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { json, orNull, rowsNamed } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'
import type { VisitorOf } from '../platform/http/visitor.ts'
import { limitWarnings, type Warn } from '../platform/limited-warnings.ts'
import { nonceIn } from '../platform/link-domain.ts'
import type { Log } from '../platform/log.ts'
import { serveOptOut } from '../unsubscribe/opt-out-page.ts'
import { sendMissing, sendNotice } from '../unsubscribe/plain-page.ts'
import { codeIn, hostNameOf, useOriginForm } from './link-path.ts'
import { Misses } from './misses.ts'
import { Repeats } from './repeats.ts'
import type { VisitBody } from './visit-kinds.ts'

const agentLimit = 400
const headerLimit = 100
/** Headers that tell a person's browser from a program; kept as evidence where they are there. */
const telling = [
  'accept-language',
  'accept-encoding',
  'purpose',
  'sec-purpose',
  'x-moz',
  'x-purpose',
  'sec-fetch-dest',
  'sec-fetch-mode',
  'x-requested-with',
]

/** What the redirect knows of a click, before it is a fact. */
export interface ClickSigns {
  method: string
  agent: string
  headers: Readonly<Record<string, string>>
  addressClass: AddressClass
  at: Date
}

/** Where a click leads, given where its link leads: website/landing.ts. From memory: the person waits. */
export type Landing = (target: CodeTarget, location: string, signs: () => ClickSigns) => string

export interface RedirectInput {
  sealer: Sealer
  ranges: LinkRanges
  inbox: Inbox
  clock: Clock
  /** the lane "web": opt-out pages, and values for links that hold data tags */
  db: Database
  /** secret of the installation: addresses are kept only as hashes with it */
  salt: string
  visitorOf: VisitorOf
  /** data centres and known bots, by the operator's list */
  classOf?: (address: string) => AddressClass
  /** missing: links lead where they say */
  landing?: Landing
  log: Log
  misses?: Misses
  /** Where people and short links find us (config.ts, `addresses`); missing: links are everywhere, at the root. */
  addresses?: { url: string; linkUrl: string }
  /** the link domains of workspaces; missing: there are none */
  domains?: Pick<LinkDomains, 'has'>
  /** what proves to a request that it came to this installation (platform/link-domain.ts) */
  prove?: (nonce: string) => string
}

/** Returns false for a request that is for no short link. */
export function makeRedirect(input: RedirectInput): (request: IncomingMessage, response: ServerResponse) => boolean {
  const { sealer, ranges, salt, log, visitorOf, misses = new Misses(), classOf = () => null } = input
  const warn = limitWarnings(log)
  const repeats = new Repeats()

  function serve(request: IncomingMessage, response: ServerResponse, target: CodeTarget | undefined): void {
    const { address, shared, limitKey } = visitorOf(request)
    if (target === undefined || (target.kind === 'link' && target.target.length === 0)) {
      sendMissing(request, response, misses.allow(limitKey))
      return
    }
    const agent = request.headers['user-agent']?.slice(0, agentLimit) ?? ''
    // Of an address that nobody knows how many share nothing is kept: they would be taken for a crowd.
    const addressHash = shared ? '' : hashAddress(salt, address)
    const visit = { request, response, target, agent, addressHash, addressClass: classOf(address) }
    if (target.kind === 'unsubscribe') {
      rememberView(visit, input, repeats)
      void serveOptOut(visit, input)
    } else void serveLink(visit, { ...input, warn, repeats })
  }

  const { ownHost, linkHost, linkPath } = placesOf(input.addresses)
  const { domains = { has: () => false }, prove } = input
  const isLinkHost = (host: string) => host === linkHost || (host !== ownHost && domains.has(host))

  return (request, response) => {
    useOriginForm(request)
    const code = codeIn(request.url, linkPath)
    if (code === undefined) {
      const nonce = prove && nonceIn(request.url)
      if (prove !== undefined && nonce !== undefined) {
        sendProof(response, prove(nonce))
        return true
      }
      if (!isNobodys(request, isLinkHost)) return false
      sendNotice(request, response, 404)
      return true
    }
    const number = sealer.open(code)
    const known = number === undefined ? undefined : ranges.find(number)
    if (number === undefined || known !== undefined) serve(request, response, known)
    else
      ranges.resolve(number).then(
        target => serve(request, response, target),
        error => {
          warn(new Error(messageOf(error)), 'a short link could not be looked up')
          sendNotice(request, response, 503)
        },
      )
    return true
  }
}

/** The host that has nothing but short links, if there is one, and the path before their codes. */
function placesOf(addresses: RedirectInput['addresses']): {
  ownHost: string | null
  linkHost: string | null
  linkPath: string
} {
  if (addresses === undefined) return { ownHost: null, linkHost: null, linkPath: '' }
  const [own, links] = [new URL(addresses.url), new URL(addresses.linkUrl)]
  return {
    ownHost: own.hostname,
    linkHost: links.hostname === own.hostname ? null : links.hostname,
    linkPath: trimEndWhere(links.pathname, character => character === '/'),
  }
}

/** Requests for neither a code nor a page of ours: all on a host of short links but the probes, and a path that cannot be decoded. */
function isNobodys(request: IncomingMessage, isLinkHost: (host: string) => boolean): boolean {
  const { url = '' } = request
  const [path = ''] = url.split('?', 1)
  if (isLinkHost(hostNameOf(request))) return path !== '/health' && path !== '/ready'
  return path.includes('%') && !path.startsWith('/api/') && !isDecodable(path)
}

function sendProof(response: ServerResponse, proof: string): void {
  response.writeHead(200, { 'Content-Type': 'text/plain', 'Cache-Control': 'no-store', 'Content-Length': proof.length })
  response.end(proof)
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}

/** 16 hexadecimal digits; the same address has the same hash within an installation. */
function hashAddress(salt: string, address: string): string {
  return hash('sha256', `${salt} ${address}`).slice(0, 16)
}

/** Evidence, and never a click: the page does not wait for it, and is shown where it cannot be kept. */
function rememberView(visit: LinkVisit, input: RedirectInput, repeats: Repeats): void {
  const { method } = visit.request
  // A press on the button is kept as the opt-out that it is.
  if (method === 'POST' || visit.target.profileId === testRecipient) return
  keep('opt_out_view', visit, input, repeats, input.clock.now()).catch(() => {}) // the next one will tell, where the database is away
}

function keep(
  kind: 'click' | 'opt_out_view',
  visit: LinkVisit,
  { inbox }: RedirectInput,
  repeats: Repeats,
  at: Date,
): Promise<unknown> {
  return repeats.keep(visit.target.number, visit, at, () =>
    inbox.append([{ kind, body: bodyOf(visit), at, gatewayId: null }]),
  )
}

async function serveLink(visit: LinkVisit, input: RedirectInput & { warn: Warn; repeats: Repeats }): Promise<void> {
  const { request, response, target } = visit
  const { method = '' } = request
  // Begun before anything is awaited: the click counts, whatever becomes of the values. Of any method: a request other than GET comes from a program.
  const at = input.clock.now()
  const durable = target.profileId === testRecipient ? undefined : keep('click', visit, input, input.repeats, at)
  durable?.catch(() => {}) // awaited below; until then a failure is nobody's surprise
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD')
    sendNotice(request, response, 405)
    return
  }
  try {
    let location = target.location
    if (location === null) location = await personalLocation(input.db, target).catch(() => null)
    if (location !== null && method === 'GET' && target.profileId !== testRecipient)
      location = input.landing?.(target, location, () => ({ ...signsOf(visit), at })) ?? location
    await durable
    if (location === null) sendNotice(request, response, 404)
    else redirect(response, location)
  } catch (error) {
    input.warn(new Error(messageOf(error)), 'a click could not be made durable and was answered 503')
    sendNotice(request, response, 503)
  }
}

function redirect(response: ServerResponse, location: string): void {
  // 302: browsers keep 301 and 308, and later clicks would be lost.
  response.writeHead(302, [
    'Location',
    location,
    'Cache-Control',
    'no-store',
    'Referrer-Policy',
    'no-referrer',
    'X-Robots-Tag',
    'noindex',
    'Content-Length',
    '0',
  ])
  response.end()
}

function bodyOf(visit: LinkVisit): VisitBody {
  const { target, addressHash } = visit
  const { method, agent, headers, addressClass } = signsOf(visit)
  const body: VisitBody = { codeNumber: target.number, method, agent, addressHash, headers }
  if (addressClass !== null) body.addressClass = addressClass
  return body
}

function signsOf({
  request,
  agent,
  addressClass,
}: LinkVisit): Omit<ClickSigns, 'at'> & { headers: Record<string, string> } {
  const headers: Record<string, string> = {}
  for (const name of telling) {
    const value = request.headers[name]
    if (typeof value === 'string') headers[name] = value.slice(0, headerLimit)
  }
  return { method: request.method ?? '', agent, headers, addressClass }
}

const varsRows = rowsNamed('redirect-vars', { vars: orNull(json<Vars>()) })

/** The address with this profile's values in it. Where they cannot be read now, with the defaults: a person waits for a page. */
async function personalLocation(db: Db, { activityId, profileId, target }: CodeTarget): Promise<string | null> {
  const rows = await db
    .query<{ vars: Vars | null }>(
      sql`select vars from messages where bucket = ${profileId & 255} and activity_id = ${activityId} and profile_id = ${profileId}`,
      varsRows,
    )
    .catch(() => [])
  return locationOf(renderTarget(target, rows[0]?.vars ?? {}))
}
