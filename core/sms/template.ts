/**
 * What does the text of an activity consist of, and what does one profile get? Parsed once, rendered a million times.
 *
 * Always: `parseTemplate` never throws; every fault is in `problems` with its place, and a template with problems is
 * not sent. The same URL is the same link with the same slot, wherever it occurs. Everything is normalised, and
 * smart-encoded unless switched off (links and their targets apart), before it is counted; values are cleaned.
 * The syntax: `##first_name|there##`, `##unsubscribe##` (docs/words.md).
 */
import { withoutInvisible } from '../invisible.ts'
import type { ProblemCode, ProblemDetails } from '../problems.ts'
import type { Correction } from './correction.ts'
import { type ForeignTag, readForeignTag } from './foreign-tags.ts'
import { type Hint, hintsOfText, maxHints } from './hints.ts'
import { normaliseText, type SmartChange, smartEncode } from './smart.ts'
import { countParts } from './split.ts'
import { TagNames } from './tag-names.ts'
import { cleanValue, maxValueLength, type Vars } from './tag-values.ts'
import { checkUrl, type FoundUrl, readUrl, type Tag, type TargetPiece } from './urls.ts'

export type Piece =
  | { kind: 'text'; text: string }
  | ({ kind: 'tag' } & Tag)
  | { kind: 'link'; slot: number }
  | { kind: 'unsubscribe' }

/** One tracked URL of the text. `slot` counts from 0 in the order of first appearance. */
export interface TextLink {
  slot: number
  /** As written, tags and all: what the report shows. */
  url: string
  /** What `renderTarget` makes a profile's address from. */
  target: TargetPiece[]
}

/** `index` and `length` (UTF-16) say where in `Template.text`; `details` fill the sentence of core/problems.ts. */
export interface TemplateProblem {
  code: ProblemCode
  index: number
  length: number
  details: ProblemDetails
  correction?: Correction
}

export interface Template {
  readonly channel: 'sms'
  /** The text as given, normalised. */
  text: string
  smart: boolean
  pieces: Piece[]
  /** Names of the attributes that the text or a link's target uses, each once: what `vars` must hold. */
  tags: string[]
  links: TextLink[]
  unsubscribe: boolean
  /** What smart encoding replaced, by the index in `text`. */
  changes: SmartChange[]
  problems: TemplateProblem[]
  /** what is probably not meant, though it can be sent */
  hints: Hint[]
}

export interface TemplateOptions {
  /** Names of the attributes that exist; without it no tag is called unknown. */
  attributes?: ReadonlySet<string>
  /** Replace characters that make a text expensive (smart.ts); on unless switched off. */
  smart?: boolean
  /** Hosts of our own short links: a link to them would be somebody's, and count as theirs. */
  ownHosts?: readonly string[]
}

export const maxTextLength = 1600
export const maxLinks = 10
export const maxTags = 30
const maxTagLength = 200
/** More problems are not told: nobody reads them, and a text may hold thousands. */
const maxProblems = 50
/** The longest name of a scheme that is looked for. */
const maxSchemeLength = 32
/** UTF-16 units of a part in UCS-2 with a 16-bit reference */
const smallestPart = 66
const unsubscribeName = 'unsubscribe'

/** The text that one profile gets. `linkFor` gives the short link of a slot; a value that is empty gives way to its default. */
export function renderTemplate(
  template: Template,
  vars: Vars,
  linkFor: (slot: number) => string,
  unsubscribeUrl: string,
): string {
  const { pieces, smart } = template
  let text = ''
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i]!
    if (piece.kind === 'text') text += piece.text
    else if (piece.kind === 'tag') text += cleanValue(vars[piece.name], smart) || piece.fallback
    else if (piece.kind === 'link') text += linkFor(piece.slot)
    else text += unsubscribeUrl
  }
  return text
}

/**
 * Can the text of somebody have more parts than that? A value is at most `maxValueLength` code points, of two units each at most; of two
 * parts that follow each other, one may be half empty where a cluster did not fit.
 */
