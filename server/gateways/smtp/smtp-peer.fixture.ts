/** For tests: a mail server. A test says what it does with the e-mails that it gets. */
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import type { GatewayPeer } from '../contract.fixture.ts'

export interface ReceivedMail {
  from: string
  to: string
  /** of MAIL FROM and RCPT TO */
  parameters: Readonly<Record<string, unknown>>
  raw: string
}

export interface SmtpPeer extends GatewayPeer {
  readonly mails: readonly ReceivedMail[]
  /** how often somebody connected */
  readonly connections: number
}

export function mailError(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode })
}

export interface SmtpPeerHooks {
  options?: SMTPServerOptions
  mail?(address: string): Error | undefined
  rcpt?(address: string): Error | undefined
  body?(mail: ReceivedMail): Error | string | undefined
}

export async function startSmtpPeer(hooks: SmtpPeerHooks = {}): Promise<SmtpPeer> {
  const received: string[] = []
  const mails: ReceivedMail[] = []
  const waiting: (() => void)[] = []
  let how: 'accept' | 'refuse' | 'silent' = 'accept'
  let ids = 0
  let connections = 0
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    logger: false,
    disableReverseLookup: true,
    closeTimeout: 50,
    onConnect(_, done) {
      connections++
      done()
    },
    onMailFrom({ address }, _, done) {
      const refused = how === 'refuse' ? mailError(550, '5.1.8 bad sender') : hooks.mail?.(address)
      done(refused)
    },
    onRcptTo({ address }, _, done) {
      done(hooks.rcpt?.(address))
    },
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const [to] = envelope.rcptTo
        const mail = {
          from: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
          to: to?.address ?? '',
          parameters: { ...(envelope.mailFrom !== false && envelope.mailFrom.args), dsn: envelope.dsn, rcpt: to?.dsn },
          raw: Buffer.concat(chunks).toString(),
        }
        mails.push(mail)
        received.push(/\d+/.exec(mail.to)?.[0] ?? '')
        const said = hooks.body?.(mail)
        const answer = () =>
          said instanceof Error ? done(said) : done(null, said ?? `2.0.0 Ok: queued as id-${++ids}`)
        if (how === 'silent') waiting.push(answer)
        else answer()
      })
    },
    ...hooks.options,
  })
  server.on('error', () => {})
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    received,
    mails,
    get connections() {
      return connections
    },
    behave(next) {
      how = next
    },
    answerLate() {
      for (const answer of waiting.splice(0)) answer()
    },
    close: () => new Promise(resolve => server.close(() => resolve())),
  }
}
