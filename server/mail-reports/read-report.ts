/**
 * What does an e-mail to a return path say? A report of delivery (RFC 3464), a complaint (RFC 5965), or something else, and of which message. Mail
 * servers write reports in many ways, so everything but the facts that are needed is passed over.
 *
 * Always: the reply within a report beats its Status, since some servers write 5.0.0 for everything (Exim), and "failed" does not mean hard:
 * a relay also gives up on a full mailbox. Never throws, and takes linear time: anybody may send to a return path.
 */
import { domainToASCII } from 'node:url'
import PostalMime, { type Email } from 'postal-mime'
import type { Code } from '../../core/gateways/code.ts'
import { smtpCode } from '../../core/gateways/smtp-codes.ts'
import { readSmtpReply } from '../../core/gateways/smtp-reply.ts'

export interface MailReport {
  /** a letter of its own, without a report: a reply of a person or a machine */
  kind: 'delivery' | 'complaint' | 'other'
  /** possible tokens, the most certain first; `n`: the attempt, where the report names it */
  tokens: readonly { token: string; n: number | null }[]
  /** what it says of deliveries, one for each recipient; outcomeFor chooses */
  blocks: readonly ReportBlock[]
}

export interface ReportBlock {
  outcome: ReportOutcome
  /** to whom it was delivered, or not; null: it does not say */
  final: string | null
  /** to whom it was sent, before an alias or a list passed it on */
  original: string | null
}

export interface ReportOutcome {
  state: 'pending' | 'delivered' | 'soft' | 'hard'
  counts: boolean
  code: Code
}

const noReport: MailReport = { kind: 'other', tokens: [], blocks: [] }
const partLength = 64 * 1024
/** Each line costs the parser about as much as the next, however short it is: a mail of nothing but line ends takes a second. */
const mostLines = 4000
/** Each recipient has a block; of more of them the rest says nothing of ours. */
const mostBlocks = 200

/** `recipient`: of the envelope, where it is known. */
export async function readMailReport(raw: Uint8Array, recipient: string): Promise<MailReport> {
  const mail = await PostalMime.parse(firstLines(raw), {
    maxNestingDepth: 20,
    rfc822Attachments: true,
    attachmentEncoding: 'utf8',
  }).catch(() => undefined)
  if (mail === undefined) return { ...noReport, tokens: tokensIn([recipient]) }
  const parts = partsOf(mail)
  const status = parts.find(({ type }) => /^message\/(?:global-)?delivery-status$/.test(type))?.text
  const feedback = parts.find(({ type }) => type === 'message/feedback-report')?.text
  const returned = parts.filter(({ type }) =>
    /^(?:message\/(?:rfc822|global)|text\/rfc822-headers|message\/global-headers)$/.test(type),
  )
  const headers = mail.headers.filter(({ key }) => naming.has(key)).map(({ value }) => value)
  const tokens = tokensIn([
    recipient,
    ...headers,
    status ?? '',
    ...returned.map(({ text }) => text.slice(0, partLength)),
    feedback ?? '',
  ])
  if (feedback !== undefined) return { kind: isOfNoComplaint(feedback) ? 'other' : 'complaint', tokens, blocks: [] }
  if (status !== undefined) return { kind: 'delivery', tokens, blocks: blocksIn(status) }
  return { kind: 'other', tokens, blocks: isFromMailer(mail) ? blockOfWords(mail.text ?? '') : [] }
}

/** Some mail servers also say that a person took an e-mail out of the spam folder, or that a signature does not pass (RFC 5965 §7.3, RFC 6591). */
const isOfNoComplaint = (feedback: string) => /^feedback-type:[ \t]*(?:not-spam|auth-failure)\b/im.test(feedback)

function firstLines(raw: Uint8Array): Uint8Array {
  let end = 0
  for (let line = 0; line < mostLines; line++) {
    const at = raw.indexOf(0x0a, end)
    if (at < 0) return raw
    end = at + 1
  }
  return raw.subarray(0, end)
}

/** Headers that may hold the return path, or the Message-ID of ours. */
const naming: ReadonlySet<string> = new Set([
  ...['delivered-to', 'x-original-to', 'envelope-to', 'to', 'x-failed-recipients', 'in-reply-to', 'references'],
])

interface Part {
  type: string
  text: string
}

function partsOf({ attachments }: Email): Part[] {
  return attachments.map(({ mimeType, content }) => ({
    type: mimeType.toLowerCase(),
    text: typeof content === 'string' ? content : new TextDecoder().decode(content),
  }))
}

const tokenPattern =
  /(?<![0-9a-z])(?:b-([0-9a-hjkmnp-tv-z]{13})(?![0-9a-z])|([0-9a-hjkmnp-tv-z]{13})(?:\.(\d{1,5}|m@)|\r?\n|$))/gi

