/**
 * The address and the title of a page as they are kept: without what may be about a person.
 *
 * Always: no protocol, no fragment, no query parameter that is not allowed, no segment that looks like an e-mail address, a number, a token
 * or an id. Browsers send addresses like this already; the server does it again, because anybody may send anything. Never throws, linear.
 */
import { withoutInvisible } from '../invisible.ts'
import { normalForm } from '../normal-form.ts'

export interface UrlRules {
  /** lower case, without port */
  hosts: readonly string[]
  /** query parameters that stay, beside utm_* */
  queryKeys: readonly string[]
  /** the fragment is a part of the path: `#/basket` */
  hashRoutes: boolean
}

export interface PageUrl {
  /** host, path, allowed query: `shop.example/basket?colour=red` */
  url: string
  /** what the person searched for on the website */
  search: string | null
}

/** Query parameters in which people search. */
export const searchKeys = ['q', 's', 'query', 'search', 'sok', 'sök', 'keyword', 'term'] as const

const urlLimit = 500
const givenLimit = 8_192
const valueLimit = 100
const titleLimit = 200
/** Replaces a segment that may be about a person. */
export const masked = ':id'

/** What a person writes as an address, in the form of kept ones: without protocol and without a slash at the end. */
export function asPageUrl(given: string, isWhole: boolean): string {
  const text = given.replace(/^https?:\/\//i, '')
  return isWhole && text.endsWith('/') ? text.slice(0, -1) : text
}

/** null: no address of one of the hosts. */
export function readPageUrl(given: string, { hosts, queryKeys, hashRoutes }: UrlRules): PageUrl | null {
  if (given.length > givenLimit) return null
  const url = URL.parse(given)
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return null
  const host = url.hostname.replace(/\.$/, '')
  if (!hosts.includes(host)) return null
  const route = hashRoutes && url.hash.startsWith('#/') ? `/${url.hash.slice(1).split('?', 1)[0]}` : ''
  const path = maskPath(`${url.pathname}${route}`)
  const kept: string[] = []
  let search: string | null = null
  for (const [name, value] of url.searchParams) {
    const key = name.toLowerCase()
    const text = tidy(value).slice(0, valueLimit)
    if (text === '') continue
    if (searchKeys.some(known => known === key)) search ??= isPersonal(text) || hasPersonal(text) ? null : text
    else if (queryKeys.includes(key) || /^utm_[a-z]{1,20}$/.test(key))
      kept.push(`${key}=${hasPersonal(text) ? masked : escaped(text, /[%&#+]/g)}`)
  }
  const query = kept.length === 0 ? '' : `?${kept.sort().join('&')}`
  return { url: `${host}${path}${query}`.slice(0, urlLimit), search }
}

/** Words of a title that may be about a person are masked. */
export function readTitle(given: string): string {
  const words = tidy(given.slice(0, 1_000)).split(' ')
  return words
    .filter(word => word !== '')
    .map(word => (isPersonal(word) ? masked : word))
    .join(' ')
    .slice(0, titleLimit)
}

/** Segments after these words are secrets: `/reset/abc123`. */
const beforeSecrets = new Set([
  'reset',
  'token',
  'verify',
  'confirm',
  'activate',
  'invite',
  'invitation',
  'magic',
  'login',
  'unsubscribe',
  'session',
])

function maskPath(path: string): string {
  const segments = path.split('/').filter(segment => segment !== '')
  let before = ''
  const kept = segments.flatMap(segment => {
    // Parameters of a segment: sessions of Java servers are written so.
    const text = tidy(decoded(segment).split(';', 1)[0] ?? '')
    const isSecret = beforeSecrets.has(before) && text.length >= 6 && /\d/.test(text)
    before = text.toLowerCase()
    if (text === '') return []
    return isSecret || isPersonal(text) ? [masked] : [escaped(text, /[%/?#\\]/g)]
  })
  return kept.length === 0 ? '' : `/${kept.join('/')}`
}

/** What would mean something else in an address. */
const escaped = (text: string, characters: RegExp): string => text.replace(characters, encodeURIComponent)

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** One form for one text: without control characters and what shows nothing. */
const tidy = (text: string): string =>
  withoutInvisible(normalForm(text.toWellFormed()).replace(/[\p{Cc}\s]/gu, ' ')).trim()

const hasPersonal = (text: string): boolean => text.split(/[ ,;&=]/).some(isPersonal)

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** An e-mail address, a phone number, a token, a long id. */
export function isPersonal(text: string): boolean {
  if (text.includes('@') || /%40/i.test(text)) return true
  if (text.startsWith('eyJ') || uuid.test(text)) return true
  const digits = text.replace(/\D/g, '').length
  if (digits >= 9 && /^\+?[\d ().-]+$/.test(text)) return true
  // Words of a slug are parted by hyphens; a token is one run of letters and digits.
  return text.split(/[-_.~]/).some(run => run.length >= 20 && /^[0-9A-Za-z+=]+$/.test(run) && /\d/.test(run))
}
