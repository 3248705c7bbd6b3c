/**
 * What all parts of an e-mail are read with: its data tags and its links, each link once for the whole e-mail, and what is wrong, with its place.
 */
import type { ProblemCode, ProblemDetails } from '../problems.ts'
import { TagNames } from '../sms/tag-names.ts'
import { readTag, type TextLink, writeTag } from '../sms/template.ts'
import { checkUrl, readUrl, type Tag, type TargetPiece } from '../sms/urls.ts'
import { emailLimits } from './blocks.ts'
import { cleanFallback, type EmailPiece, type Place } from './pieces.ts'

export type EmailField = 'subject' | 'preheader' | 'fromName' | 'body' | 'footer' | 'html' | 'text'

/** A block is named by its place in the body, from 0. */
export interface EmailPlace {
  field: EmailField
  block?: number
  /** of the pasted HTML, from 1 */
  line?: number
}

/** `details` fill the sentence of core/problems.ts. */
export interface EmailProblem {
  code: ProblemCode
  place: EmailPlace
  details: ProblemDetails
}

/** untracked: a link whose text is an address itself. removed: what no e-mail may hold, taken out of pasted HTML. alt: an image without a text. */
export interface EmailNote {
  kind: 'untracked' | 'removed' | 'alt'
  what: string
  place: EmailPlace
}

export interface EmailOptions {
  /** Names of the attributes that exist; without it no tag is called unknown. */
  attributes?: ReadonlySet<string>
  /** Hosts of our own short links. */
  ownHosts?: readonly string[]
}

/** Where a link leads. kept: an address that is not tracked, as mailto: and tel: are. */
export type ReadAddress =
  | { kind: 'link'; target: TargetPiece[]; written: string }
  | { kind: 'kept'; target: TargetPiece[] }
  | { kind: 'unsubscribe' }
  | { kind: 'wrong' }

const mostTold = 50
export const unsubscribeTag = 'unsubscribe'

export class EmailReader {
  readonly links: TextLink[] = []
  readonly tags: string[] = []
  readonly problems: EmailProblem[] = []
  readonly notes: EmailNote[] = []
  unsubscribe = false
  readonly #slots = new Map<string, TextLink>()
  readonly #attributes: ReadonlySet<string> | undefined
  readonly #ownHosts: readonly string[]
  readonly #names: TagNames

  constructor({ attributes, ownHosts = [] }: EmailOptions) {
    this.#attributes = attributes
    this.#ownHosts = ownHosts
    this.#names = new TagNames(attributes)
  }

  problem(code: ProblemCode, place: EmailPlace, details: ProblemDetails = {}): void {
    if (this.problems.length < mostTold) this.problems.push({ code, place, details })
  }

  note(kind: EmailNote['kind'], what: string, place: EmailPlace): void {
    const isKnown = this.notes.some(
      note => note.kind === kind && note.what === what && note.place.block === place.block,
    )
    if (!isKnown && this.notes.length < mostTold) this.notes.push({ kind, what, place })
  }

  /** Names the attribute; says what is wrong with it. */
  tag({ name, fallback }: Tag, as: Place, place: EmailPlace, position: number): EmailPiece {
    const clean = cleanFallback(fallback, as)
    this.#noteTag({ name, fallback }, place, position)
    return { kind: 'tag', place: as, name, fallback: clean }
  }

  #noteTag({ name, fallback }: Tag, place: EmailPlace, position: number): void {
    if (name === '' || (this.#attributes && !this.#attributes.has(name))) {
      const meant = this.#names.nearest(name)
      const some = this.#names.all.slice(0, 10).map(known => writeTag(known))
      const known = meant ? writeTag(meant, fallback) : some.length > 0 ? some.join(', ') : writeTag('first_name')
      this.problem('text_unknown_tag', place, { name, known, position })
    }
    if (this.tags.includes(name)) return
    if (this.tags.length === emailLimits.tags)
      this.problem('text_too_many_tags', place, { limit: emailLimits.tags, position })
    else this.tags.push(name)
  }

