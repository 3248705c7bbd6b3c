/**
 * The API of shops' servers, in the shape of Segment's HTTP API, so that its libraries and those of RudderStack can be pointed here:
 * POST /v1/identify, track, page, screen (a page), batch; alias and group are accepted and ignored. HTTP Basic with the server key as the user name.
 *
 * Everything that is answered 200 is durable. `identify` writes the profile with that customer id by the same rules as the API, before the answer;
 * it never gives consent. One wrong event of a batch is named in `rejected`, and the others are taken.
 */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Problem, problem } from '../../core/problems.ts'
import { isUserId } from '../../core/website/user-ids.ts'
import { shapeFault } from '../platform/http/json-shape.ts'
import { problemBody } from '../platform/http/problem-responses.ts'
import type { KnownWebsite } from './known-websites.ts'
import { readBody } from './read-body.ts'
import { type EventFault, eventFaults, isObject, type JsonObject, readEvent, timeOfEvent } from './read-event.ts'
import type { ReceiveInput } from './receive-from-browser.ts'
import { writeTraits } from './traits.ts'
import type { EventKind, WebsiteEventBody } from './website-kind.ts'

export const serverCalls = ['identify', 'track', 'page', 'screen', 'alias', 'group', 'batch'] as const
export type ServerCall = (typeof serverCalls)[number]

const batchBytes = 500 * 1024
const eventBytes = 32 * 1024
const eventsLimit = 1_000

interface Rejected {
  index: number
  code: EventFault
  what: string
}

export async function receiveFromServer(
  call: ServerCall,
  request: IncomingMessage,
  response: ServerResponse,
  input: ReceiveInput,
): Promise<void> {
  try {
    if (request.method !== 'POST') {
      response.setHeader('allow', 'POST')
      throw problem('invalid_input', { where: 'The method', what: 'must be POST' })
    }
    const website = await websiteOf(request, input)
    const given = await documentOf(request, call)
    const rejected = await take(website, call === 'batch' ? eventsOf(given) : [{ ...given, type: call }], given, input)
    const [first] = rejected
    if (call !== 'batch' && first !== undefined) throw problem('event_refused', { code: first.code, what: first.what })
    send(response, 200, { success: true, ...(call === 'batch' && { rejected }) })
  } catch (error) {
    if (!isProblem(error)) input.warn(error, 'events of a server could not be taken')
    const told = isProblem(error) ? error : problem('internal')
    if (told.status === 413 || told.status === 401) response.setHeader('connection', 'close')
    if (told.status === 401) response.setHeader('www-authenticate', 'Basic realm="homing"')
    if (told.status === 429) response.setHeader('retry-after', '5')
    send(response, told.status, problemBody(told, randomUUID()), 'application/problem+json')
  }
}

function send(response: ServerResponse, status: number, body: object, type = 'application/json'): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': type,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-length': String(Buffer.byteLength(text)),
  })
  response.end(text)
}

const isProblem = (error: unknown): error is Problem =>
  error instanceof Error && 'code' in error && 'fix' in error && 'status' in error

/** A key of another workspace, a revoked one and one that never was are the same to a stranger. */
async function websiteOf(request: IncomingMessage, { websites }: ReceiveInput): Promise<KnownWebsite> {
  const [scheme = '', credentials = ''] = (request.headers.authorization ?? '').split(' ', 2)
  const name =
    scheme.toLowerCase() === 'basic' ? Buffer.from(credentials, 'base64').toString('utf8').split(':', 1)[0] : ''
  const website = name === undefined || name === '' ? undefined : await websites.byServerKey(name)
  if (website === undefined) throw problem('website_key_wrong')
  return website
}

async function documentOf(request: IncomingMessage, call: ServerCall): Promise<JsonObject> {
  const limit = call === 'batch' ? batchBytes : eventBytes
  const read = await readBody(request, limit)
  if (!('text' in read)) {
    if (read.fault === 'too_large') throw problem('events_too_large', { limit: `${limit / 1024} kB` })
    throw problem('invalid_input', { where: 'Body', what: 'cannot be read: send JSON, plain or packed with gzip' })
  }
  const deep = shapeFault(read.text)
  if (deep !== undefined) throw deep
  let value: unknown
  try {
    value = JSON.parse(read.text)
  } catch {
    throw problem('invalid_input', { where: 'Body', what: 'is not JSON' })
  }
  if (!isObject(value)) throw problem('invalid_input', { where: 'Body', what: 'is not a JSON object' })
  return value
}

