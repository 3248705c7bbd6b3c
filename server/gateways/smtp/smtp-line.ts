/**
 * One connection to a mail server: opened, logged in, one message after the other, QUIT. The protocol is nodemailer's; what its errors cannot
 * say is added here: it reports a cut before the body and one behind it in the same words.
 *
 * Always: each message handed over has one outcome. It may be on the other side from the moment on at which the server asked for the body (354):
 * until then the transaction is cancelled by a cut (RFC 5321 §4.1.1.10), afterwards nobody knows (RFC 1047). What comes after `settle` is late.
 */
import net from 'node:net'
import { Readable } from 'node:stream'
import type { NodemailerError } from 'nodemailer/lib/errors'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { SmtpStage } from '../../../core/gateways/smtp-reply.ts'
import { guardedLookup } from '../../platform/reach.ts'
import type { Composed } from './compose.ts'
import type { SmtpLogin } from './smtp-settings.ts'

export interface LineConfig {
  readonly settings: SmtpLogin
  readonly helloName: string
  /** Why an address of the host must not be connected to; undefined: it may. */
  readonly refuses: (address: string) => string | undefined
  /** no connection, greeting or login within it: it failed */
  readonly openMs: number
  /** for tests: a certificate of their own */
  readonly ca?: string | undefined
}

/** cut: no reply came. `bodyWanted`: the server may have the message. */
export type LineOutcome =
  | { kind: 'accepted'; providerId: string | null }
  | { kind: 'reply'; stage: SmtpStage; text: string }
  | { kind: 'too_large' }
  | { kind: 'cut'; bodyWanted: boolean; why: string }

/** credentials: the server knows the user or the password not (RFC 4954 §6). */
export interface LineFailure {
  readonly why: string
  /** the reply of the server, where there is one */
  readonly reply: string | undefined
  readonly isCredentials: boolean
}

export interface LineHooks {
  opened(): void
  /** Once, if it has not been opened. */
  failed(failure: LineFailure): void
  /** It was open, and is no more. After the outcome of its message. */
  ended(why: string): void
}

const whyLength = 200

export class SmtpLine {
  readonly #config: LineConfig
  readonly #hooks: LineHooks
  readonly #connection: SMTPConnection
  readonly #timer: NodeJS.Timeout
  #phase: 'opening' | 'open' | 'closing' | 'ended' = 'opening'
  #current: { body: Readable; done: (outcome: LineOutcome) => void } | undefined
  #takesUtf8 = false
  /** of the line of a reply that is being read */
  #column = 0
  /** messages that it has carried */
  sent = 0

