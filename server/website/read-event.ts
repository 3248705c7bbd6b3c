/**
 * One event as it is recorded, or why it cannot be. The same rules for browsers and servers: limits, times, and addresses without what may be about
 * a person. What an event says beyond the fields below is left out.
 */
import { randomUUID } from 'node:crypto'
import { readPageUrl, readTitle } from '../../core/website/page-url.ts'
import { isUserId } from '../../core/website/user-ids.ts'
import type { VisitToken } from '../links/visit-token.ts'
import type { EventIds } from './event-ids.ts'
import type { KnownWebsite } from './known-websites.ts'
import type { EventKind, WebsiteEventBody } from './website-kind.ts'

export type JsonObject = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export interface GivenEvent {
  kind: EventKind
  messageId: unknown
  anonymousId: unknown
  /** proved: by a server key, or by a signature */
  user: { id: unknown; signed: boolean } | null
  token: VisitToken | undefined
  at: Date
  url: unknown
  title: unknown
  search: unknown
  name: unknown
  properties: unknown
}

/** Codes of `rejected`. */
export const eventFaults = {
  not_an_object: 'The event is not an object.',
  kind_unknown: 'Its type is none of page, screen, track, identify, alias, group.',
  nobody: 'It has neither a userId nor an anonymousId that names somebody.',
  user_id: 'Its userId is one that programs send for nobody, or is longer than 128 characters.',
  event_name: 'Its event has no name of 1 to 100 characters.',
  url: 'Its address is none of a host of the website.',
  properties:
    'Its properties are nested deeper than 8, have more than 255 names, a text of more than 8,000 characters, or take more than 4 kB.',
  too_large: 'It is larger than 32 kB.',
  profile: 'The profile could not be written.',
} as const
export type EventFault = keyof typeof eventFaults

const idLimit = 100
const nameLimit = 100
const propertiesBytes = 4_096
const deepest = 8
const mostNames = 255
const textLimit = 8_000
export const pastMs = 30 * 24 * 60 * 60 * 1000
const futureMs = 5 * 60 * 1000

export function readEvent(
  website: KnownWebsite,
  given: GivenEvent,
  ids: EventIds,
): { body: WebsiteEventBody } | { fault: EventFault } {
  const { kind, user, token, at } = given
  const anonymousId = idOf(given.anonymousId)
  if (user !== null && !isUserId(user.id)) return { fault: 'user_id' }
  if (anonymousId === undefined && user === null) return { fault: 'nobody' }
  const messageId = idOf(given.messageId)
  const body: WebsiteEventBody = {
    websiteId: website.id,
    workspaceId: website.workspaceId,
    kind,
    key: ids.event(website.id, messageId ?? randomUUID()),
    at: at.getTime(),
  }
  if (anonymousId !== undefined) body.visitor = ids.visitor(website.id, anonymousId)
  else if (user !== null) body.visitor = ids.user(website.id, String(user.id))
  if (user !== null) {
    body.user = String(user.id)
    body.signed = user.signed
  }
  if (token !== undefined) {
    body.codeNumber = token.codeNumber
    body.clickedAt = token.clickedAt.getTime()
  }
  if (typeof given.url === 'string' && given.url !== '') {
    const page = readPageUrl(given.url, website)
    if (page === null && kind === 'page') return { fault: 'url' }
    if (page !== null) {
      body.url = page.url
      body.title = typeof given.title === 'string' ? readTitle(given.title) : ''
      const search = page.search ?? (typeof given.search === 'string' ? readTitle(given.search).slice(0, 100) : '')
      if (search !== '' && kind === 'page') body.search = search
    }
  } else if (kind === 'page') return { fault: 'url' }
  if (kind === 'track') {
    const name = typeof given.name === 'string' ? given.name.trim().toWellFormed().replaceAll('\0', '') : ''
    if (name === '' || name.length > nameLimit) return { fault: 'event_name' }
    body.name = name
    if (isObject(given.properties) && Object.keys(given.properties).length > 0) {
      if (!isWithin(given.properties)) return { fault: 'properties' }
      const text = JSON.stringify(given.properties)
      if (Buffer.byteLength(text) > propertiesBytes) return { fault: 'properties' }
      body.properties = text
    }
  }
  return { body }
}

/** An id of a browser or a message. Anything else is none. */
function idOf(given: unknown): string | undefined {
  return typeof given === 'string' && given.trim() !== '' && given.length <= idLimit ? given : undefined
}

function isWithin(properties: JsonObject): boolean {
  let names = 0
  const fits = (value: unknown, depth: number): boolean => {
    if (typeof value === 'string') return value.length <= textLimit
    if (typeof value !== 'object' || value === null) return true
    if (depth > deepest) return false
    if (Array.isArray(value)) return value.every(one => fits(one, depth + 1))
    const entries = Object.entries(value)
    names += entries.length
    return names <= mostNames && entries.every(([, one]) => fits(one, depth + 1))
  }
  return fits(properties, 1)
}

/**
 * When it happened. `sentAt` corrects a clock that is wrong: what counts is how long before the sending it was. Nothing is in the future, and
 * nothing is older than 30 days.
 */
export function timeOfEvent(given: { timestamp: unknown; sentAt: unknown }, receivedAt: Date): Date {
  const [timestamp, sentAt] = [timeOf(given.timestamp), timeOf(given.sentAt)]
  if (timestamp === undefined) return receivedAt
  const at = sentAt === undefined ? timestamp : receivedAt.getTime() - (sentAt - timestamp)
  const age = receivedAt.getTime() - at
  if (age > pastMs || age < -futureMs) return receivedAt
  return new Date(Math.min(at, receivedAt.getTime()))
}

function timeOf(given: unknown): number | undefined {
  if (typeof given !== 'string' || !/^\d{4}-\d\d-\d\dT/.test(given)) return undefined
  const ms = Date.parse(given)
  return Number.isNaN(ms) ? undefined : ms
}
