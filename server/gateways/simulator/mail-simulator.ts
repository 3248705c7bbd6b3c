/**
 * A mail server with people behind it: real SMTP, no e-mail leaves this machine. Some mailboxes are missing, full or greylisted; some e-mails are
 * returned later, by a real report to the return path; people open, click, complain and unsubscribe, and programs open before them.
 *
 * Always: the same address does the same each time. The words that an address begins with decide (`returned-1@…`), else its letters do.
 */

import SMTPConnection from 'nodemailer/lib/smtp-connection'
import PostalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import { recordOf } from '../../../core/record-of.ts'
import { agentOf, linksOf, staysHere, visit, visitorAddressOf } from './visits.ts'

export interface MailSimulatorOptions {
  /** 0: any free port */
  port: number
  /** where returned e-mails are taken on this machine; 0: nowhere, so that nothing returns later */
  reportPort: number
  /** real milliseconds until a report or a visit */
  delayMs: readonly [number, number]
}

export interface MailSimulator {
  port: number
  counts(): Readonly<Record<Fate, number>>
  close(): Promise<void>
}

/** What becomes of an e-mail to an address, and the share of addresses to which it happens, in thousandths. */
const fates = {
  'no-such-user': 20,
  full: 10,
  greylisted: 30,
  returned: 15,
  complains: 2,
  unsubscribes: 8,
  clicks: 100,
  opens: 150,
  prefetched: 150,
} as const
type Fate = keyof typeof fates | 'reads'
const fateNames = Object.keys(fates).filter((name): name is keyof typeof fates => name in fates)

export function mailFateOf(address: string): Fate {
  const local = address.slice(0, Math.max(0, address.lastIndexOf('@'))).toLowerCase()
  const named = fateNames.find(name => local.startsWith(name))
  if (named !== undefined) return named
  let place = hashOf(address.toLowerCase()) % 1000
  for (const name of fateNames) {
    if (place < fates[name]) return name
    place -= fates[name]
  }
  return 'reads'
}

function hashOf(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b_3c6d) >>> 0
}

const reply = (responseCode: number, text: string) => Object.assign(new Error(text), { responseCode })

interface Taken {
  from: string
  to: string
  raw: Buffer
}

