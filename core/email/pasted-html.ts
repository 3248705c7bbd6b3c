/**
 * HTML that somebody pasted, as it is sent: byte by byte as it was, but for what no e-mail may hold, which is removed, and for its links,
 * which are tracked. Nothing is repaired: what mail programs make of odd markup is theirs.
 *
 * Removed are scripts, frames, objects, forms, <base>, redirects, handlers of events, and addresses of other schemes than http, https, mailto and
 * tel. A data tag is allowed in text, in a quoted attribute or in an address behind its host; anywhere else it is a problem.
 */
import { escapeHtml } from '../escape-html.ts'
import { readTag } from '../sms/template.ts'
import { emailLimits, type WrittenEmail } from './blocks.ts'
import { type HtmlAttribute, type HtmlToken, readTokens, withoutEntities } from './html-tokens.ts'
import { type EmailPiece, piecesOfAddress } from './pieces.ts'
import { type EmailPlace, type EmailReader, unsubscribeTag } from './reader.ts'
import { addressText, hiddenPreheader, hrefOf } from './write-blocks.ts'

/** Removed with all that is in them. */
const removedWhole = new Set([
  'script',
  'iframe',
  'object',
  'applet',
  'noscript',
  'noembed',
  'noframes',
  'xmp',
  'textarea',
  'svg',
  'math',
  'frameset',
  'plaintext',
  'template',
  'audio',
  'video',
])
/** Removed; what is in them stays. */
const removedTags = new Set([
  'embed',
  'form',
  'input',
  'button',
  'select',
  'option',
  'optgroup',
  'datalist',
  'fieldset',
  'output',
  'base',
  'link',
  'frame',
  'param',
  'source',
  'track',
  'portal',
  'dialog',
  'slot',
])
/** With an address of something that is fetched. */
const fetched = new Set(['src', 'background', 'poster', 'lowsrc', 'dynsrc'])
/** Never kept. */
const removedAttributes = new Set([
  'srcdoc',
  'formaction',
  'action',
  'ping',
  'xlink:href',
  'code',
  'codebase',
  'data',
  'classid',
  'profile',
  'manifest',
  'longdesc',
  'usemap',
  'srcset',
  'imagesrcset',
  'is',
  'nonce',
])
/** Attributes that people read; a data tag may be in them. */
const readByPeople = new Set(['alt', 'title', 'aria-label', 'summary', 'content'])
const dangerousStyle = /expression\s*\(|@import|javascript:|vbscript:|behaviou?r\s*:|-moz-binding|@charset/i
const styleAddress = /url\(\s*["']?\s*([^"')\s]{0,2048})/gi

const raw = (text: string): EmailPiece => ({ kind: 'text', text })

export interface PastedEmail {
  html: EmailPiece[]
  text: EmailPiece[]
}

export function writePasted(
  { html: given }: Pick<WrittenEmail, 'html'>,
  preheader: EmailPiece[],
  reader: EmailReader,
): PastedEmail {
  const source = given.replace(/\r\n?/g, '\n').replaceAll('\0', '').toWellFormed()
  const place: EmailPlace = { field: 'html' }
  if (source.trim() === '') reader.problem('email_body_empty', place)
  if (source.length > emailLimits.html) {
    reader.problem('text_too_long', place, { count: source.length, limit: emailLimits.html })
    return { html: [], text: [] }
  }
  const tokens = readTokens(source)
  if (tokens === undefined) {
    reader.problem('email_html_tag_long', place)
    return { html: [], text: [] }
  }
  const writer = new PastedWriter(source, tokens, preheader, reader)
  writer.write()
  return { html: writer.html, text: writer.text }
}

class PastedWriter {
  readonly html: EmailPiece[] = []
  readonly text: EmailPiece[] = []
  readonly #source: string
  readonly #tokens: readonly HtmlToken[]
  readonly #preheader: EmailPiece[]
  readonly #reader: EmailReader
  /** the first offsets of the lines */
  readonly #lines: number[] = [0]
  #line = 0

  constructor(source: string, tokens: readonly HtmlToken[], preheader: EmailPiece[], reader: EmailReader) {
    this.#source = source
    this.#tokens = tokens
    this.#preheader = preheader
    this.#reader = reader
    for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) this.#lines.push(at + 1)
  }

  write(): void {
    const tokens = this.#tokens
    const bodyAt = tokens.findIndex(token => token.kind === 'start' && token.name === 'body')
    const headEnd = tokens.findIndex(token => token.kind === 'end' && token.name === 'head')
    const doctype = tokens.findIndex(
      token => token.kind === 'comment' && /^<!doctype/i.test(this.#written(token).slice(0, 9)),
    )
    const preheaderAfter = bodyAt >= 0 ? bodyAt : headEnd >= 0 ? headEnd : doctype
    if (preheaderAfter < 0) this.html.push(...hiddenPreheader(this.#preheader))
    for (let i = 0; i < tokens.length; i++) {
      i = this.#writeToken(i)
      if (i >= preheaderAfter && preheaderAfter >= 0) {
        this.html.push(...this.#preheaderOnce())
      }
    }
  }

  #hasPreheader = false
  #preheaderOnce(): EmailPiece[] {
    if (this.#hasPreheader) return []
    this.#hasPreheader = true
    return hiddenPreheader(this.#preheader)
  }

  /** Returns the index of the last token that it has written. */
  #writeToken(i: number): number {
    const token = this.#tokens[i]!
    const place = this.#placeOf(token)
    if (token.kind === 'comment') {
      const written = this.#written(token)
      if (hasTag(written)) this.#reader.problem('email_tag_place', place, { where: 'a comment' })
      this.html.push(raw(written))
      return i
    }
    if (token.kind === 'text') {
      this.#writeText(this.#written(token), place)
      return i
    }
    if (removedWhole.has(token.name)) {
      this.#reader.note('removed', `<${token.name}>`, place)
      return token.kind === 'end' ? i : this.#endOf(i)
    }
    if (removedTags.has(token.name)) {
      this.#reader.note('removed', `<${token.name}>`, place)
      return i
    }
    if (token.kind === 'end') {
      this.html.push(raw(this.#written(token)))
      this.#endText(token.name)
      return i
    }
    return this.#writeStart(i, token, place)
  }

  /** The end tag of an element that is removed whole; the last token where it has none. */
  #endOf(from: number): number {
    const start = this.#tokens[from]!
    const name = start.kind === 'start' ? start.name : ''
    for (let i = from + 1; i < this.#tokens.length; i++) {
      const token = this.#tokens[i]!
      if (token.kind === 'end' && token.name === name) return i
    }
    return this.#tokens.length - 1
  }

  #writeStart(i: number, token: Extract<HtmlToken, { kind: 'start' }>, place: EmailPlace): number {
    const { name, attributes } = token
    if (
      name === 'meta' &&
      attributes.some(
        one =>
          one.name === 'http-equiv' && !/^(content-type|x-ua-compatible|content-language)$/i.test(one.value.trim()),
      )
    ) {
      this.#reader.note('removed', '<meta http-equiv>', place)
      return i
    }
    if (name === 'style') return this.#writeStyle(i, place)
    let at = token.start + 1 + name.length
    this.html.push(raw(this.#source.slice(token.start, at)))
    // Where an attribute is given twice, mail programs read the first. Without it they would read the second, so that goes too.
    const until = (end: number) => {
      const between = this.#source.slice(at, end)
      this.html.push(raw(/^[\s/]*>?$/.test(between) ? between : end === token.end ? '>' : ' '))
      at = end
    }
    for (const attribute of attributes) {
      const pieces = this.#attribute(attribute, i, place)
      until(attribute.start)
      this.html.push(...(pieces === 'kept' ? [raw(this.#source.slice(attribute.start, attribute.end))] : pieces))
      at = attribute.end
    }
    // What is between attributes may hold one that was given twice: browsers ignore it, and so it is no tag that would be filled.
    if (
      hasTag(this.#source.slice(token.start, token.end)) &&
      !attributes.some(one => hasTag(one.name) || hasTag(one.value))
    )
      this.#reader.problem('email_tag_place', place, { where: `the tag <${name}>` })
    until(token.end)
    this.#startText(token, place)
    return i
  }

  #attribute(attribute: HtmlAttribute, token: number, place: EmailPlace): EmailPiece[] | 'kept' {
    const { name, value, unquoted } = attribute
    const remove = (what: string): EmailPiece[] => {
      this.#reader.note('removed', what, place)
      return []
    }
    if (hasTag(name)) {
      this.#reader.problem('email_tag_place', place, { where: 'the name of an attribute' })
      return []
    }
    if (name.startsWith('on') || removedAttributes.has(name)) return remove(name)
    if (hasTag(value) && unquoted) {
      this.#reader.problem('email_tag_place', place, { where: `${name}, which has no quotes` })
      return []
    }
    if (name === 'href') return this.#href(value, token, place, remove)
    if (fetched.has(name)) return this.#fetched(attribute, place, remove)
    if (name === 'style') {
      if (hasTag(value)) this.#reader.problem('email_tag_place', place, { where: 'a style' })
      return isHarmlessStyle(value) ? 'kept' : remove('style')
    }
    // An address in an attribute that we do not know.
    if (/^\s*(?:javascript|vbscript|data)\s*:/i.test(value)) return remove(name)
    if (!hasTag(value)) return 'kept'
    if (!readByPeople.has(name)) {
      this.#reader.problem('email_tag_place', place, { where: `the attribute ${name}` })
      return []
    }
    return [raw(`${name}="`), ...this.#reader.tagged(value, 'html', place, escapeHtml), raw('"')]
  }

  #href(
    value: string,
    token: number,
    place: EmailPlace,
    remove: (what: string) => EmailPiece[],
  ): EmailPiece[] | 'kept' {
    const written = value.trim()
    if (written === '' || (written.startsWith('#') && !written.startsWith('##'))) return 'kept'
    // Control signs inside of a scheme are ignored by browsers: java\nscript: is one too.
    if (/^(?:javascript|vbscript|data|file|blob)\s*:/i.test(written.replace(/[\s\p{Cc}]/gu, '')))
      return remove(`${written.split(':')[0]!.slice(0, 20)}:`)
    const address = this.#reader.address(written, place)
    if (address.kind === 'wrong') return []
    return [raw('href="'), ...hrefOf(address, this.#labelOf(token), place, this.#reader), raw('"')]
  }

  /** The text of a link: to its end, or to the next one. */
  #labelOf(from: number): string {
    let label = ''
    for (let i = from + 1; i < this.#tokens.length && label.length < 500; i++) {
      const token = this.#tokens[i]!
      if (token.kind === 'text') label += this.#written(token).slice(0, 500)
      else if (token.kind !== 'comment' && token.name === 'a') break
    }
    return withoutEntities(label)
  }

  #fetched(
    { name, value }: HtmlAttribute,
    place: EmailPlace,
    remove: (what: string) => EmailPiece[],
  ): EmailPiece[] | 'kept' {
    const written = value.trim()
    if (written === '') return 'kept'
    if (!/^(?:https?:)?\/\//i.test(written) && !written.startsWith('##'))
      return remove(`${name}="${written.slice(0, 20)}"`)
    if (!hasTag(written)) return 'kept'
    const address = this.#reader.address(written, place)
    if (address.kind !== 'link') return []
    return [raw(`${name}="`), ...piecesOfAddress(address.target, 'url'), raw('"')]
  }

  #writeStyle(i: number, place: EmailPlace): number {
    const end = this.#endOf(i)
    const last = this.#tokens[end]!
    const written = this.#source.slice(this.#tokens[i]!.start, last.end)
    if (hasTag(written)) this.#reader.problem('email_tag_place', place, { where: 'a style' })
    const content = this.#tokens
      .slice(i + 1, end)
      .map(token => this.#written(token))
      .join('')
    if (isHarmlessStyle(content) && last.kind === 'end') this.html.push(raw(written))
    else this.#reader.note('removed', '<style>', place)
    return end
  }

  #writeText(written: string, place: EmailPlace): void {
    const { html, text } = this.#tagged(written, place)
    this.html.push(...html)
    if (this.#inText()) this.text.push(...text)
  }

  /**
   * Text with its entities: only the tags in it are read. A "<" in it is no tag yet, but could become one before a value.
   */
  #tagged(written: string, place: EmailPlace): { html: EmailPiece[]; text: EmailPiece[] } {
    const shown = (part: string) => withoutEntities(part).replace(/\s+/g, ' ')
    const literal = (part: string) => raw(part.replaceAll('<', '&lt;'))
    if (!hasTag(written)) return { html: [literal(written)], text: [raw(shown(written))] }
    const html: EmailPiece[] = []
    const text: EmailPiece[] = []
    let from = 0
    for (let at = written.indexOf('##'); at >= 0; at = written.indexOf('##', from)) {
      const start = written.charAt(at + 2) === '#' ? at + 1 : at
      const found = readTag(written, start)
      html.push(literal(written.slice(from, start)))
      text.push(raw(shown(written.slice(from, start))))
      if (found === undefined) {
        this.#reader.problem('text_unclosed_tag', place, { position: this.#column })
        from = start + 2
        html.push(raw('##'))
        continue
      }
      const tag = { name: found.tag.name, fallback: withoutEntities(found.tag.fallback) }
      if (tag.name === unsubscribeTag) {
        html.push(this.#reader.unsubscribeLink('html'))
        text.push(this.#reader.unsubscribeLink('text'))
      } else {
        html.push(this.#reader.tag(tag, 'html', place, this.#column))
        text.push({ kind: 'tag', place: 'text', ...tag })
      }
      from = found.end
    }
    html.push(literal(written.slice(from)))
    text.push(raw(shown(written.slice(from))))
    return { html, text }
  }

  // The text part: what people see, a line for each block, the address of a link behind its text.
  #hidden = 0
  readonly #openLinks: { url: string; label: string; place: EmailPlace }[] = []

  #inText = () => this.#hidden === 0

  #startText({ name, attributes }: Extract<HtmlToken, { kind: 'start' }>, place: EmailPlace): void {
    if (name === 'title' || name === 'head') this.#hidden++
    if (name === 'body') this.#hidden = 0
    if (lineBreaking.has(name)) this.#newLine()
    const value = (key: string) => attributes.find(attribute => attribute.name === key)?.value ?? ''
    if (name === 'img' && value('alt') !== '' && this.#inText() && !hasTag(value('alt')))
      this.text.push(raw(value('alt')))
    if (name === 'a') this.#openLinks.push({ url: value('href'), label: '', place })
  }

  #endText(name: string): void {
    if ((name === 'title' || name === 'head') && this.#hidden > 0) this.#hidden--
    if (lineBreaking.has(name)) this.#newLine()
    const open = name === 'a' ? this.#openLinks.pop() : undefined
    if (open && open.url !== '' && !(open.url.startsWith('#') && !open.url.startsWith('##')) && this.#inText())
      this.text.push(raw(' '), ...addressText(open.url, open.label, open.place, this.#reader))
  }

  #newLine(): void {
    const last = this.text.at(-1)
    if (last === undefined || (last.kind === 'text' && last.text.endsWith('\n'))) return
    this.text.push(raw('\n'))
  }

  #written({ start, end }: HtmlToken): string {
    return this.#source.slice(start, end)
  }

  #placeOf({ start }: HtmlToken): EmailPlace {
    while (this.#line + 1 < this.#lines.length && this.#lines[this.#line + 1]! <= start) this.#line++
    this.#column = start - this.#lines[this.#line]! + 1
    return { field: 'html', line: this.#line + 1 }
  }

  /** Of the token whose place was asked for last. */
  #column = 1
}

const lineBreaking = new Set([
  'p',
  'div',
  'tr',
  'table',
  'br',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'li',
  'ul',
  'ol',
  'hr',
  'blockquote',
  'section',
  'article',
  'header',
  'footer',
])

/** Two signs, and a tag or what is meant as one; colours such as #ffffff have one. */
function hasTag(text: string): boolean {
  return text.includes('##')
}

function isHarmlessStyle(style: string): boolean {
  // Escapes and comments hide words from the expressions.
  const plain = style
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\\([0-9a-f]{1,6})\s?/gi, (_, code: string) =>
      String.fromCodePoint(Math.min(Number.parseInt(code, 16), 0x10ffff)),
    )
  if (dangerousStyle.test(plain)) return false
  return [...plain.matchAll(styleAddress)].every(
    ([, address]) => /^(?:https?:)?\/\//i.test(address ?? '') || address === '' || address?.startsWith('#'),
  )
}
