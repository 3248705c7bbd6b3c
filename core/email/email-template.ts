/**
 * What does an e-mail consist of, and what does one person get? Read once, rendered a million times, by the same code in the browser and on the
 * server.
 *
 * Always: `parseEmail` never throws; every fault is in `problems` with its place, and an e-mail with problems is not sent. The same address is the
 * same link with the same slot, wherever it occurs. The unsubscribe link is in the HTML and in the text.
 */
import { escapeHtml } from '../escape-html.ts'
import type { Vars } from '../sms/tag-values.ts'
import { readTag, type TextLink } from '../sms/template.ts'
import { readUrl } from '../sms/urls.ts'
import { blockNames, emailLimits, htmlSize, type WrittenEmail } from './blocks.ts'
import { writePasted } from './pasted-html.ts'
import {
  type Addresses,
  byteLength,
  type EmailPiece,
  headerLine,
  joinPieces,
  maxBodyValueLength,
  renderPieces,
} from './pieces.ts'
import { type EmailNote, type EmailOptions, type EmailPlace, type EmailProblem, EmailReader } from './reader.ts'
import { headOf, writeBlocks } from './write-blocks.ts'

export interface EmailTemplate {
  readonly channel: 'email'
  readonly subject: readonly EmailPiece[]
  readonly fromName: readonly EmailPiece[]
  /** as text; the HTML has it too, escaped */
  readonly preheader: readonly EmailPiece[]
  readonly html: readonly EmailPiece[]
  readonly text: readonly EmailPiece[]
  /** Names of the attributes that it uses, each once: what `vars` must hold. */
  readonly tags: readonly string[]
  readonly links: readonly TextLink[]
  readonly unsubscribe: boolean
  readonly problems: readonly EmailProblem[]
  readonly notes: readonly EmailNote[]
}

/** What one person gets. */
export interface EmailForOne {
  subject: string
  fromName: string
  html: string
  text: string
}

export function parseEmail(email: WrittenEmail, options: EmailOptions = {}): EmailTemplate {
  const reader = new EmailReader(options)
  const subject = header(email.subject, 'subject', reader)
  if (email.subject.trim() === '') reader.problem('email_subject_empty', { field: 'subject' })
  const fromName = header(email.fromName, 'fromName', reader)
  if (email.fromName.includes('@')) reader.problem('email_from_name_address', { field: 'fromName' })
  checkHeader(email.preheader, 'preheader', reader)
  const preheader = reader.tagged(headerLine(email.preheader).trim(), 'html', { field: 'preheader' }, escapeHtml)
  const { html, text } = bodyOf(email, preheader, reader)
  return {
    channel: 'email',
    subject,
    fromName,
    preheader: silently(reader, () =>
      reader.tagged(headerLine(email.preheader).trim(), 'line', { field: 'preheader' }, plain),
    ),
    html: joinPieces(html),
    text: joinPieces(text),
    tags: reader.tags,
    links: reader.links,
    unsubscribe: reader.unsubscribe,
    problems: reader.problems,
    notes: reader.notes,
  }
}

export function renderEmail(template: EmailTemplate, vars: Vars, addresses: Addresses): EmailForOne {
  const line = (pieces: readonly EmailPiece[]) => headerLine(renderPieces(pieces, vars, addresses)).trim()
  return {
    subject: line(template.subject),
    fromName: line(template.fromName),
    html: renderPieces(template.html, vars, addresses),
    text: renderPieces(template.text, vars, addresses),
  }
}

/** Bytes of the HTML that somebody gets at most: with the longest values that there can be. `link`: as long as the short links will be. */
export function largestHtml(template: EmailTemplate, link: string): number {
  const most = '\u{1f600}'.repeat(maxBodyValueLength)
  const vars = Object.fromEntries(template.tags.map(tag => [tag, most]))
  return byteLength(renderPieces(template.html, vars, { linkFor: () => link, unsubscribe: link }))
}

/** Bytes of the HTML with the defaults of its tags. */
export function usualHtml(template: EmailTemplate, link: string): number {
  return byteLength(renderPieces(template.html, {}, { linkFor: () => link, unsubscribe: link }))
}

export function isTooLarge(template: EmailTemplate, link: string): boolean {
  return largestHtml(template, link) > htmlSize.refuse
}