export async function startMailSimulator({ port, reportPort, delayMs }: MailSimulatorOptions): Promise<MailSimulator> {
  const counts = recordOf<Fate, number>([...fateNames, 'reads'], () => 0)
  const seen = new Set<string>()
  const timers = new Set<NodeJS.Timeout>()
  const later = (run: () => Promise<unknown>) => {
    const timer = setTimeout(
      () => {
        timers.delete(timer)
        run().catch(() => {})
      },
      delayMs[0] + Math.random() * (delayMs[1] - delayMs[0]),
    )
    timers.add(timer)
  }
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    closeTimeout: 500,
    onRcptTo({ address }, { envelope }, done) {
      const fate = mailFateOf(address)
      const isNew = !seen.has(address)
      if (fate === 'greylisted') seen.add(address)
      // A mailbox that nobody has would also refuse the report of a failure.
      if (envelope.mailFrom !== false && envelope.mailFrom.address === '') return done()
      if (fate === 'no-such-user') {
        counts[fate]++
        return done(reply(550, '5.1.1 no such user here'))
      }
      if (fate === 'full') {
        counts[fate]++
        return done(reply(452, '4.2.2 mailbox full'))
      }
      done(fate === 'greylisted' && isNew ? reply(451, '4.7.1 greylisted, try again later') : undefined)
    },
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const to = envelope.rcptTo[0]?.address ?? ''
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
        const fate = mailFateOf(to)
        counts[fate]++
        done(null, `2.0.0 Ok: queued as ${hashOf(to).toString(16)}${counts[fate]}`)
        later(() => live(fate, { from, to, raw: Buffer.concat(chunks) }, reportPort))
      })
    },
  })
  server.on('error', () => {})
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  const address = server.server.address()
  return {
    port: address === null || typeof address === 'string' ? port : address.port,
    counts: () => counts,
    close: () => {
      for (const timer of timers) clearTimeout(timer)
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}

/** What a person, or a program before them, does with an e-mail. */
async function live(fate: Fate, mail: Taken, reportPort: number): Promise<void> {
  if (fate === 'returned' || fate === 'complains') {
    if (reportPort > 0 && mail.from !== '') await report(fate, mail, reportPort)
    return
  }
  const { headers, html = '', text = '' } = await PostalMime.parse(mail.raw)
  const person = { agent: agentOf(mail.to), localAddress: visitorAddressOf(mail.to) }
  const unsubscribe = headers.find(({ key }) => key === 'list-unsubscribe')?.value.replace(/[<>]/g, '') ?? ''
  const get = (url: URL, who = person) => (staysHere(url) ? visit({ method: 'GET', url, ...who }) : Promise.resolve())
  const images = linksOf([...html.matchAll(/<img\b[^>]*?\bsrc="([^"]*)"/gi)].map(([, src = '']) => src).join('\n'))
  if (fate === 'prefetched') {
    for (const image of images)
      await get(image, { agent: 'Mozilla/5.0', localAddress: visitorAddressOf('a mail program') })
    return
  }
  if (fate === 'opens' || fate === 'clicks') for (const image of images) await get(image)
  if (fate === 'clicks') {
    const hrefs = [...html.matchAll(/<a\b[^>]*?\bhref="([^"]*)"/gi)].map(([, href = '']) =>
      href.replaceAll('&amp;', '&'),
    )
    const [first] = linksOf((hrefs.length > 0 ? hrefs : [text]).join('\n')).filter(({ href }) => href !== unsubscribe)
    if (first !== undefined) await get(first)
  }
  const oneClick = URL.parse(unsubscribe)
  if (fate === 'unsubscribes' && oneClick !== null && staysHere(oneClick))
    await visit({ method: 'POST', url: oneClick, ...person, form: 'List-Unsubscribe=One-Click' })
}

/** By SMTP, with the null sender (RFC 5321 §4.5.5). */
async function report(kind: 'returned' | 'complains', { from, to, raw }: Taken, port: number): Promise<void> {
  const head = raw.toString('latin1').split('\r\n\r\n', 1)[0] ?? ''
  const said =
    kind === 'returned'
      ? [
          ...['Reporting-MTA: dns; simulator.invalid', '', `Final-Recipient: rfc822; ${to}`, 'Action: failed'],
          ...['Status: 5.1.1', 'Diagnostic-Code: smtp; 550 5.1.1 no such user here'],
        ]
      : ['Feedback-Type: abuse', 'User-Agent: Homing-simulator/1', 'Version: 1']
  const type = kind === 'returned' ? 'delivery-status' : 'feedback-report'
  const letter = [
    ...['From: <MAILER-DAEMON@simulator.invalid>', `To: <${from}>`, 'Subject: Returned', 'MIME-Version: 1.0'],
    `Content-Type: multipart/report; report-type=${type}; boundary="report"`,
    ...['', '--report', 'Content-Type: text/plain', '', 'A report of the simulator.'],
    ...['--report', `Content-Type: message/${type}`, '', ...said, ''],
    ...['--report', 'Content-Type: text/rfc822-headers', '', head, '--report--', ''],
  ]
  const connection = new SMTPConnection({ host: '127.0.0.1', port, ignoreTLS: true })
  connection.on('error', () => {})
  await new Promise<void>(resolve => {
    connection.on('end', resolve)
    connection.connect(failed => {
      if (failed !== undefined) return resolve()
      connection.send({ from: '', to: [from] }, Buffer.from(letter.join('\r\n'), 'latin1'), () => connection.quit())
    })
  })
}
