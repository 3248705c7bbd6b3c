/**
 * What a link's address gets added, so that the site it leads to can tell where a visitor came from: utm_source, utm_medium,
 * utm_campaign.
 *
 * Always: a parameter that the address has already is left as it is; the fragment stays behind the query; data tags stay
 * tags; what `writeTarget` writes is read again as the same pieces (urls.ts), so that a stored link leads where it was shown.
 */
import { normalForm } from '../normal-form.ts'
import { trimWhere } from '../trim.ts'
import type { TextLink } from './template.ts'
import { maxUrlLength, type TargetPiece } from './urls.ts'

/** What a person chose; '' stands for the default. `name` becomes utm_campaign. */
export interface Utm {
  on: boolean
  source: string
  medium: string
  name: string
}

export interface UtmParameter {
  key: 'utm_source' | 'utm_medium' | 'utm_campaign'
  value: string
}

export const utmByDefault: Readonly<Utm> = { on: true, source: '', medium: '', name: '' }
export const defaultUtmSource = 'homing'
export const defaultUtmMedium = 'sms'
export const maxUtmLength = 100

/** In the order in which they are added; none where they are switched off. */
export function utmParameters(utm: Utm, activityName: string, medium: string = defaultUtmMedium): UtmParameter[] {
  if (!utm.on) return []
  const found: UtmParameter[] = [
    { key: 'utm_source', value: utm.source.trim() || defaultUtmSource },
    { key: 'utm_medium', value: utm.medium.trim() || medium },
    { key: 'utm_campaign', value: utm.name.trim() || utmNameOf(activityName) },
  ]
  return found.filter(({ value }) => value !== '')
}

/** "Höst-rea: 20 %!" -> "host-rea-20". Letters without a Latin form stay; '' where nothing is left. */
export function utmNameOf(activityName: string): string {
  const latin = normalForm(normalForm(activityName.toWellFormed(), 'NFD').replace(/[\u0300-\u036f]/g, ''))
  const words = latin.toLowerCase().replace(/[^\p{L}\p{N}\p{M}]+/gu, '-')
  const cut = Array.from(words).slice(0, maxUtmLength).join('')
  return trimWhere(cut, character => character === '-')
}

/** Where a link of the text leads: its address as written, with the parameters that it lacks. */
export function linkAddress(link: TextLink, parameters: readonly UtmParameter[]): string {
  const added = withUtm(link.target, parameters)
  return added === link.target ? link.url : writeTarget(added)
}

/** True where the parameters make the address longer than a link may be. */
export function isTooLong(link: TextLink, parameters: readonly UtmParameter[]): boolean {
  return linkAddress(link, parameters).length > maxUrlLength && link.url.length <= maxUrlLength
}

/** The pieces with the parameters that they lack; the same array where they lack none. */
export function withUtm(target: TargetPiece[], parameters: readonly UtmParameter[]): TargetPiece[] {
  const { head, tail } = cutAtFragment(target)
  const query = queryOf(head)
  const has = new Set((query ?? '').split('&').map(pair => nameOf(pair.split('=')[0] ?? '')))
  const missing = parameters.filter(({ key }) => !has.has(key))
  if (missing.length === 0 || head.length === 0) return target
  const added = missing.map(({ key, value }) => `${key}=${encode(value)}`).join('&')
  return joined([...head, separator(head, query), added, ...tail])
}

/** The pieces as one would write them in a text. */
export function writeTarget(target: readonly TargetPiece[]): string {
  return target
    .map(piece =>
      typeof piece === 'string' ? piece : `##${piece.name}${piece.fallback === '' ? '' : `|${piece.fallback}`}##`,
    )
    .join('')
}

function cutAtFragment(target: readonly TargetPiece[]): { head: TargetPiece[]; tail: TargetPiece[] } {
  for (const [i, piece] of target.entries()) {
    const at = typeof piece === 'string' ? piece.indexOf('#') : -1
    if (typeof piece !== 'string' || at < 0) continue
    return { head: [...target.slice(0, i), piece.slice(0, at)], tail: [piece.slice(at), ...target.slice(i + 1)] }
  }
  return { head: [...target], tail: [] }
}

/** The query behind the question mark, tags as an x; undefined where there is none. */
function queryOf(head: readonly TargetPiece[]): string | undefined {
  const sample = head.map(piece => (typeof piece === 'string' ? piece : 'x')).join('')
  const at = sample.indexOf('?')
  return at < 0 ? undefined : sample.slice(at + 1)
}

function separator(head: readonly TargetPiece[], query: string | undefined): string {
  if (query === undefined) return head.length === 1 && /^https?:\/\/[^/]+$/i.test(String(head[0])) ? '/?' : '?'
  return query === '' || query.endsWith('&') ? '' : '&'
}

function nameOf(written: string): string {
  try {
    return decodeURIComponent(written).toLowerCase()
  } catch {
    return written.toLowerCase()
  }
}

/** Characters that would end a link in a text (urls.ts) are encoded too. */
function encode(value: string): string {
  const percent = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  return encodeURIComponent(value.toWellFormed())
    .replace(/[!'()*]/g, percent)
    .replace(/[._]$/, percent)
}

function joined(pieces: readonly TargetPiece[]): TargetPiece[] {
  const whole: TargetPiece[] = []
  for (const piece of pieces) {
    const last = whole.at(-1)
    if (piece === '') continue
    if (typeof piece === 'string' && typeof last === 'string') whole[whole.length - 1] = last + piece
    else whole.push(piece)
  }
  return whole
}