function bodyOf(email: WrittenEmail, preheader: EmailPiece[], reader: EmailReader) {
  const made = email.format === 'html' ? writePasted(email, preheader, reader) : blocksOf(email, preheader, reader)
  if (email.format === 'html' && !reader.unsubscribe && email.html.trim() !== '')
    reader.problem('email_unsubscribe_missing', { field: 'html' })
  return email.text === null
    ? { html: made.html, text: withWayOut(made.text, reader) }
    : { html: made.html, text: ownText(email.text, reader) }
}

function blocksOf(email: WrittenEmail, preheader: EmailPiece[], reader: EmailReader) {
  const { blocks } = email.body
  const says = blocks.some(block =>
    block.kind === 'text' || block.kind === 'heading'
      ? block.text.trim() !== ''
      : block.kind === 'image' || block.kind === 'button',
  )
  if (!says) reader.problem('email_body_empty', { field: 'body' })
  if (blocks.length > emailLimits.blocks)
    reader.problem('email_too_many_blocks', { field: 'body' }, { count: blocks.length, limit: emailLimits.blocks })
  const title = titleOf(email.subject, reader)
  return writeBlocks(email, headOf(title, preheader), reader)
}

/** The subject once more, as the title of the page; what is wrong with it has been said. */
function titleOf(subject: string, reader: EmailReader): EmailPiece[] {
  const pieces = silently(reader, () => reader.tagged(headerLine(subject), 'html', { field: 'subject' }, escapeHtml))
  return pieces.map(piece => (piece.kind === 'unsubscribe' ? { kind: 'text', text: '' } : piece))
}

const plain = (text: string) => text

function silently<T>(reader: EmailReader, read: () => T): T {
  const told = reader.problems.length
  const value = read()
  reader.problems.length = told
  return value
}

/** Control characters and line breaks cannot be entered, only pasted; they become spaces. */
function header(text: string, field: 'subject' | 'fromName', reader: EmailReader): EmailPiece[] {
  checkHeader(text, field, reader)
  return joinPieces(reader.tagged(headerLine(text).trim(), 'line', { field }, plain))
}

function checkHeader(text: string, field: 'subject' | 'fromName' | 'preheader', reader: EmailReader): void {
  const limit = emailLimits[field]
  if (text.length > limit) reader.problem('text_too_long', { field }, { count: text.length, limit })
}

/** A text part that somebody wrote: its addresses are tracked links, as in an SMS. */
function ownText(given: string, reader: EmailReader): EmailPiece[] {
  const text = given.replace(/\r\n?/g, '\n')
  const place: EmailPlace = { field: 'text' }
  if (text.trim() === '') reader.problem('text_empty', place)
  if (text.length > emailLimits.text) {
    reader.problem('text_too_long', place, { count: text.length, limit: emailLimits.text })
    return []
  }
  const pieces: EmailPiece[] = []
  let from = 0
  const flush = (to: number) => pieces.push(...reader.tagged(text.slice(from, to), 'text', place, plain, from))
  for (let at = 0; at < text.length; ) {
    const tag = text.startsWith('##', at) && text.charAt(at + 2) !== '#' ? readTag(text, at) : undefined
    const url = tag === undefined ? readUrl(text, at, readTag) : undefined
    if (url === undefined) {
      at = tag?.end ?? at + 1
      continue
    }
    flush(at)
    const address = reader.address(url.written, place, at + 1)
    if (address.kind === 'link') pieces.push(reader.link(address, 'text', place))
    at = from = url.end
  }
  flush(text.length)
  return withWayOut(pieces, reader)
}

/** Nobody gets a text without a way out. */
function withWayOut(text: EmailPiece[], reader: EmailReader): EmailPiece[] {
  if (text.some(({ kind }) => kind === 'unsubscribe')) return text
  return [
    ...text,
    { kind: 'text', text: '\n\n--\nUnsubscribe: ' },
    reader.unsubscribeLink('text'),
    { kind: 'text', text: '\n' },
  ]
}

/** "Subject", "Block 3", "Line 12 of the HTML". */
export function placeInWords({ field, block, line }: EmailPlace, email?: Pick<WrittenEmail, 'body'>): string {
  if (block !== undefined) {
    const kind = email?.body.blocks[block]?.kind
    return `Block ${block + 1}${kind === undefined ? '' : ` (${blockNames[kind]})`}`
  }
  if (field === 'html') return line === undefined ? 'HTML' : `Line ${line} of the HTML`
  return fieldNames[field]
}

const fieldNames = {
  subject: 'Subject',
  preheader: 'Preheader',
  fromName: 'From name',
  body: 'Body',
  footer: 'Footer',
  html: 'HTML',
  text: 'Text part',
} as const
