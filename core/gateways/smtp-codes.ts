/**
 * What do the replies of mail servers mean? `smtp:` and the enhanced status code (RFC 3463, IANA's registry of RFC 5248), or a word of ours where
 * the text of the reply decides (smtp-reply.ts). Checked November 2026.
 *
 * Always: only a reply that speaks of the address counts against it. Policy, reputation, the sender, size and rate never do: otherwise one
 * campaign from a blocked server would close a whole audience (mautic/mautic#9222).
 */
import { type Code, type CodeClass, type CodeRow, type CodeScope, codeRow } from './code.ts'

type Fate = Extract<CodeClass, 'soft' | 'hard' | 'throttle' | 'fault'>

const reply = (
  key: string,
  fate: Fate,
  scope: CodeScope,
  words: string,
  source = 'RFC 3463',
  counts = false,
): CodeRow => codeRow({ code: `smtp:${key}`, name: key, class: fate, scope, counts, words, source, channel: 'email' })
const ofAddress = (key: string, words: string, source?: string) => reply(key, 'hard', 'recipient', words, source, true)

// biome-ignore format: a table reads by its columns
export const smtpCodes: readonly CodeRow[] = [
  ofAddress('5.1.1', 'There is no such mailbox'),
  ofAddress('5.1.3', 'The address is not valid'),
  ofAddress('5.1.6', 'The mailbox has moved, without an address'),
  ofAddress('5.1.10', 'The domain gets no e-mail', 'RFC 7505'),
  ofAddress('5.2.1', 'The mailbox is closed'),
  ofAddress('5.7.17', 'The mailbox has another owner', 'RFC 7293'),
  ofAddress('5.7.18', 'The domain has another owner', 'RFC 7293'),
  ofAddress('unknown_user', 'There is no such mailbox', 'the text of the reply'),
  reply('5.1.2', 'hard', 'recipient', 'There is no such domain'),
  reply('5.4.4', 'hard', 'recipient', 'There is no such domain'),
  reply('5.2.2', 'soft', 'recipient', 'The mailbox is full'),
  reply('4.2.2', 'soft', 'recipient', 'The mailbox is full'),
  reply('full', 'soft', 'recipient', 'The mailbox is full', 'the text of the reply'),
  reply('4.2.0', 'soft', 'recipient', 'The mailbox takes no e-mail just now'),
  reply('4.2.1', 'soft', 'recipient', 'The mailbox takes no e-mail just now'),
  reply('4.7.1', 'soft', 'recipient', 'The mail server asks to try again later'),
  reply('5.3.1', 'soft', 'recipient', 'The mail server is full'),
  reply('4.3.1', 'soft', 'recipient', 'The mail server is full'),
  reply('5.4.1', 'soft', 'recipient', 'The mail server of the address did not answer'),
  reply('5.2.3', 'hard', 'message', 'The e-mail is too large'),
  reply('5.3.4', 'hard', 'message', 'The e-mail is too large'),
  reply('too_large', 'fault', 'message', 'The e-mail is larger than the mail server takes', 'RFC 1870'),
  reply('no_utf8', 'hard', 'message', 'The mail server takes no letters beyond ASCII in an address', 'RFC 6531'),
  reply('5.6.7', 'hard', 'message', 'The mail server takes no letters beyond ASCII in an address', 'RFC 6531'),
  reply('5.7.1', 'hard', 'message', 'A rule or a filter of the mail server refuses the e-mail'),
  reply('policy', 'hard', 'message', 'A rule or a filter of the mail server refuses the e-mail', 'the text of the reply'),
  reply('sender', 'fault', 'sender', 'The mail server refuses the sender', 'RFC 5321'),
  reply('5.1.7', 'fault', 'sender', 'The mail server refuses the sender'),
  reply('5.1.8', 'fault', 'sender', 'The mail server refuses the sender'),
  reply('5.7.20', 'fault', 'sender', 'No DKIM signature passes', 'RFC 7372'),
  reply('5.7.21', 'fault', 'sender', 'No acceptable DKIM signature', 'RFC 7372'),
  reply('5.7.22', 'fault', 'sender', 'No DKIM signature of the domain of the sender', 'RFC 7372'),
  reply('5.7.23', 'fault', 'sender', 'SPF does not allow the mail server to send for this domain', 'RFC 7372'),
  reply('5.7.24', 'fault', 'sender', 'The SPF record cannot be read', 'RFC 7372'),
  reply('5.7.25', 'fault', 'sender', 'The address of the sending server has no name (PTR)', 'RFC 7372'),
  reply('5.7.26', 'fault', 'sender', 'SPF, DKIM and DMARC do not prove the sender', 'RFC 7372'),
  reply('5.7.27', 'fault', 'sender', 'SPF does not prove the sender, or its domain gets no e-mail', 'RFC 7505; Gmail'),
  reply('5.7.28', 'fault', 'sender', 'Too much of what this sender sends is reported as spam', 'Gmail'),
  reply('5.7.29', 'fault', 'sender', 'The e-mail came without TLS', 'Gmail'),
  reply('5.7.30', 'fault', 'sender', 'No DKIM signature passes', 'Gmail'),
  reply('5.7.515', 'fault', 'sender', 'The domain of the sender does not meet the rules for bulk senders', 'Microsoft'),
  reply('5.1.90', 'throttle', 'account', 'The daily limit of the account is reached', 'Microsoft'),
  reply('5.4.5', 'throttle', 'account', 'The daily limit of the account is reached', 'Gmail'),
  reply('4.7.0', 'throttle', 'bind', 'The mail server asks to slow down'),
  reply('4.7.28', 'throttle', 'bind', 'The mail server asks to slow down', 'Gmail'),
  reply('4.7.650', 'throttle', 'bind', 'The mail server asks to slow down', 'Microsoft'),
  reply('rate', 'throttle', 'bind', 'The mail server asks to slow down', 'the text of the reply'),
  reply('421', 'throttle', 'bind', 'The mail server closes the connection for now', 'RFC 5321'),
  reply('5.3.5', 'fault', 'gateway-config', 'The mail server is not set up correctly'),
  reply('5.5.1', 'fault', 'protocol', 'The mail server did not expect the command'),
  reply('5.5.4', 'fault', 'protocol', 'The mail server does not know a parameter'),
  reply('relay', 'fault', 'gateway-config', 'The mail server sends on nothing for this account', 'the text of the reply'),
]

