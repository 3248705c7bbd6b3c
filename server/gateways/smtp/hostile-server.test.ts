/** A mail server that is written by hand, reply by reply: it cuts, stalls, lies and says too much. No recipient gets an e-mail twice, none is lost. */
import net from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { ConnectionEvent, GatewayAnswer, RenderedEmail } from '../gateway.ts'
import { type MarkedOf, outgoingEmail } from '../outgoing.fixture.ts'
import { SmtpGateway, type SmtpTimes } from './smtp-gateway.ts'
import type { SmtpLogin } from './smtp-settings.ts'

type Email = MarkedOf<RenderedEmail>
/** What the server does when a line came (or the end of a body: '.'). A string is sent; null cuts the line; undefined says nothing. */
type Says = (line: string, connection: number) => string | null | undefined | { cutAfter: string }

interface Scripted {
  port: number
  lines: string[]
  /** ended bodies, by recipient */
  bodies: string[]
  connections: number
  close(): Promise<void>
}

const ehlo = (...more: string[]) => ['250-mx.example.net', ...more.map(one => `250-${one}`), '250 HELP'].join('\r\n')

async function serve(
  says: Says,
  greeting: string | null = '220 mx.example.net',
  extensions: string[] = [],
): Promise<Scripted> {
  const sockets = new Set<net.Socket>()
  const seen: Scripted = { port: 0, lines: [], bodies: [], connections: 0, close: async () => {} }
  const server = net.createServer(socket => {
    const nth = ++seen.connections
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
    let rest = ''
    let inBody = false
    let to = ''
    const say = (text: ReturnType<Says>) => {
      if (text === null) socket.destroy()
      else if (typeof text === 'object') socket.write(text.cutAfter, () => socket.destroy())
      else if (text !== undefined) socket.write(`${text}\r\n`)
    }
    say(greeting)
    socket.on('data', chunk => {
      rest += chunk.toString('latin1')
      for (;;) {
        // A body without a line ends with its dot alone.
        const mark = !inBody ? '\r\n' : rest.startsWith('.\r\n') ? '.\r\n' : '\r\n.\r\n'
        const end = rest.indexOf(mark)
        if (end < 0 || socket.destroyed) return
        const line = inBody ? '.' : rest.slice(0, end)
        rest = rest.slice(end + mark.length)
        seen.lines.push(line)
        if (inBody) seen.bodies.push(to)
        inBody = false
        if (line.startsWith('RCPT')) to = /<(.*?)>/.exec(line)?.[1] ?? ''
        const own = says(line, nth)
        const text = own === undefined ? usual(line, extensions) : own
        if (line === 'DATA' && typeof text === 'string' && text.startsWith('354')) inBody = true
        say(text === '' ? undefined : text)
      }
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return Object.assign(seen, {
    port: address.port,
    close: () => {
      for (const socket of sockets) socket.destroy()
      return new Promise<void>(resolve => server.close(() => resolve()))
    },
  })
}

function usual(line: string, extensions: readonly string[]): string {
  if (line.startsWith('EHLO')) return ehlo(...extensions)
  if (line === 'DATA') return '354 end with a dot'
  if (line === 'STARTTLS') return '502 not here'
  if (line === 'QUIT') return '221 bye'
  return line === '.' ? '250 2.0.0 Ok: queued as 12345' : '250 ok'
}

interface Scene {
  gateway: SmtpGateway<Email>
  answers: GatewayAnswer<Email>[]
  events: ConnectionEvent[]
}
const scenes: { scene: Scene; server: Scripted }[] = []
afterEach(async () => {
  for (const { scene, server } of scenes.splice(0)) {
    await scene.gateway.close()
    await server.close()
  }
})

const login: Omit<SmtpLogin, 'port'> = {
  ...{ host: '127.0.0.1', security: 'none', password: '' },
  ...{ bounceDomain: 'bounce.example.com', perConnection: 200, dkimSelector: 'homing1' },
}

function open(server: Scripted, more: Partial<SmtpLogin> = {}, times: Partial<SmtpTimes> = {}, window = 2): Scene {
  const answers: GatewayAnswer<Email>[] = []
  const events: ConnectionEvent[] = []
  const gateway = new SmtpGateway<Email>(
    {
      ...{ gatewayId: 1, window, rate: 0, webhookUrl: 'https://homing.example/webhooks/1' },
      settings: { ...login, port: server.port, ...more },
      now: () => new Date('2026-11-28T12:00:00Z'),
      refuses: () => undefined,
    },
    {
      answered: list => answers.push(...list),
      ...{ arrived: () => {}, beforeWrite: () => true, mayStill: () => true, ready: () => {} },
      changed: event => events.push(event),
    },
    { answerMs: 20_000, reconnectMs: 5, reconnectMaxMs: 10, closeMs: 200, openMs: 5000, ...times },
  )
  const scene = { gateway, answers, events }
  scenes.push({ scene, server })
  return scene
}

const until = (check: () => void) => vi.waitFor(check, { interval: 2, timeout: 10_000 })

async function sent(scene: Scene, ...numbers: number[]): Promise<GatewayAnswer<Email>[]> {
  await until(() => expect(scene.gateway.ready).toBe(true))
  const messages = numbers.map(number => outgoingEmail(number))
  scene.gateway.submit(messages)
  await until(() =>
    expect(scene.answers.filter(({ message, late }) => !late && messages.includes(message))).toHaveLength(
      messages.length,
    ),
  )
  return messages.map(message => scene.answers.find(one => one.message === message)!)
}

describe.each([
  ['one command at a time', []],
  ['with PIPELINING', ['PIPELINING']],
])('a connection that is cut, %s', (_, extensions) => {
  test.each([
    ['MAIL', 'refused'],
    ['RCPT', 'refused'],
    ['DATA', 'refused'],
    ['.', 'unknown'],
  ])('at %s: the e-mail is %s, and the next goes over another connection', async (stage, outcome) => {
    let cuts = 0
    const server = await serve(
      line => (line.startsWith(stage) && cuts++ === 0 ? null : undefined),
      undefined,
      extensions,
    )
    const scene = open(server)
    expect((await sent(scene, 1))[0]).toMatchObject({ outcome })
    expect((await sent(scene, 2))[0]).toMatchObject({ outcome: 'accepted', providerId: '12345' })
    expect(server.bodies).toHaveLength(new Set(server.bodies).size)
  })

  test('a refused recipient is a bounce, and the connection is used again, also where the server asks for the body all the same', async () => {
    for (const toData of ['503 no recipient', '354 end with a dot']) {
      const server = await serve(
        line =>
          line.includes('46701700001@')
            ? '550 5.1.1 user unknown'
            : line === 'DATA' && toData !== '354 end with a dot' && server.lines.at(-2)?.includes('46701700001@')
              ? toData
              : undefined,
        undefined,
        extensions,
      )
      const scene = open(server, {}, {}, 1)
      expect((await sent(scene, 1))[0]).toMatchObject({ outcome: 'hard', counts: true, code: 'smtp:5.1.1' })
      expect((await sent(scene, 2))[0]).toMatchObject({ outcome: 'accepted' })
      expect(server.bodies.filter(to => to.startsWith('46701700002'))).toHaveLength(1)
    }
  })
})

test('at every octet of the replies a cut makes an e-mail refused or unknown, never twice', async () => {
  for (const [stage, reply] of [
    ['MAIL', '250 2.1.0 ok'],
    ['RCPT', '250 2.1.5 ok'],
    ['DATA', '354 end with a dot'],
    ['.', '250 2.0.0 Ok: queued as 12345'],
  ] as const)
    for (let length = 0; length <= reply.length; length += 5) {
      let cuts = 0
      const server = await serve(line => {
        if (!line.startsWith(stage) || cuts++ > 0) return undefined
        return length === 0 ? null : { cutAfter: reply.slice(0, length) }
      })
      const scene = open(server, {}, { answerMs: 150, lateMs: 10 }, 1)
      const [answer] = await sent(scene, 1)
      const { outcome } = answer!
      if (stage !== '.') expect(outcome).toBe('refused')
      else expect(outcome).toBe('unknown')
      expect(server.bodies.length).toBeLessThanOrEqual(1)
    }
})

describe('replies that no server should give', () => {
  test('two replies to one body: the first holds, and no later e-mail is believed to be what it is not', async () => {
    const server = await serve(line => (line === '.' ? '250 2.0.0 Ok: queued as 1111\r\n250 again' : undefined))
    const scene = open(server, {}, {}, 1)
    const answers = await sent(scene, 1, 2, 3, 4)
    for (const { message, outcome } of answers) {
      const times = server.bodies.filter(to => to === message.to).length
      expect(times).toBeLessThanOrEqual(1)
      // What it has is never said to be refused.
      if (times === 1) expect(['accepted', 'unknown']).toContain(outcome)
    }
  })
  test('a reply of many lines, and one without carriage returns, are read as one', async () => {
    const many = Array.from({ length: 300 }, () => '550-5.1.1 no such user').join('\r\n')
    const server = await serve(line => (line.startsWith('RCPT') ? `${many}\r\n550 5.1.1 no such user` : undefined))
    const scene = open(server)
    expect((await sent(scene, 1))[0]).toMatchObject({ outcome: 'hard', code: 'smtp:5.1.1' })
  })
  test('a megabyte of a reply ends the connection', async () => {
    let times = 0
    const server = await serve(line =>
      line.startsWith('RCPT') && times++ === 0 ? `250-${'x'.repeat(1_000_000)}` : undefined,
    )
    const scene = open(server)
    expect((await sent(scene, 1))[0]).toMatchObject({ outcome: 'refused' })
    expect((await sent(scene, 2))[0]).toMatchObject({ outcome: 'accepted' })
  })
  test('a server that closes after each e-mail is opened again', async () => {
    const server = await serve(line => (line === '.' ? '250 2.0.0 Ok: queued as 12345\r\n421 4.4.2 bye' : undefined))
    const scene = open(server, {}, {}, 1)
    for (let number = 0; number < 4; number++) {
      const [answer] = await sent(scene, number)
      expect(['accepted', 'refused']).toContain(answer!.outcome)
    }
    expect(server.bodies).toHaveLength(new Set(server.bodies).size)
  })
})

describe('limits of the server', () => {
  test('421 in the middle of a session is no bounce: it slows down and continues', async () => {
    let times = 0
    const server = await serve(line =>
      line.startsWith('MAIL') && times++ === 0 ? '421 4.7.0 too many messages' : undefined,
    )
    const scene = open(server)
    expect((await sent(scene, 1))[0]).toMatchObject({ outcome: 'refused', counts: false, personal: false })
    await until(() => expect(scene.gateway.ready).toBe(true))
    expect((await sent(scene, 2))[0]).toMatchObject({ outcome: 'accepted' })
  })
  test('a server with room for two connections is given two, and no e-mail bounces', async () => {
    const server = await serve((line, nth) =>
      line.startsWith('EHLO') && nth > 2 ? '421 4.3.2 too many connections' : undefined,
    )
    const scene = open(server, {}, {}, 8)
    const answers = await sent(scene, ...Array.from({ length: 12 }, (_, i) => i))
    expect(answers.map(({ outcome }) => outcome)).toEqual(answers.map(() => 'accepted'))
  })
  test('an e-mail larger than it takes is not written', async () => {
    const server = await serve(() => undefined, undefined, ['SIZE 300'])
    const scene = open(server)
    expect((await sent(scene, 1))[0]).toMatchObject({ outcome: 'refused', personal: true, code: 'smtp:too_large' })
    expect(server.lines.some(line => line.startsWith('MAIL'))).toBe(false)
  })
  test('a report of failures is asked for, and only where the server offers it', async () => {
    const server = await serve(() => undefined, undefined, ['DSN'])
    await sent(open(server), 1)
    expect(server.lines).toContain('MAIL FROM:<b-0000000000001@bounce.example.com> RET=HDRS ENVID=0000000000001.1')
    expect(server.lines).toContain(
      'RCPT TO:<46701700001@example.net> NOTIFY=FAILURE,DELAY ORCPT=rfc822;46701700001@example.net',
    )
    const plain = await serve(() => undefined)
    await sent(open(plain), 1)
    expect(plain.lines).toContain('RCPT TO:<46701700001@example.net>')
  })
})

describe('a login', () => {
  test('is never sent where STARTTLS was taken out of the way', async () => {
    const server = await serve(() => undefined, undefined, ['AUTH PLAIN LOGIN'])
    const scene = open(server, { security: 'starttls', user: 'u', password: 'secret' })
    await until(() => expect(scene.events.map(({ state }) => state)).toContain('lost'))
    expect(server.lines.some(line => line.startsWith('AUTH'))).toBe(false)
    expect(scene.gateway.ready).toBe(false)
  })
  test('that is refused three times is not tried again', async () => {
    const server = await serve(line => (line.startsWith('AUTH') ? '535 5.7.8 bad credentials' : undefined), undefined, [
      'AUTH PLAIN',
    ])
    const scene = open(server, { user: 'u', password: 'wrong' })
    await until(() => expect(scene.events.at(-1)?.state).toBe('refused_credentials'))
    expect(server.lines.filter(line => line.startsWith('AUTH'))).toHaveLength(3)
    expect(JSON.stringify(scene.events)).not.toContain('wrong')
    scene.gateway.submit([outgoingEmail(1)])
    await until(() => expect(scene.answers).toMatchObject([{ outcome: 'refused' }]))
  })
  test('that fails for a while is tried again', async () => {
    let times = 0
    const server = await serve(
      line => (line.startsWith('AUTH') && times++ < 4 ? '454 4.7.0 later' : undefined),
      undefined,
      ['AUTH PLAIN'],
    )
    const scene = open(server, { user: 'u', password: 'p' })
    expect((await sent(scene, 1))[0]).toMatchObject({ outcome: 'accepted' })
  })
})

test('a server that stalls before the body has nothing, and one that stalls after it is not written to again', async () => {
  for (const [stage, outcome] of [
    ['RCPT', 'refused'],
    ['.', 'unknown'],
  ] as const) {
    let stalls = 0
    const server = await serve(line => (line.startsWith(stage) && stalls++ === 0 ? '' : undefined))
    const scene = open(server, {}, { answerMs: 60, lateMs: 20 }, 1)
    expect((await sent(scene, 1))[0]).toMatchObject({ outcome })
    await until(() => expect(server.connections).toBe(2))
    await until(() => expect(scene.events.at(-1)?.state).toBe('bound'))
    expect((await sent(scene, 2))[0]).toMatchObject({ outcome: 'accepted' })
    expect(server.bodies).toHaveLength(new Set(server.bodies).size)
  }
})
