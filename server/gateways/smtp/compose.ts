/**
 * An e-mail as it goes over the line: headers, a text and an HTML part, a DKIM signature.
 *
 * Always: nothing that a person wrote begins a header, a line or another part: what could is replaced or encoded before it is composed. The
 * headers by which mail programs let people unsubscribe (RFC 8058, RFC 2919) are covered by the signature.
 */
import { domainToASCII } from 'node:url'
import DKIM from 'nodemailer/lib/dkim'
import MailComposer from 'nodemailer/lib/mail-composer'
import type { Outgoing, RenderedEmail } from '../gateway.ts'

export interface Signing {
  readonly domain: string
  readonly selector: string
  /** PEM */
  readonly key: string
}

export interface ComposeInput {
  readonly bounceDomain: string
  readonly signing: Signing | undefined
  readonly date: Date
}

export interface Composed {
  readonly envelope: { readonly from: string; readonly to: string; readonly id: string; readonly original: string }
  /** an address with letters beyond ASCII before the @: only some servers take it (RFC 6531) */
  readonly needsUtf8: boolean
  readonly body: Buffer
}

/** Undefined where the recipient or the sender is no address: a list of them, with a name, or with what ends a command. */
export async function compose(
  message: Outgoing<RenderedEmail>,
  { bounceDomain, signing, date }: ComposeInput,
): Promise<Composed | undefined> {
  const { content, n } = message
  const to = mailboxOf(message.to)
  const from = mailboxOf(message.from)
  const replyTo = content.replyTo === '' ? undefined : mailboxOf(content.replyTo)
  if (to === undefined || from === undefined || (content.replyTo !== '' && replyTo === undefined)) return undefined
  if (!/^[0-9a-z]{13}$/.test(content.token) || !isHeaderUrl(content.unsubscribe)) return undefined
  const mail = new MailComposer({
    from: { name: oneLine(content.fromName), address: from },
    to: { name: '', address: to },
    ...(replyTo !== undefined && { replyTo: { name: '', address: replyTo } }),
    subject: oneLine(content.subject),
    messageId: `<${content.token}.m@${domainOf(from)}>`,
    date,
    headers: [
      prepared('List-Unsubscribe', `<${content.unsubscribe}>`),
      prepared('List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'),
      prepared('List-Id', `<${ascii(content.listId)}>`),
      prepared('Feedback-ID', `${ascii(content.listId)}:homing`),
      prepared('Precedence', 'bulk'),
      prepared('X-Auto-Response-Suppress', 'OOF, AutoReply'),
      prepared('X-Homing-Message', content.token),
    ],
    text: content.text.toWellFormed(),
    html: content.html.toWellFormed(),
    encoding: 'quoted-printable',
    newline: 'win',
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const built = await mail.compile().build()
  return {
    envelope: { from: `b-${content.token}@${bounceDomain}`, to, id: `${content.token}.${n}`, original: to },
    needsUtf8: /\P{ASCII}/u.test(to),
    body: signing === undefined ? built : await signed(built, signing),
  }
}

/** Not encoded and not folded: what is in it is of Homing, or was checked. */
const prepared = (key: string, value: string) => ({ key, value: { prepared: true, value } })

async function signed(message: Buffer, { domain, selector, key }: Signing): Promise<Buffer> {
  const dkim = new DKIM({ domainName: domain, keySelector: selector, privateKey: key })
  const chunks: Buffer[] = []
  for await (const chunk of dkim.sign(message)) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

/** Control characters and line separators would begin a header of their own; halves of an emoji have no form in UTF-8. */
const oneLine = (text: string) =>
  text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .toWellFormed()
    .trim()

const ascii = (text: string) => text.replace(/[^A-Za-z0-9._-]+/g, '')

/** Short, https, and nothing that ends the header or the brackets around it. */
const isHeaderUrl = (url: string) => /^https?:\/\/[\x21-\x7e]{1,900}$/.test(url) && !/[<>]/.test(url)

/** RFC 5321 §4.5.3.1: 64 octets before the @, 255 behind it. The domain as A-labels; never what an address parser would read otherwise. */
function mailboxOf(address: string): string | undefined {
  const at = address.lastIndexOf('@')
  const local = address.slice(0, at)
  const domain = domainToASCII(address.slice(at + 1))
  if (at < 1 || domain === '' || domain.length > 253 || Buffer.byteLength(local) > 64) return undefined
  if (!/^[^\s\p{C}"(),:;<>@[\\\]]+$/u.test(local) || local.startsWith('.') || local.endsWith('.')) return undefined
  return `${local}@${domain}`
}

const domainOf = (mailbox: string) => mailbox.slice(mailbox.lastIndexOf('@') + 1)