function eventsOf(given: JsonObject): unknown[] {
  if (!Array.isArray(given.batch)) throw problem('invalid_input', { where: 'batch', what: 'is not a list' })
  if (given.batch.length > eventsLimit) throw problem('events_too_large', { limit: `${eventsLimit} events` })
  return given.batch
}

const kindOf: Readonly<Record<string, EventKind | 'ignored'>> = {
  page: 'page',
  screen: 'page',
  track: 'track',
  identify: 'identify',
  alias: 'ignored',
  group: 'ignored',
}

/** Takes them in their order: an `identify` writes its profile before what follows it is recorded. */
async function take(
  website: KnownWebsite,
  events: readonly unknown[],
  envelope: JsonObject,
  input: ReceiveInput,
): Promise<Rejected[]> {
  const receivedAt = input.clock.now()
  const rejected: Rejected[] = []
  const bodies: WebsiteEventBody[] = []
  const traits: { index: number; userId: string; traits: JsonObject }[] = []
  for (const [index, event] of events.entries()) {
    const refuse = (code: EventFault) => rejected.push({ index, code, what: eventFaults[code] })
    if (!isObject(event)) refuse('not_an_object')
    else if (events.length > 1 && JSON.stringify(event).length > eventBytes) refuse('too_large')
    else {
      const kind = typeof event.type === 'string' && Object.hasOwn(kindOf, event.type) ? kindOf[event.type] : undefined
      if (kind === undefined) refuse('kind_unknown')
      else if (kind !== 'ignored') {
        const read = readEvents(website, kind, event, envelope, receivedAt, input)
        if ('fault' in read) refuse(read.fault)
        else {
          bodies.push(...read.bodies)
          if (kind === 'identify' && isUserId(event.userId))
            traits.push({ index, userId: event.userId, traits: isObject(event.traits) ? event.traits : {} })
        }
      }
    }
  }
  for (const { index, what } of await writeTraits(input.db, website, traits, receivedAt))
    rejected.push({ index, code: 'profile', what })
  if (bodies.length > 0 && (await input.collector.ofServer(website, bodies)) === 'dropped') throw problem('events_busy')
  return rejected.sort((a, b) => a.index - b.index)
}

function readEvents(
  website: KnownWebsite,
  kind: EventKind,
  event: JsonObject,
  envelope: JsonObject,
  receivedAt: Date,
  { ids }: ReceiveInput,
): { bodies: WebsiteEventBody[] } | { fault: EventFault } {
  const properties = isObject(event.properties) ? event.properties : {}
  const context = isObject(event.context) && isObject(event.context.page) ? event.context.page : {}
  const hasUser = event.userId !== undefined && event.userId !== null && event.userId !== ''
  if (kind === 'identify' && !hasUser) return { fault: 'user_id' }
  const given = {
    kind,
    messageId: event.messageId,
    anonymousId: event.anonymousId,
    user: hasUser ? { id: event.userId, signed: false } : null,
    token: undefined,
    at: timeOfEvent({ timestamp: event.timestamp, sentAt: event.sentAt ?? envelope.sentAt }, receivedAt),
    url: properties.url ?? context.url,
    title: properties.title ?? context.title ?? event.name,
    search: properties.search,
    name: event.event,
    properties: kind === 'track' ? event.properties : undefined,
  }
  const read = readEvent(website, given, ids)
  if ('fault' in read) return read
  if (kind !== 'identify' || !event.anonymousId) return { bodies: [read.body] }
  // What came under the shop's own id before anybody knew whose it is belongs to the person too.
  const messageId = typeof event.messageId === 'string' ? `user ${event.messageId}`.slice(0, 100) : undefined
  const alone = readEvent(website, { ...given, anonymousId: undefined, messageId }, ids)
  return { bodies: 'body' in alone ? [read.body, alone.body] : [read.body] }
}