  constructor(config: LineConfig, hooks: LineHooks) {
    this.#config = config
    this.#hooks = hooks
    const { settings, helloName, openMs, ca } = config
    const { host, port, security } = settings
    const trust = { minVersion: 'TLSv1.2' as const, ...(ca !== undefined && { ca }) }
    this.#connection = new SMTPConnection({
      host,
      port,
      connection: connect(config),
      secure: security === 'tls',
      ...(security === 'starttls' ? { requireTLS: true } : security === 'none' ? { ignoreTLS: true } : {}),
      name: helloName,
      tls: trust,
      connectionTimeout: openMs,
      greetingTimeout: openMs,
      // The gateway has a clock of its own for each answer: RFC 5321 §4.5.3.2.6 gives the final one ten minutes.
      socketTimeout: 24 * 3_600_000,
      maxResponseSize: 64 * 1024,
      // The only way to learn what the server offers. Nothing is written to a log.
      transactionLog: true,
      logger: { debug: (of: { tnx?: string }, text: string) => this.#read(of, text) },
    })
    this.#timer = setTimeout(() => this.#lose('the mail server did not let us in within the time'), openMs)
    this.#connection.on('error', (error: NodemailerError) => this.#lose(wordsOf(error), error))
    this.#connection.on('end', () => this.#lose('the mail server closed the connection'))
    this.#begin()
  }

  get isOpen(): boolean {
    return this.#phase === 'open'
  }

  get isBusy(): boolean {
    return this.#current !== undefined
  }

  /** letters beyond ASCII in an address (RFC 6531) */
  get takesUtf8(): boolean {
    return this.#takesUtf8
  }

  /** MAIL FROM is written before it returns. `done` is called once, later. */
  send({ envelope, body }: Composed, done: (outcome: LineOutcome) => void): void {
    const stream = new Readable({
      read() {
        this.push(body)
        this.push(null)
      },
    })
    this.sent++
    this.#current = { body: stream, done }
    const { from, to, id, original } = envelope
    const dsn = {
      ret: 'HDRS',
      envid: id,
      notify: ['FAILURE', 'DELAY'],
      // The type of an address with other letters is not rfc822 (RFC 6533 §3).
      ...(/^[\x21-\x7e]+$/.test(original) && { orcpt: `rfc822;${original}` }),
    }
    this.#connection.send({ from, to, size: body.length, dsn }, stream, (error, info) => {
      if (this.#current?.body !== stream) return
      if (error === null && info !== undefined)
        this.#settle({ kind: 'accepted', providerId: idIn(info.response, info.serverMessageId) })
      else this.#refused(error)
    })
  }

  /** Asks to part, when nothing is under way. */
  quit(): void {
    if (this.#phase !== 'open') {
      this.destroy('closed')
      return
    }
    this.#phase = 'closing'
    this.#connection.quit()
    const timer = setTimeout(() => this.destroy('closed'), 2000)
    timer.unref()
  }

  destroy(why: string): void {
    this.#lose(why)
  }

  /** The rest of a transaction that the server refused: it is still open on its side (RFC 5321 §4.1.1.5). */
  reset(ready: () => void): void {
    this.#connection.reset(error => {
      if (error === null) ready()
      else this.#lose(wordsOf(error), error)
    })
  }

  #begin(): void {
    this.#connection.connect(error => {
      if (error !== undefined) return this.#lose(wordsOf(error), error)
      const { user, password } = this.#config.settings
      if (user === undefined || user === '') return this.#opened()
      if (!this.#connection.allowsAuth) return this.#lose('the mail server offers no login')
      this.#connection.login({ user, pass: password }, failed => {
        if (failed === null) return this.#opened()
        this.#lose(wordsOf(failed), failed, failed.responseCode === 535 || failed.responseCode === 534)
      })
    })
  }

  #opened(): void {
    if (this.#phase !== 'opening') return
    clearTimeout(this.#timer)
    this.#phase = 'open'
    const { _socket: socket } = this.#connection
    if (socket) socket.prependListener('data', (chunk: Buffer) => this.#watch(chunk))
    this.#hooks.opened()
  }

  /** Whatever is no line of a reply (RFC 5321 §4.2) is the end: nobody knows any more which reply belongs to what. */
  #watch(chunk: Buffer): void {
    for (const octet of chunk) {
      if (octet === 0x0a) this.#column = 0
      else if (this.#column < 3 && (octet < 0x30 || octet > 0x39) && octet !== 0x0d)
        return void this.#lose('the mail server sent something that is no reply')
      else this.#column++
    }
  }

  /** The reply to the last EHLO holds. */
  #read({ tnx }: { tnx?: string }, text: string): void {
    if (this.#phase === 'opening' && tnx === 'server' && text.startsWith('250-'))
      this.#takesUtf8 = /^250[- ]SMTPUTF8\b/im.test(text)
  }

  #refused(error: NodemailerError | null): void {
    const { code, command, response, responseCode = 0 } = error ?? {}
    const isReply = response !== undefined && responseCode >= 400 && responseCode < 600
    if (isReply && command === 'MAIL FROM') this.#settle({ kind: 'reply', stage: 'mail', text: response })
    else if (isReply && command === 'RCPT TO') this.#settle({ kind: 'reply', stage: 'rcpt', text: response })
    else if (isReply && command === 'DATA')
      this.#settle({ kind: 'reply', stage: code === 'EMESSAGE' ? 'body' : 'data', text: response })
    else if (isReply) this.#settle({ kind: 'reply', stage: this.isBodyWanted ? 'body' : 'data', text: response })
    else if (code === 'EMESSAGE' && command === 'MAIL FROM') this.#settle({ kind: 'too_large' })
    // What is neither a refusal nor a yes: the server and we have lost step.
    else this.#lose(wordsOf(error))
  }

  /** The server has asked for the body: it may have the message. */
  get isBodyWanted(): boolean {
    return this.#current?.body.readableDidRead === true
  }

  #settle(outcome: LineOutcome): void {
    const current = this.#current
    this.#current = undefined
    current?.done(outcome)
  }

  #lose(why: string, error?: NodemailerError, isCredentials = false): void {
    if (this.#phase === 'ended') return
    const { bodyWanted, wasOpening } = { bodyWanted: this.isBodyWanted, wasOpening: this.#phase === 'opening' }
    this.#phase = 'ended'
    clearTimeout(this.#timer)
    this.#connection.close()
    const { _socket: socket } = this.#connection
    if (socket) socket.destroy()
    if (this.#current !== undefined) this.#settle({ kind: 'cut', bodyWanted, why: why.slice(0, whyLength) })
    if (wasOpening)
      this.#hooks.failed({ why: why.slice(0, whyLength), reply: error?.response || undefined, isCredentials })
    else this.#hooks.ended(why.slice(0, whyLength))
  }
}

function connect({ settings: { host, port }, refuses }: LineConfig): net.Socket {
  // An address is not looked up.
  const refused = net.isIP(host) === 0 ? undefined : refuses(host)
  if (refused !== undefined) return new net.Socket().destroy(new Error(refused))
  return net.connect({ host, port, lookup: guardedLookup(refuses) })
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message.replace(/\s+/g, ' ') : 'it failed')

/** Postfix, Exim, Amazon and others write the id under which they speak of the message behind one of these. */
const idMarks = ['queued as ', ' id=', '250 ok ', '2.0.0 ok ']

function idIn(response: string, serverId: string | undefined): string | null {
  const said = response.slice(0, 500).toLowerCase()
  const mark = idMarks.find(one => said.includes(one))
  if (serverId !== undefined || mark === undefined) return serverId ?? null
  const rest = response.slice(said.indexOf(mark) + mark.length).replace(/^[<(]/, '')
  return /^[A-Za-z0-9._@=+-]{4,120}/.exec(rest)?.[0] ?? null
}