/** What no row lists, by its class and subject (RFC 3463 §3), or by its three digits (RFC 5321 §4.2). */
const generic: readonly (readonly [pattern: RegExp, fate: Fate, scope: CodeScope, words: string])[] = [
  [/^4\.7\.\d{1,3}$/, 'soft', 'recipient', 'The mail server asks to try again later'],
  [/^4\.\d{1,3}\.\d{1,3}$/, 'soft', 'recipient', 'A temporary fault of the mail server'],
  [/^5\.1\.\d{1,3}$/, 'hard', 'recipient', 'The mail server refuses the address'],
  [/^5\.2\.\d{1,3}$/, 'hard', 'recipient', 'The mailbox takes no e-mail'],
  [/^5\.5\.\d{1,3}$/, 'fault', 'protocol', 'The mail server did not understand the request'],
  [/^5\.6\.\d{1,3}$/, 'hard', 'message', 'The mail server does not take the content of the e-mail'],
  [/^5\.7\.\d{1,3}$/, 'hard', 'message', 'A rule or a filter of the mail server refuses the e-mail'],
  [/^5\.\d{1,3}\.\d{1,3}$/, 'hard', 'recipient', 'The mail server refuses the e-mail'],
  [/^4\d\d$/, 'soft', 'recipient', 'A temporary fault of the mail server'],
  [/^5\d\d$/, 'hard', 'recipient', 'The mail server refuses the e-mail'],
]

const byCode: ReadonlyMap<string, CodeRow> = new Map(smtpCodes.map(row => [row.code, row]))

export const smtpCode = (key: string): Code => `smtp:${key}`

/** Undefined where it is no code of a mail server. */
export function smtpRow(code: string): CodeRow | undefined {
  const known = byCode.get(code)
  if (known !== undefined) return known
  const key = code.slice('smtp:'.length)
  const found = generic.find(([pattern]) => pattern.test(key))
  if (found === undefined) return undefined
  const [, fate, scope, words] = found
  return reply(key, fate, scope, words, key.includes('.') ? 'RFC 3463' : 'RFC 5321')
}

/** Codes that say without doubt that there is no such mailbox: a workspace may close an address after one of them. */
export const noSuchMailbox: readonly Code[] = ['5.1.1', '5.1.3', '5.1.6', '5.1.10'].map(smtpCode)