export function mayExceed(template: Template, link: string, parts: number): boolean {
  const most = '\u{1f600}'.repeat(maxValueLength)
  const vars = Object.fromEntries(template.tags.map(tag => [tag, most]))
  const longest = renderTemplate(template, vars, () => link, link)
  if (template.tags.length === 0) return countParts(longest) > parts
  return Math.ceil((2 * longest.length) / smallestPart) + 1 > parts
}

/** Reads the text of an activity. Never throws: see `problems`. */
export function parseTemplate(source: string, options: TemplateOptions = {}): Template {
  const parser = new Parser(normaliseText(source), options)
  parser.checkText()
  parser.checkCharacters()
  // A text far too long is not worth reading: its author gets one sentence.
  if (parser.template.text.length <= maxTextLength * 4) parser.read()
  return parser.template
}

class Parser {
  readonly template: Template
  private readonly attributes: ReadonlySet<string> | undefined
  private readonly ownHosts: readonly string[]
  private literal = 0
  private readonly slots = new Map<string, TextLink>()
  private readonly tags = new Set<string>()
  private readonly names: TagNames

  constructor(text: string, { attributes, smart = true, ownHosts = [] }: TemplateOptions) {
    this.attributes = attributes
    this.ownHosts = ownHosts
    this.names = new TagNames(attributes)
    const found = { changes: [], problems: [], hints: [] }
    this.template = { channel: 'sms', text, smart, pieces: [], tags: [], links: [], unsubscribe: false, ...found }
  }

  checkText(): void {
    const { text } = this.template
    if (text.trim() === '') this.problem('text_empty', 0, text.length)
    if (text.length > maxTextLength) {
      this.problem('text_too_long', maxTextLength, text.length - maxTextLength, {
        limit: maxTextLength,
        count: text.length,
      })
    }
  }

