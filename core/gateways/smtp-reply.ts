/**
 * What does a mail server say with its reply, and of whom? Evidence, the strongest first: the stage at which it came, the enhanced status code
 * within it (RFC 3463; RFC 2034 puts it behind the three digits, and many write it without announcing it), the words, the three digits.
 *
 * Always: a reply to MAIL FROM is about the sender and one to DATA about the server, whatever it says; a reply to the body speaks of the
 * address only by a code that does. Linear time: replies come from outside.
 */
import type { CodeRow } from './code.ts'
import { smtpCode, smtpRow } from './smtp-codes.ts'

/** mail: to MAIL FROM. rcpt: to RCPT TO. data: to DATA. body: to the final dot. report: within a report of a later failure. */
export type SmtpStage = 'mail' | 'rcpt' | 'data' | 'body' | 'report'

export interface SmtpReply {
  /** its lines, with the three digits: "550 5.1.1 <a@b.example>: user unknown" */
  readonly text: string
  /** the name of the server that gave it, where it is known */
  readonly host?: string
}

interface Words {
  readonly key: string
  readonly some: readonly string[]
  /** only in replies that begin so */
  readonly digit?: '4' | '5'
}

/**
 * Servers that ask back whether the sender exists (callout) quote what they heard, with the code of a mailbox that does not exist: it is that of the
 * sender.
 */
const aboutSender: readonly string[] = [
  ...['sender verify', 'sender verification', 'verifying sender', 'while verifying <', 'callback setup', 'callout'],
  ...['sender address rejected', 'sender rejected', 'sender denied', 'sender unknown', 'unknown sender'],
  ...[
    'sender domain',
    'domain of sender',
    'domain of the sender',
    'sender address domain',
    'envelope sender',
    'return path',
  ],
  ...['return-path', 'mail from'],
]

/** Words of common mail servers, lower case; the first group that has one decides. */
const unknownUser: Words = {
  key: 'unknown_user',
  digit: '5',
  some: [
    ...['user unknown', 'unknown user', 'no such user', 'no such mailbox', 'no such recipient', 'no such address'],
    ...['no such person', 'unknown recipient', 'recipient unknown', 'unknown mailbox', 'unknown local part'],
    ...[
      'unknown address',
      'address unknown',
      'invalid recipient',
      'invalid mailbox',
      'invalid user',
      'not a valid mailbox',
    ],
    ...[
      'does not exist',
      "doesn't exist",
      'user not found',
      'recipient not found',
      'mailbox not found',
      'unrouteable address',
    ],
    ...['no mailbox here by that name', 'account has been disabled', 'account is disabled', 'mailbox is disabled'],
  ],
}
const relay: Words = {
  key: 'relay',
  digit: '5',
  some: ['relay access denied', 'relaying denied', 'not permitted to relay', 'unable to relay'],
}
const byWords: readonly Words[] = [
  {
    key: 'rate',
    some: [
      ...[
        'throttl',
        'rate limit',
        'sending rate',
        'rate exceeded',
        'too many',
        'too fast',
        'too much mail',
        'connection limit',
      ],
      ...[
        'connections limit',
        'concurrent connections',
        'slow down',
        'unusual rate',
        'unusually high rate',
        '[tss',
        '[ts0',
        '[tsu',
      ],
      ...['message quota exceeded', 'daily sending quota', 'daily user sending', 'sending limit'],
    ],
  },
  {
    key: 'too_large',
    some: ['message size', 'message too large', 'message too big', 'exceeds size limit', 'exceeds maximum'],
  },
  {
    key: 'full',
    some: [
      'over quota',
      'overquota',
      'quota exceeded',
      'mailbox full',
      'mailbox is full',
      'exceeded storage',
      'insufficient',
    ],
  },
  relay,
  {
    key: 'sender',
    digit: '5',
    some: [
      ...['sender address rejected', 'sender rejected', 'sender denied', 'sender verify failed', 'unauthenticated'],
      ...['spf', 'dkim', 'dmarc'],
      ...aboutSender,
    ],
  },
  unknownUser,
  {
    key: 'policy',
    digit: '5',
    some: [
      ...['spam', 'block list', 'blocklist', 'blocked', 'reputation', 'policy', 'unsolicited', 'listed', 'banned'],
      ...['access denied', 'not allowed', 'content rejected'],
    ],
  },
]

