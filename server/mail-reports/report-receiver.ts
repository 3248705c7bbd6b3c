/**
 * A small mail server for the return paths of e-mails: what the domain for bounces points to (MX). It takes reports and nothing else.
 *
 * Always: it takes only what is sent to a return path whose seal opens, relays nothing, and says that it has an e-mail only when that is durable.
 * Limits: connections, recipients, octets, and time, so that strangers cost little.
 */
import type { Socket } from 'node:net'
import { SMTPServer } from 'smtp-server'
import type { Inbox } from '../inbox/append.ts'
import type { MailTokens } from '../links/mail-token.ts'
import type { Warn } from '../platform/limited-warnings.ts'
import { reportBytes } from './mail-report-kind.ts'

export interface ReceiverInput {
  port: number
  /** undefined: all addresses */
  host?: string | undefined
  tokens: Pick<MailTokens, 'open'>
  inbox: Pick<Inbox, 'append'>
  now: () => Date
  warn: Warn
  /** how long a connection may be open */
  openMs?: number
}

export interface Receiver {
  port: number
  close(): Promise<void>
}

const mostBytes = 256 * 1024
/** A client that sends an octet a minute is never idle, and there are few places. */
const usualOpenMs = 5 * 60_000

function refusal(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode })
}

/** Around the token, servers on the way write `prvs=…`, `SRS0=…` and `+…`, and fold the case (RFC 5321 §2.4). */
export function tokenOfReturnPath(address: string, tokens: Pick<MailTokens, 'open'>): string | undefined {
  const local = address.slice(0, Math.max(0, address.lastIndexOf('@'))).toLowerCase()
  for (const [, token = ''] of local.matchAll(/b-([0-9a-z]{13})(?![0-9a-z])/g))
    if (tokens.open(token) !== undefined) return token
  return undefined
}

export async function startReceiver(input: ReceiverInput): Promise<Receiver> {
  const { port, host, tokens, inbox, now, warn, openMs = usualOpenMs } = input
  const server = new SMTPServer({
    banner: 'Homing takes returned e-mails only',
    size: mostBytes,
    rejectOversized: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    maxClients: 20,
    maxRecipients: 1,
    maxAllowedUnauthenticatedCommands: 20,
    socketTimeout: 60_000,
    closeTimeout: 2_000,
    onRcptTo({ address }, _, done) {
      done(tokenOfReturnPath(address, tokens) === undefined ? refusal(550, '5.1.1 no such return path') : undefined)
    },
    onData(stream, { envelope }, done) {
      const kept: Buffer[] = []
      let size = 0
      stream.on('data', (chunk: Buffer) => {
        if (size < reportBytes) kept.push(chunk)
        size += chunk.length
      })
      stream.on('end', () => {
        if (size > mostBytes) return done(refusal(552, '5.3.4 too large for a report'))
        const recipient = envelope.rcptTo[0]?.address ?? ''
        const raw = Buffer.concat(kept).subarray(0, reportBytes).toString('base64')
        inbox.append([{ kind: 'mail_report', at: now(), gatewayId: null, body: { recipient, raw } }]).then(
          () => done(null, '2.0.0 kept'),
          error => {
            warn(error, 'a returned e-mail could not be kept: its server delivers it again')
            done(refusal(451, '4.3.0 try again later'))
          },
        )
      })
    },
  })
  // A connection that breaks is the stranger's matter.
  server.on('error', () => {})
  server.server.on('connection', (socket: Socket) => {
    const timer = setTimeout(() => socket.destroy(), openMs)
    socket.once('close', () => clearTimeout(timer))
  })
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject)
    server.listen(port, host, () => {
      server.server.off('error', reject)
      resolve()
    })
  })
  const address = server.server.address()
  return {
    port: address === null || typeof address === 'string' ? port : address.port,
    close: () => new Promise(resolve => server.close(() => resolve())),
  }
}