  checkCharacters(): void {
    const { text } = this.template
    // What is left of half an emoji, or of a text in another encoding (normaliseText).
    const broken = text.indexOf('\ufffd')
    if (broken >= 0) this.problem('text_broken_character', broken, 1)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    const control = /[\u0000-\u0008\u000b\u000e-\u001f\u007f-\u009f]/.exec(text)
    if (control) {
      const character = `U+${control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
      this.problem('text_control_character', control.index, 1, { character })
    }
  }

  read(): void {
    const { text } = this.template
    let at = 0
    while (at < text.length) {
      if (text.startsWith('##', at)) at = this.readTagAt(at)
      else if (text.startsWith('://', at)) at = this.refuseScheme(at)
      else if (text.charAt(at) === ':') at = this.refuseScript(at)
      else {
        const foreign = readForeignTag(text, at, this.names)
        if (foreign) {
          this.noteForeign(foreign, at)
          at = foreign.end
          continue
        }
        const url = isMisspelt(text, at) ? undefined : readUrl(text, at, readTag)
        if (url) this.addLink(url, at)
        at = url ? url.end : this.refuseTypo(at)
      }
    }
    this.addText(text.length)
  }

  private readTagAt(at: number): number {
    const { text, pieces } = this.template
    if (text.charAt(at + 2) === '#') return at + 1 // of ### the last two open
    const found = readTag(text, at)
    if (!found) {
      const half = readForeignTag(text, at + 1, this.names)
      const closed = half?.ours && { index: at, length: half.end - at, text: half.ours }
      this.problem('text_unclosed_tag', at, 2, {}, closed || undefined)
      return closed ? half.end : at + 2
    }
    const isUnsubscribe = found.tag.name === unsubscribeName
    if (isUnsubscribe) this.checkNeighbours(at, found.end)
    this.addText(at)
    if (isUnsubscribe) {
      pieces.push({ kind: 'unsubscribe' })
      this.template.unsubscribe = true
    } else {
      this.noteTag(found.tag, at, found.end)
      pieces.push({ kind: 'tag', name: found.tag.name, fallback: cleanValue(found.tag.fallback, this.template.smart) })
    }
    this.literal = found.end
    return found.end
  }

  private addLink(url: FoundUrl, at: number): void {
    const { links, pieces, text } = this.template
    this.checkNeighbours(at, url.end)
    this.addText(at)
    this.literal = url.end
    const wrong = checkUrl(url, this.ownHosts)
    if (wrong) {
      const { meant } = wrong.details
      this.problem(wrong.code, at, url.end - at, wrong.details, typeof meant === 'string' ? meant : undefined)
    } else this.hintAtLink(url, at)
    for (let inside = at; inside < url.end; inside++) {
      const foreign = readForeignTag(text, inside, this.names, true)
      if (foreign) this.noteForeign(foreign, inside)
    }
    for (const piece of url.pieces) {
      if (typeof piece === 'string') continue
      if (piece.name === unsubscribeName)
        this.problem('text_unsubscribe_in_link', at, url.end - at, { url: url.written })
      else this.noteTag(piece, at, url.end)
    }
    const key = JSON.stringify(url.pieces)
    let link = this.slots.get(key)
    if (!link) {
      link = { slot: links.length, url: text.slice(at, url.end), target: url.pieces }
      if (links.length === maxLinks) this.problem('text_too_many_links', at, url.end - at, { limit: maxLinks })
      links.push(link)
      this.slots.set(key, link)
    }
    pieces.push({ kind: 'link', slot: link.slot })
  }

  private hintAtLink({ pieces, written }: FoundUrl, at: number): void {
    const { hints } = this.template
    if (hints.length >= maxHints) return
    const head = typeof pieces[0] === 'string' ? pieces[0] : ''
    const host = URL.parse(head)?.hostname ?? ''
    if (!/[.:]/.test(host)) hints.push({ kind: 'no_domain', index: at, length: written.length, written })
    const behind = continuesInWords.exec(written)
    if (behind === null) return
    const index = at + behind.index + 1
    const length = written.length - behind.index - 1
    hints.push({
      kind: 'link_continues',
      index,
      length,
      written: written.slice(behind.index + 1),
      correction: { index, length: 0, text: ' ' },
    })
  }

  private noteTag({ name, fallback }: Tag, at: number, end: number): void {
    const { tags } = this.template
    if (name === '' || (this.attributes && !this.attributes.has(name))) {
      const meant = this.names.nearest(name)
      const ours = meant && writeTag(meant, meant === unsubscribeName ? '' : fallback)
      this.problem('text_unknown_tag', at, end - at, { name, known: this.advise(ours) }, ours)
    }
    if (Array.from(fallback).length > maxValueLength) {
      this.problem('text_default_too_long', at, end - at, { name, limit: maxValueLength })
    }
    if (this.tags.has(name)) return
    if (tags.length === maxTags) this.problem('text_too_many_tags', at, end - at, { limit: maxTags })
    this.tags.add(name)
    tags.push(name)
  }

  /** What was probably meant, else the first ones that exist. */
  private advise(ours: string | undefined): string {
    const some = this.names.all.slice(0, 10).map(name => writeTag(name))
    return ours ?? (some.length > 0 ? some : [writeTag('first_name')]).join(', ')
  }

  private noteForeign({ end, ours, certain }: ForeignTag, at: number): void {
    const { text, hints } = this.template
    const written = text.slice(at, end)
    const correction = ours === undefined ? undefined : { index: at, length: end - at, text: ours }
    if (certain) this.problem('text_foreign_tag', at, end - at, { written, known: this.advise(ours) }, correction)
    else if (hints.length < maxHints)
      hints.push({ kind: 'tag', index: at, length: end - at, written, ...(correction && { correction }) })
  }

  /**
   * A phone reads what is written directly before or behind a short link as a part of it, or sees no link at all. At `at` to `end` is a link
   * or the unsubscribe link.
   */
  private checkNeighbours(at: number, end: number): void {
    const { text, pieces } = this.template
    // What nobody sees separates nothing, and smart encoding removes it.
    const before = withoutInvisible(text.slice(Math.max(0, at - nearby), at))
    const behind = withoutInvisible(text.slice(end, end + nearby))
    const isBehindPiece =
      at > 0 && pieces.length > 0 && at - this.literal < nearby && withoutInvisible(text.slice(this.literal, at)) === ''
    const glued = (place: number) =>
      this.problem(
        'text_link_glued',
        at,
        end - at,
        { written: excerpt(text, at, end), place: place === at ? 'before' : 'behind' },
        {
          ...{ index: place, length: 0 },
          text: ' ',
        },
      )
    if (isBehindPiece || gluedBefore.test(before)) glued(at)
    const next = text.indexOf('##', end)
    const isBeforePiece = behind.startsWith('##') && readTag(text, next) !== undefined
    if (isBeforePiece || gluedBehind.test(behind)) glued(end)
  }

  /** An address that cannot be opened: another scheme, or a misspelt one. */
  private refuseScheme(at: number): number {
    const { text } = this.template
    const scheme = schemeBefore(text, at)
    const from = at - scheme.length
    if (scheme === '') return at + 3
    const isWord = /[\p{L}\p{M}]$/u.test(text.slice(Math.max(0, from - 2), from))
    const meant = isWord ? undefined : meantScheme(scheme)
    if (meant === undefined) this.problem('text_link_scheme', from, scheme.length + 3, { scheme: `${scheme}://` })
    else this.problem('text_link_typo', from, scheme.length + 3, { written: `${scheme}://`, meant }, meant)
    return at + 3
  }

  /** `https//example.com`, `http:/example.com`, `https:example.com`, `https ://example.com`: with an address behind it, a link was meant. */
  private refuseTypo(at: number): number {
    const { text } = this.template
    misspelt.lastIndex = at
    const found = misspelt.exec(text)
    if (!found || /[\p{L}\p{N}]$/u.test(text.slice(Math.max(0, at - 2), at))) return at + 1
    const written = found[0]
    const meant = /s/i.test(written) ? 'https://' : 'http://'
    this.problem('text_link_typo', at, written.length, { written, meant }, meant)
    return at + written.length
  }

  /** What a phone might run or show as a page, though it is no address. */
  private refuseScript(at: number): number {
    const { text } = this.template
    const scheme = /(?<![\p{L}\p{N}])(?:javascript|vbscript|data)$/iu.exec(text.slice(Math.max(0, at - 12), at))?.[0]
    const isScript = /^data$/i.test(scheme ?? '') ? beginsMedia : /^\S/
    if (scheme && isScript.test(text.slice(at + 1, at + 40)))
      this.problem('text_link_scheme', at - scheme.length, scheme.length + 1, { scheme: `${scheme}:` })
    return at + 1
  }

  private addText(end: number): void {
    const { text, smart, pieces, changes } = this.template
    const literal = text.slice(this.literal, end)
    if (literal === '') return
    const { hints } = this.template
    hints.push(...hintsOfText(literal, this.literal, smart).slice(0, Math.max(0, maxHints - hints.length)))
    if (!smart) {
      pieces.push({ kind: 'text', text: literal })
      return
    }
    const encoded = smartEncode(literal)
    if (encoded.text !== '') pieces.push({ kind: 'text', text: encoded.text })
    for (const change of encoded.changes) changes.push({ ...change, index: change.index + this.literal })
  }

  /** `correction`: the text that was meant, in the same place, or a change of another place. */
  private problem(
    code: ProblemCode,
    index: number,
    length: number,
    details: ProblemDetails = {},
    correction?: string | Correction,
  ): void {
    if (this.template.problems.length === maxProblems) return
    const change = typeof correction === 'string' ? { index, length, text: correction } : correction
    const found = { code, index, length, details: { position: index + 1, ...details } }
    this.template.problems.push(change === undefined ? found : { ...found, correction: change })
  }
}

/** From Latin letters on to those of another script, or to a word with a capital and a letter that addresses seldom have. */
const continuesInWords =
  /[A-Za-z0-9](?=(?!\p{Script=Latin})\p{L})|[a-z0-9](?=\p{Lu}\p{L}{0,40}(?![A-Za-z])\p{L}|(?![A-Z])\p{Lu})/u
/** UTF-16 units beside a link that are looked at. */
const nearby = 12
const gluedBefore = /[\p{L}\p{M}\p{N}_@]$/u
/** What a phone takes into the address; punctuation and a bracket where a word follows at once. */
const gluedBehind = /^(?:[\p{L}\p{M}\p{N}_\-/=&#%+~@$]|[.,:;!?(][\p{L}\p{N}])/u
const misspelt = /h?tt?ps?(?:[;.,]?\/{2}:?|:\/?| ?: ?\/{2}|::\/{2})(?=[\p{L}\p{N}-]+\.\p{L})/iuy
/** The media type of a data: address. */
const beginsMedia = /^(?:[a-z]+\/[\w.+-]+)?[;,]/i

/** The scheme that was meant by a misspelt one: a letter too many, too few, or another. */
function meantScheme(written: string): string | undefined {
  const scheme = written.toLowerCase()
  return ['https', 'http'].find(known => scheme !== known && isOneApart(scheme, known))?.concat('://')
}

/** Is the http of `at` the end of a misspelt scheme, as in hhttp://? What precedes it is a word of its own otherwise. */
function isMisspelt(text: string, at: number): boolean {
  const colon = text.startsWith('http', at) && at > 0 ? text.slice(at, at + 8).indexOf('://') : -1
  if (colon < 0 || !/[a-z]/i.test(text.charAt(at - 1))) return false
  const scheme = schemeBefore(text, at + colon)
  const from = at + colon - scheme.length
  return !/[\p{L}\p{M}]$/u.test(text.slice(Math.max(0, from - 2), from)) && meantScheme(scheme) !== undefined
}

/** Does one letter added, removed or replaced make the one the other, or two neighbours exchanged? */
function isOneApart(a: string, b: string): boolean {
  let from = 0
  while (from < a.length && a.charAt(from) === b.charAt(from)) from++
  const [restOfA, restOfB] = [a.slice(from), b.slice(from)]
  return (
    restOfA.slice(1) === restOfB ||
    restOfA === restOfB.slice(1) ||
    restOfA.slice(1) === restOfB.slice(1) ||
    (restOfA.slice(2) === restOfB.slice(2) && restOfA[0] === restOfB[1] && restOfA[1] === restOfB[0])
  )
}

function excerpt(text: string, at: number, end: number): string {
  return end - at > 60 ? `${text.slice(at, at + 59).toWellFormed()}…` : text.slice(at, end)
}

/** The name before "://", from its first letter on; '' where there is none. */
function schemeBefore(text: string, at: number): string {
  let start = at
  while (start > 0 && at - start < maxSchemeLength && /[a-z0-9+.-]/i.test(text.charAt(start - 1))) start--
  while (start < at && !/[a-z]/i.test(text.charAt(start))) start++
  return text.slice(start, at)
}

export function writeTag(name: string, fallback = ''): string {
  return `##${name}${fallback === '' ? '' : `|${fallback}`}##`
}

/** What the address of a link consists of, as `writeTarget` (utm.ts) writes it; undefined where we do not redirect to it. */
export function readTarget(url: string): TargetPiece[] | undefined {
  const found = readUrl(url, 0, readTag)
  return found === undefined || checkUrl(found, []) ? undefined : found.pieces
}

/** `##name##` or `##name|default##` on one line. */
export function readTag(text: string, at: number): { tag: Tag; end: number } | undefined {
  const close = text.indexOf('##', at + 2)
  if (close < 0 || close - at > maxTagLength) return undefined
  const inner = text.slice(at + 2, close)
  if (inner.includes('\n') || inner.includes('://')) return undefined
  const bar = inner.indexOf('|')
  const name = (bar < 0 ? inner : inner.slice(0, bar)).trim()
  return { tag: { name, fallback: bar < 0 ? '' : inner.slice(bar + 1).trim() }, end: close + 2 }
}