/** Not `5.1.1.1`, and not the address of a server. */
const enhancedPattern = /(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])/g
const ofMicrosoft = /(?:^|[.])(?:outlook|hotmail|microsoft)\.com$/i
/** Longer replies say no more. */
const readLength = 2000
/** These say as much as nothing: Exim writes the first for everything. */
const vague: ReadonlySet<string> = new Set(['5.0.0', '4.0.0', '5.1.0', '5.3.0', '5.4.0', '5.5.0'])

/** Undefined where it is no refusal: no code of 400 to 599. */
export function readSmtpReply(stage: SmtpStage, { text, host }: SmtpReply): CodeRow | undefined {
  const [, digits = '', digit = ''] = /^([45])\d\d(?!\d)/.exec(text) === null ? [] : [null, text.slice(0, 3), text[0]]
  if (digits === '') return undefined
  const said = text.slice(0, readLength)
  const enhanced = [...said.matchAll(enhancedPattern)].map(([code]) => code).find(code => code.startsWith(digit))
  const words = withoutAddresses(said.toLowerCase())
  if (stage === 'mail') return rowOf(keyOfSender(digits, enhanced, words))
  if (stage === 'data') return rowOf(keyOfServer(digits, enhanced, words))
  // A relay that does not know us says so of each address; in a report it is a server behind it.
  if (stage === 'rcpt' && enhanced?.startsWith('5.7.') && relay.some.some(word => words.includes(word)))
    return rowOf('relay')
  const row = rowOf(keyOf(digits, enhanced, words, host))
  // After the body the reply is about the content, unless its code names the mailbox.
  const aboutContent = stage === 'body' && row.counts && row.code === smtpCode('unknown_user')
  return aboutContent ? rowOf(enhanced ?? digits) : row
}

/** An address says nothing: one of them may be that of throttle@spf.example. */
const withoutAddresses = (words: string) =>
  words
    .split(/\s+/)
    .filter(word => !word.includes('@'))
    .join(' ')

function keyOf(digits: string, enhanced: string | undefined, words: string, host: string | undefined): string {
  const [digit = ''] = digits
  const said = byWords.find(one => (one.digit ?? digit) === digit && one.some.some(word => words.includes(word)))
  if (digits === '421') return '421'
  if (enhanced === undefined || vague.has(enhanced)) {
    if (enhanced === '5.5.0' && host !== undefined && ofMicrosoft.test(host) && words.includes('mailbox unavailable'))
      return 'unknown_user'
    if (said !== undefined) return said.key
    return digits === '552' ? 'full' : (enhanced ?? digits)
  }
  if (enhanced === '5.4.1' && said?.key === 'policy' && words.includes('access denied')) return 'unknown_user'
  if (smtpRow(smtpCode(enhanced))?.counts && aboutSender.some(word => words.includes(word))) return 'sender'
  // "Too many" is a throttle whatever the code says of it, where it may pass.
  if (digit === '4' && said?.key === 'rate') return 'rate'
  return enhanced
}

/** To MAIL FROM: nobody's mailbox. */
function keyOfSender(digits: string, enhanced: string | undefined, words: string): string {
  if (digits === '552' || enhanced === '5.3.4' || enhanced === '5.2.3') return 'too_large'
  if (digits.startsWith('4')) return digits === '421' ? '421' : 'rate'
  const named = enhanced === undefined ? undefined : smtpRow(smtpCode(enhanced))
  if (named !== undefined && (named.scope === 'sender' || named.class === 'throttle' || named.scope === 'protocol'))
    return named.name
  return words.includes('relay') ? 'relay' : 'sender'
}

/** To DATA, or to what is about the session. */
function keyOfServer(digits: string, enhanced: string | undefined, words: string): string {
  if (digits.startsWith('4')) return digits === '421' ? '421' : 'rate'
  return words.includes('relay') ? 'relay' : enhanced?.startsWith('5.5.') ? enhanced : '5.3.5'
}

function rowOf(key: string): CodeRow {
  const row = smtpRow(smtpCode(key))
  if (row === undefined) throw new Error(`no row for the reply ${key}`)
  return row
}