  /** Literal text by `literal`, and its tags. `##unsubscribe##` is the address; where that may not be, it is a problem. */
  tagged(text: string, as: Place, place: EmailPlace, literal: (text: string) => string, offset = 0): EmailPiece[] {
    const pieces: EmailPiece[] = []
    let from = 0
    let at = text.indexOf('##')
    while (at >= 0) {
      if (text.charAt(at + 2) === '#') {
        at = text.indexOf('##', at + 1)
        continue
      }
      const found = readTag(text, at)
      if (found === undefined) {
        this.problem('text_unclosed_tag', place, { position: offset + at + 1 })
        at = text.indexOf('##', at + 2)
        continue
      }
      pieces.push({ kind: 'text', text: literal(text.slice(from, at)) })
      if (found.tag.name !== unsubscribeTag) pieces.push(this.tag(found.tag, as, place, offset + at + 1))
      else if (as === 'html' || as === 'text') pieces.push(this.unsubscribeLink(as))
      else this.problem('email_unsubscribe_place', place)
      from = found.end
      at = text.indexOf('##', from)
    }
    pieces.push({ kind: 'text', text: literal(text.slice(from)) })
    return pieces
  }

  unsubscribeLink(as: 'html' | 'text'): EmailPiece {
    this.unsubscribe = true
    return { kind: 'unsubscribe', place: as }
  }

  /** The slot of the link; the same address has the same one. */
  link(
    { target, written }: Extract<ReadAddress, { kind: 'link' }>,
    as: 'html' | 'text',
    place: EmailPlace,
  ): EmailPiece {
    const key = JSON.stringify(target)
    let link = this.#slots.get(key)
    if (link === undefined) {
      link = { slot: this.links.length, url: written, target }
      if (link.slot === emailLimits.links) this.problem('email_too_many_links', place, { limit: emailLimits.links })
      this.links.push(link)
      this.#slots.set(key, link)
    }
    return { kind: 'link', slot: link.slot, place: as }
  }

  /** The address of a link or a button, as it was entered. What is wrong with it is said. */
  address(given: string, place: EmailPlace, position = 1): ReadAddress {
    const written = given.trim()
    const tag = readTag(written, 0)
    if (written.startsWith('##') && tag?.tag.name === unsubscribeTag && tag.end === written.length)
      return { kind: 'unsubscribe' }
    const found = readUrl(written, 0, readTag)
    if (found === undefined) return this.#otherScheme(written, place, position)
    if (found.end < written.length) {
      this.problem('text_link_invalid', place, { url: short(written), position })
      return { kind: 'wrong' }
    }
    const wrong = checkUrl(found, this.#ownHosts)
    if (wrong) {
      this.problem(wrong.code, place, { ...wrong.details, position })
      return { kind: 'wrong' }
    }
    for (const piece of found.pieces) {
      if (typeof piece === 'string') continue
      if (piece.name !== unsubscribeTag) this.#noteTag(piece, place, position)
      else this.problem('text_unsubscribe_in_link', place, { url: short(written), position })
    }
    return { kind: 'link', target: found.pieces, written }
  }

  /** mailto: and tel: with tags in what follows; nothing else. */
  #otherScheme(written: string, place: EmailPlace, position: number): ReadAddress {
    const scheme = /^(mailto|tel):[^\s<>"]/i.exec(written)
    if (scheme === null) {
      const other = /^[a-z][a-z0-9+.-]{0,30}:/i.exec(written)?.[0]
      if (other !== undefined) this.problem('text_link_scheme', place, { scheme: other, position })
      else this.problem('text_link_invalid', place, { url: short(written), position })
      return { kind: 'wrong' }
    }
    const target: TargetPiece[] = []
    for (let at = 0, from = 0; at <= written.length; ) {
      const found = written.startsWith('##', at) ? readTag(written, at) : undefined
      if (found === undefined && at < written.length) {
        at++
        continue
      }
      target.push(written.slice(from, at).replace(/[\s<>"]/g, character => encodeURIComponent(character)))
      if (found === undefined) break
      this.#noteTag(found.tag, place, position)
      target.push(found.tag)
      at = from = found.end
    }
    return { kind: 'kept', target: target.filter(piece => piece !== '') }
  }
}

/** A text that reads as an address: a link under it that leads through another host looks like a forged one. */
export function looksLikeAddress(text: string): boolean {
  return /^\s*(?:https?:\/\/|www\.)\S+\s*$/i.test(text)
}

function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59).toWellFormed()}…` : text
}