function tokensIn(texts: readonly string[]): { token: string; n: number | null }[] {
  const found = new Map<string, number | null>()
  for (const text of texts)
    for (const [, path, other, behind] of text.matchAll(tokenPattern)) {
      const token = (path ?? other ?? '').toLowerCase()
      const n = behind === undefined || behind === 'm@' ? null : Number(behind)
      if (found.size < 50) found.set(token, found.get(token) ?? n)
    }
  return [...found].map(([token, n]) => ({ token, n }))
}

/**
 * What a report says of the e-mail to an address. A report on several recipients comes of an alias or a list: that one of its members is gone says
 * nothing against the address itself, so only a block about the address counts.
 */
export function outcomeFor({ blocks }: MailReport, address: string | null): ReportOutcome | undefined {
  const ours = mailboxIn(address ?? undefined)
  const about = blocks.filter(({ final }) => final === null || final === ours)
  if (about.length > 0) return outcomesBySeverity(about)[0]
  const passedOn = blocks.filter(({ original }) => original === ours)
  const outcome = passedOn.length > 0 ? outcomesBySeverity(passedOn).at(-1) : outcomesBySeverity(blocks)[0]
  return outcome && { ...outcome, counts: false }
}

const outcomesBySeverity = (blocks: readonly ReportBlock[]) =>
  severity.flatMap(state => blocks.flatMap(({ outcome }) => (outcome.state === state ? outcome : [])))

function blocksIn(status: string): ReportBlock[] {
  const blocks = status
    .slice(0, partLength)
    .replace(/\r\n?/g, '\n')
    .replace(/\n[ \t]+/g, ' ')
    .split(/\n[ \t]*\n/)
  return blocks.slice(0, mostBlocks).flatMap(block => {
    const fields = fieldsOf(block)
    const outcome = outcomeOfBlock(fields)
    if (outcome === undefined) return []
    // RFC 3461 §4: a plus and two digits stand for a character.
    const original = fields
      .get('original-recipient')
      ?.replace(/\+([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    return { outcome, final: mailboxIn(fields.get('final-recipient')), original: mailboxIn(original) }
  })
}

/** Of "rfc822; Anna@Example.com", in one writing. */
function mailboxIn(field: string | undefined): string | null {
  const written = (field ?? '')
    .replace(/^[a-z0-9-]+[ \t]*;/i, '')
    .replace(/[<>\s]/g, '')
    .toLowerCase()
  const at = written.lastIndexOf('@')
  if (at < 0) return written === '' ? null : written
  return `${written.slice(0, at)}@${domainToASCII(written.slice(at + 1)) || written.slice(at + 1)}`
}

const severity = ['hard', 'soft', 'pending', 'delivered'] as const

function fieldsOf(block: string): Map<string, string> {
  const fields = new Map<string, string>()
  for (const line of block.split('\n')) {
    const at = line.indexOf(':')
    if (at > 0) fields.set(line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim())
  }
  return fields
}

function outcomeOfBlock(fields: ReadonlyMap<string, string>): ReportOutcome | undefined {
  const action = fields.get('action')?.toLowerCase() ?? ''
  const status = /^[245]\.\d{1,3}\.\d{1,3}(?![\d.])/.exec(fields.get('status') ?? '')?.[0]
  if (/^(?:delivered|relayed|expanded)/.test(action))
    return { state: 'delivered', counts: false, code: smtpCode('2.0.0') }
  const isFailure = /^(?:fail|error)/.test(action)
  if (/^delay/.test(action)) return { state: 'pending', counts: false, code: smtpCode(status ?? '4.0.0') }
  if (!isFailure && (action !== '' || status === undefined || status.startsWith('2'))) return undefined
  const said = (fields.get('diagnostic-code') ?? '').replace(/^[a-z0-9-]+;/i, '').trim()
  const host = (fields.get('remote-mta') ?? '').replace(/^[a-z0-9-]+;/i, '').trim()
  return outcomeOfReply(said, host) ?? outcomeOfReply(`${status?.[0] ?? '5'}50 ${status ?? ''} ${said}`, host)
}

/** What a reply to RCPT TO or to the body said, told later. A relay has given up: what asked to slow down is temporary, all else is not. */
function outcomeOfReply(text: string, host: string): ReportOutcome | undefined {
  const row = readSmtpReply('report', { text, host })
  if (row === undefined) return undefined
  const isSoft = row.class === 'soft' || row.class === 'throttle'
  return { state: isSoft ? 'soft' : 'hard', counts: !isSoft && row.counts, code: row.code }
}

const isFromMailer = ({ from, headers }: Email) =>
  /^(?:mailer-daemon|postmaster)@/i.test(from?.address ?? '') ||
  headers.some(({ key, value }) => key === 'return-path' && value.trim() === '<>')

/** A letter of a mail server without a report: its words say that there is no such mailbox, and are no evidence against it. */
function blockOfWords(text: string): ReportBlock[] {
  const row = readSmtpReply('report', { text: `550 ${text.slice(0, 2000)}` })
  if (row?.code !== smtpCode('unknown_user')) return []
  return [{ outcome: { state: 'hard', counts: false, code: row.code }, final: null, original: null }]
}
