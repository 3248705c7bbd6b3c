/**
 * What does the text of an activity consist of, and what does one profile get? Parsed once, rendered a million times.
 *
 * Always: `parseTemplate` never throws; every fault is in `problems` with its place, and a template with problems is
 * not sent. The same URL is the same link with the same slot, wherever it occurs. Everything is normalised, and
 * smart-encoded unless switched off (links and their targets apart), before it is counted; values are cleaned.
 * The syntax: `##first_name|there##`, `##unsubscribe##` (docs/words.md).
 */
import type { ProblemCode, ProblemDetails } from '../problems.ts'
import { normaliseText, type SmartChange, smartEncode } from './smart.ts'
import { countParts } from './split.ts'
import { checkUrl, type FoundUrl, readUrl, type Tag, type TargetPiece } from './urls.ts'
import { cleanValue, maxValueLength, type Vars } from './values.ts'

export type Piece =
  | { kind: 'text'; text: string }
  | ({ kind: 'tag' } & Tag)
  | { kind: 'link'; slot: number }
  | { kind: 'unsubscribe' }

/** One tracked URL of the text. `slot` counts from 0 in the order of first appearance. */
export interface Link {
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
}

export interface Template {
  /** The text as given, normalised. */
  text: string
  smart: boolean
  pieces: Piece[]
  /** Names of the attributes that the text or a link's target uses, each once: what `vars` must hold. */
  tags: string[]
  links: Link[]
  unsubscribe: boolean
  /** What smart encoding replaced, by the index in `text`. */
  changes: SmartChange[]
  problems: TemplateProblem[]
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
  parser.checkSigns()
  // A text far too long is not worth reading: its author gets one sentence.
  if (parser.template.text.length <= maxTextLength * 4) parser.read()
  return parser.template
}

class Parser {
  readonly template: Template
  private readonly attributes: ReadonlySet<string> | undefined
  private readonly ownHosts: readonly string[]
  private literal = 0
  private readonly slots = new Map<string, Link>()
  private readonly tags = new Set<string>()
  private names: { all: string[]; byPlain: Map<string, string[]> } | undefined

  constructor(text: string, { attributes, smart = true, ownHosts = [] }: TemplateOptions) {
    this.attributes = attributes
    this.ownHosts = ownHosts
    this.template = { text, smart, pieces: [], tags: [], links: [], unsubscribe: false, changes: [], problems: [] }
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

  checkSigns(): void {
    const { text } = this.template
    // What is left of half an emoji, or of a text in another encoding (normaliseText).
    const broken = text.indexOf('\ufffd')
    if (broken >= 0) this.problem('text_broken_sign', broken, 1)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control signs are what is looked for
    const control = /[\u0000-\u0008\u000b\u000e-\u001f\u007f-\u009f]/.exec(text)
    if (control) {
      const sign = `U+${control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
      this.problem('text_control_sign', control.index, 1, { sign })
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
        const url = readUrl(text, at, readTag)
        if (url) this.addLink(url, at)
        at = url ? url.end : at + 1
      }
    }
    this.addText(text.length)
  }

  private readTagAt(at: number): number {
    const { text, pieces } = this.template
    if (text.charAt(at + 2) === '#') return at + 1 // of ### the last two open
    const found = readTag(text, at)
    if (!found) {
      this.problem('text_unclosed_tag', at, 2)
      return at + 2
    }
    this.addText(at)
    if (found.tag.name === unsubscribeName) {
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
    this.addText(at)
    this.literal = url.end
    const wrong = checkUrl(url, this.ownHosts)
    if (wrong) this.problem(wrong.code, at, url.end - at, wrong.details)
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

  private noteTag({ name, fallback }: Tag, at: number, end: number): void {
    const { tags } = this.template
    if (name === '' || (this.attributes && !this.attributes.has(name))) {
      this.problem('text_unknown_tag', at, end - at, { name, known: this.advise(name) })
    }
    if (Array.from(fallback).length > maxValueLength) {
      this.problem('text_default_too_long', at, end - at, { name, limit: maxValueLength })
    }
    if (this.tags.has(name)) return
    if (tags.length === maxTags) this.problem('text_too_many_tags', at, end - at, { limit: maxTags })
    this.tags.add(name)
    tags.push(name)
  }

  /** The name that was probably meant, else the first ones that exist. */
  private advise(name: string): string {
    const plain = (value: string) => value.toLowerCase().replace(/[\s_-]/g, '')
    if (this.names === undefined) {
      const all = [...(this.attributes ?? [])]
      this.names = { all, byPlain: Map.groupBy(all, plain) }
    }
    const meant = this.names.byPlain.get(plain(name)) ?? this.names.all.slice(0, 10)
    return meant.map(attribute => `##${attribute}##`).join(', ')
  }

  private refuseScheme(at: number): number {
    const scheme = schemeBefore(this.template.text, at)
    if (scheme) this.problem('text_link_scheme', at - scheme.length, scheme.length + 3, { scheme: `${scheme}://` })
    return at + 3
  }

  /** What a phone might run or show as a page, though it is no address. */
  private refuseScript(at: number): number {
    const { text } = this.template
    const scheme = /(?<![\p{L}\p{N}])(?:javascript|vbscript|data)$/iu.exec(text.slice(Math.max(0, at - 12), at))?.[0]
    if (scheme && /\S/.test(text.charAt(at + 1)))
      this.problem('text_link_scheme', at - scheme.length, scheme.length + 1, { scheme: `${scheme}:` })
    return at + 1
  }

  private addText(end: number): void {
    const { text, smart, pieces, changes } = this.template
    const literal = text.slice(this.literal, end)
    if (literal === '') return
    if (!smart) {
      pieces.push({ kind: 'text', text: literal })
      return
    }
    const encoded = smartEncode(literal)
    if (encoded.text !== '') pieces.push({ kind: 'text', text: encoded.text })
    for (const change of encoded.changes) changes.push({ ...change, index: change.index + this.literal })
  }

  private problem(code: ProblemCode, index: number, length: number, details: ProblemDetails = {}): void {
    if (this.template.problems.length === maxProblems) return
    this.template.problems.push({ code, index, length, details: { position: index + 1, ...details } })
  }
}

/** The name before "://", from its first letter on; '' where there is none. */
function schemeBefore(text: string, at: number): string {
  let start = at
  while (start > 0 && at - start < maxSchemeLength && /[a-z0-9+.-]/i.test(text.charAt(start - 1))) start--
  while (start < at && !/[a-z]/i.test(text.charAt(start))) start++
  return text.slice(start, at)
}

/** `##name##` or `##name|default##` on one line. */
function readTag(text: string, at: number): { tag: Tag; end: number } | undefined {
  const close = text.indexOf('##', at + 2)
  if (close < 0 || close - at > maxTagLength) return undefined
  const inner = text.slice(at + 2, close)
  if (inner.includes('\n') || inner.includes('://')) return undefined
  const bar = inner.indexOf('|')
  const name = (bar < 0 ? inner : inner.slice(0, bar)).trim()
  return { tag: { name, fallback: bar < 0 ? '' : inner.slice(bar + 1).trim() }, end: close + 2 }
}
