/**
 * What the script on a shop's page sends: POST /e, as text, so that browsers ask nothing before. The answer is the same for everybody and everything that
 * can be read: 204 when it is durable, and 204 too for bots, strangers and what is over a limit. Nothing of a person ever goes back.
 *
 * Anybody can copy the public key. So what comes here never changes a profile, and says who somebody is only with a signature of the shop.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isbot } from 'isbot'
import type { AddressClass } from '../../core/clicks/hit.ts'
import type { VisitTokens } from '../links/visit-token.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/db/database.ts'
import type { VisitorOf } from '../platform/http/visitor.ts'
import type { Warn } from '../platform/limited-warnings.ts'
import type { Collector } from './collector.ts'
import type { EventIds } from './event-ids.ts'
import type { KnownWebsite, KnownWebsites } from './known-websites.ts'
import { readBody } from './read-body.ts'
import { isObject, type JsonObject, pastMs, readEvent } from './read-event.ts'
import type { EventKind, WebsiteEventBody } from './website-kind.ts'

export interface ReceiveInput {
  websites: KnownWebsites
  collector: Collector
  tokens: VisitTokens
  ids: EventIds
  clock: Clock
  /** for the profiles that servers name */
  db: Database
  visitorOf: VisitorOf
  classOf: (address: string) => AddressClass
  url: string
  warn: Warn
}

/** A browser sends at most 64 KiB from a page that is closing. */
const limitBytes = 64 * 1024
const eventsLimit = 50

export async function receiveFromBrowser(
  request: IncomingMessage,
  response: ServerResponse,
  input: ReceiveInput,
): Promise<void> {
  const answer = (status: number) => {
    response.writeHead(status, { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
    response.end()
  }
  if (request.method !== 'POST') {
    response.setHeader('allow', 'POST')
    answer(405)
    return
  }
  const read = await readBody(request, limitBytes)
  if (!('text' in read)) {
    // What is left of the body is not read.
    response.setHeader('connection', 'close')
    answer(read.fault === 'too_large' ? 413 : 400)
    return
  }
  const given = parsed(read.text)
  const website = given && typeof given.k === 'string' ? input.websites.byPublicKey(given.k) : undefined
  if (given === undefined || website === undefined || !isOwnOrigin(request, website)) {
    answer(204)
    return
  }
  try {
    const { limitKey, address } = input.visitorOf(request)
    const isBot = isBotRequest(request, given) || input.classOf(address) !== null
    await input.collector.ofBrowser(website, bodiesOf(given, website, input), { limitKey, isBot })
    answer(204)
  } catch (error) {
    input.warn(error, 'events of a browser could not be made durable and were refused')
    answer(503)
  }
}

/** undefined: no JSON object. */
function parsed(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isOwnOrigin(request: IncomingMessage, { hosts }: KnownWebsite): boolean {
  const origin = URL.parse(String(request.headers.origin ?? ''))
  return origin !== null && hosts.includes(origin.hostname.replace(/\.$/, ''))
}

function isBotRequest({ headers }: IncomingMessage, given: JsonObject): boolean {
  const agent = headers['user-agent'] ?? ''
  const purpose = `${headers['sec-purpose'] ?? ''} ${headers.purpose ?? ''}`
  // `w`: the browser says that a program drives it.
  return agent.trim() === '' || isbot(agent) || /prefetch|prerender|preview/i.test(purpose) || given.w === 1
}

const kinds: Readonly<Record<string, EventKind>> = { p: 'page', t: 'track', i: 'identify' }

/** What can be read; the rest is left out, because nobody there could correct it. */
function bodiesOf(given: JsonObject, website: KnownWebsite, { tokens, ids, clock }: ReceiveInput): WebsiteEventBody[] {
  const now = clock.now()
  const token = typeof given.t === 'string' ? tokens.open(given.t, now) : undefined
  const events = Array.isArray(given.e) ? given.e.slice(0, eventsLimit).filter(isObject) : []
  return events.flatMap(event => {
    const kind = typeof event.y === 'string' && Object.hasOwn(kinds, event.y) ? kinds[event.y] : undefined
    if (kind === undefined) return []
    const user = kind === 'identify' ? { id: event.d, signed: true } : null
    if (user !== null && !isSigned(website, event.d, event.g)) return []
    const ageMs = typeof event.a === 'number' && event.a >= 0 && event.a < pastMs ? event.a : 0
    const read = readEvent(
      website,
      {
        kind,
        messageId: event.i,
        anonymousId: given.v,
        user,
        token,
        at: new Date(now.getTime() - ageMs),
        url: event.u,
        title: event.n,
        search: event.s,
        name: event.n,
        properties: event.p,
      },
      ids,
    )
    return 'body' in read ? [read.body] : []
  })
}

/** The shop's server has signed the id: HMAC-SHA256 with the signing secret, in hexadecimal. */
function isSigned({ signingSecret }: KnownWebsite, userId: unknown, signature: unknown): boolean {
  if (signingSecret === undefined || typeof userId !== 'string' || typeof signature !== 'string') return false
  const wanted = createHmac('sha256', signingSecret).update(userId).digest()
  const given = Buffer.from(signature.slice(0, 64), 'hex')
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}
