/**
 * The suite that every kind of gateway passes. A kind runs it by giving a Peer: what its connections talk to, told what to do.
 * The network between them (cut, stalled, down, garbage) is a Line, so that no peer has to make it.
 */
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import type { Delivery } from './delivered.ts'
import type {
  Arrival,
  Arrivals,
  ConnectionEvent,
  GatewayAnswer,
  GatewayConnection,
  Handlers,
  OpenInput,
  Outgoing,
  RenderedContent,
  RenderedSms,
  WebhookRequest,
} from './gateway.ts'
import { Line } from './line.fixture.ts'
import type { MarkedOf } from './outgoing.fixture.ts'

export interface GatewayPeer {
  /** of this machine */
  readonly port: number
  /** The numbers it was sent to, digits only, in order: each as often as a part came. Of an address, what is before the @. */
  readonly received: readonly string[]
  /** accept: with an id each. refuse: by a fault of the message's sender. silent: it takes them and does not answer. Accepts at first. */
  behave(how: 'accept' | 'refuse' | 'silent'): void
  /** Accepts what it was silent to. */
  answerLate(): void
  /** Where deliveries come over the connection. `answers`: what it was told of each, true: kept. */
  readonly deliveries?: {
    receipt(providerId: string, from: string): void
    reply(text: string, from: string): void
    /** The last one once more. */
    repeat(): void
    readonly answers: readonly boolean[]
  }
  close(): Promise<void>
}

export interface ContractInput<Settings, Of extends RenderedContent = RenderedSms> {
  /** A message of the channel of the kind. `number` tells them apart: it is at the end of the address, before an @. */
  message(number: number, more?: { text?: string; parts?: number; again?: boolean }): MarkedOf<Of>
  /** How many parts a message has; 1: the kind has no parts. */
  parts(message: MarkedOf<Of>): number
  start(): Promise<GatewayPeer>
  /** Of a gateway on this port of this machine. */
  settings(port: number): Settings
  /** `answerMs`: after which a message without an answer is unknown. It reconnects within milliseconds, and waits for hardly longer when it closes. */
  open(input: OpenInput<Settings>, handlers: Handlers<MarkedOf<Of>>, answerMs: number): GatewayConnection<MarkedOf<Of>>
  /** Where deliveries come by HTTP: what its provider sends. */
  webhook?: {
    receive(settings: Settings, request: WebhookRequest): readonly Delivery[] | undefined
    /** With a proof of its origin: the right one, or one that was made with another secret. */
    request(body: string, secret?: string): WebhookRequest
    receipt(providerId: string, number: string): string
    reply(text: string, number: string): string
  }
}

const window = 20
/** Long enough for a busy machine; short where the test is about silence. */
const patientMs = 60_000
const impatientMs = 300

interface Scene<M extends Outgoing> {
  peer: GatewayPeer
  line: Line
  connection: GatewayConnection<M>
  answers: GatewayAnswer<M>[]
  events: ConnectionEvent[]
  arrivals: Arrivals[]
  /** what `beforeWrite` was asked and answers; whom `mayStill` holds back */
  gate: { isOpen: boolean; asked: number[]; barred: Set<number> }
}

const until = (check: () => void) => vi.waitFor(check, { interval: 2, timeout: 20_000 })
const numbers = (list: readonly { number: number }[]) => list.map(({ number }) => number)
const phoneOf = ({ to }: Outgoing) => /\d+/.exec(to)?.[0] ?? ''

/** The outcomes of a message, by part; 0 stands for all. */
const outcomesOf = <M extends Outgoing>({ answers }: Scene<M>, message: M) =>
  answers.filter(answer => answer.message === message).map(({ part, outcome }) => [part, outcome])

export function gatewayContract<Settings, Of extends RenderedContent = RenderedSms>(
  name: string,
  { start, settings, open, webhook, message: outgoing, parts: partsIn }: ContractInput<Settings, Of>,
): void {
  type Marked = MarkedOf<Of>
  const scenes: Scene<Marked>[] = []
  const outgoings = (count: number, from = 0): Marked[] => Array.from({ length: count }, (_, i) => outgoing(from + i))

  async function scene(answerMs = patientMs): Promise<Scene<Marked>> {
    const peer = await start()
    const line = new Line(peer.port)
    await line.up()
    const rest = {
      peer,
      line,
      answers: [] as GatewayAnswer<Marked>[],
      events: [] as ConnectionEvent[],
      arrivals: [] as Arrivals[],
      gate: { isOpen: true, asked: [] as number[], barred: new Set<number>() },
    }
    const connection = open(
      {
        gatewayId: 7,
        settings: settings(line.port),
        window,
        rate: 0,
        webhookUrl: 'https://homing.example/webhooks/7',
        now: () => new Date('2026-11-28T12:00:00Z'),
        refuses: () => undefined,
      },
      {
        answered: list => rest.answers.push(...list),
        arrived: batch => rest.arrivals.push(batch),
        beforeWrite(list) {
          rest.gate.asked.push(...numbers(list))
          return rest.gate.isOpen
        },
        mayStill: message => !rest.gate.barred.has(message.number),
        changed: event => rest.events.push(event),
        ready: () => {},
      },
      answerMs,
    )
    const made = { ...rest, connection }
    scenes.push(made)
    await until(() => expect(connection.ready).toBe(true))
    return made
  }

  afterEach(async () => {
    for (const { connection, line, peer } of scenes.splice(0)) {
      peer.behave('accept')
      peer.answerLate()
      line.stall(false)
      await connection.close()
      await line.down()
      await peer.close()
    }
  })

  /** Each has exactly one answer for each of its parts, or one for all of them; late ones aside. */
  function expectOneAnswerEach(scene: Scene<Marked>, messages: readonly Marked[]): void {
    const first = scene.answers.filter(({ late }) => !late)
    for (const message of messages) {
      const parts = first.filter(answer => answer.message === message).map(({ part }) => part)
      const all = Array.from({ length: partsIn(message) }, (_, i) => i + 1)
      expect(parts.length === 1 && parts[0] === 0 ? all : parts.toSorted((a, b) => a - b)).toEqual(all)
    }
    expect(first).toHaveLength(new Set(first.map(({ message, part }) => `${message.number}/${part}`)).size)
  }

  async function answered(scene: Scene<Marked>, messages: readonly Marked[]): Promise<void> {
    await until(() => expectOneAnswerEach(scene, messages))
  }

  /** It takes messages again. */
  async function expectItWorks(scene: Scene<Marked>, number: number): Promise<void> {
    await until(() => expect(scene.connection.ready).toBe(true))
    const message = outgoing(number)
    scene.connection.submit([message])
    await answered(scene, [message])
    expect(outcomesOf(scene, message)[0]?.[1]).toBe('accepted')
  }

  /**
   * After a cut it takes messages again. One that was written to a connection whose end was not known yet is rightly unknown; the next ones are
   * taken.
   */
  async function expectItComesBack(scene: Scene<Marked>, number: number): Promise<void> {
    for (let next = number; ; next++) {
      await until(() => expect(scene.connection.ready).toBe(true))
      const message = outgoing(next)
      scene.connection.submit([message])
      await answered(scene, [message])
      const outcome = outcomesOf(scene, message)[0]?.[1]
      if (outcome === 'accepted') return
      expect(['unknown', 'refused']).toContain(outcome)
    }
  }

  describe(`${name}: the contract of a gateway`, () => {
    test('what the peer accepts is accepted, with an id of its own, and reached it once', async () => {
      const it = await scene()
      const messages = outgoings(50)
      it.connection.submit(messages.slice(0, 15))
      it.connection.submit(messages.slice(15, 30))
      await answered(it, messages.slice(0, 30))
      it.connection.submit(messages.slice(30))
      await answered(it, messages)
      expect(it.answers.every(({ outcome, code, late }) => outcome === 'accepted' && code === null && !late)).toBe(true)
      expect(new Set(it.answers.map(({ providerId }) => providerId)).size).toBe(50)
      expect(it.peer.received.toSorted()).toEqual(messages.map(phoneOf).toSorted())
    })

    test('a long text is answered for each of its parts, or once for all; only the wanted parts are sent again', async context => {
      const long = outgoing(1, { text: 'x'.repeat(400) })
      if (partsIn(long) === 1) return context.skip()
      const it = await scene()
      it.connection.submit([long])
      await answered(it, [long])
      const whole = it.peer.received.length
      const again = outgoing(2, { text: 'x'.repeat(400), parts: 0b010, again: true })
      it.connection.submit([again])
      await until(() => expect(outcomesOf(it, again)).toHaveLength(1))
      expect([0, 2]).toContain(outcomesOf(it, again)[0]![0])
      expect(it.peer.received.length - whole).toBe(1)
    })

    test('what the peer refuses for its sender is refused with a code, is personal, and the next is taken', async () => {
      const it = await scene()
      await expectItWorks(it, 99)
      it.peer.behave('refuse')
      const refused = outgoings(5)
      it.connection.submit(refused)
      await answered(it, refused)
      for (const message of refused) {
        const [answer] = it.answers.filter(one => one.message === message)
        expect(answer).toMatchObject({ outcome: 'refused', personal: true, providerId: null, code: expect.any(String) })
      }
      it.peer.behave('accept')
      await expectItWorks(it, 100)
    })

    test('what sending holds back is not written, and is answered', async () => {
      const it = await scene()
      it.gate.isOpen = false
      const held = outgoings(3)
      it.connection.submit(held)
      await answered(it, held)
      it.gate.isOpen = true
      it.gate.barred.add(11)
      const others = outgoings(3, 10)
      it.connection.submit(others)
      await answered(it, others)
      expect(it.answers.map(({ message, outcome }) => [message.number, outcome])).toEqual(
        expect.arrayContaining([
          [0, 'refused'],
          [1, 'refused'],
          [2, 'refused'],
          [10, 'accepted'],
          [11, 'refused'],
          [12, 'accepted'],
        ]),
      )
      expect(it.peer.received).toEqual([others[0]!, others[2]!].map(phoneOf))
    })

    test('sending is asked about each message before it reaches the peer', async () => {
      const it = await scene()
      const messages = outgoings(40)
      it.connection.submit(messages)
      await answered(it, messages)
      expect(new Set(it.gate.asked)).toEqual(new Set(numbers(messages)))
    })

    test('what the peer does not answer is unknown after the time-out, and a late answer is reported as late', async () => {
      const it = await scene(impatientMs)
      it.peer.behave('silent')
      const messages = outgoings(3)
      it.connection.submit(messages)
      await answered(it, messages)
      for (const message of messages) expect(outcomesOf(it, message)[0]?.[1]).toBe('unknown')
      expect(it.events.map(({ state }) => state)).toContain('silent')
      it.peer.behave('accept')
      it.peer.answerLate()
      await until(() => expect(it.answers.filter(({ late }) => late)).toHaveLength(3))
      expect(it.answers.filter(({ late }) => late).every(({ outcome }) => outcome === 'accepted')).toBe(true)
      expectOneAnswerEach(it, messages)
      await expectItWorks(it, 100)
    })

    test('a connection that is cut in the middle of a window leaves none without an answer; it comes back', async () => {
      const it = await scene()
      it.peer.behave('silent')
      const messages = outgoings(2 * window)
      it.connection.submit(messages)
      await until(() => expect(it.peer.received.length).toBeGreaterThan(2))
      // Again and again: a kind may use a connection per message, and one that is just being opened outlives a cut.
      await until(() => {
        it.line.cut()
        expectOneAnswerEach(it, messages)
      })
      for (const message of messages.filter(one => it.peer.received.includes(phoneOf(one))))
        expect(outcomesOf(it, message)[0]?.[1]).toBe('unknown')
      it.peer.behave('accept')
      await expectItComesBack(it, 100)
      expect(it.peer.received).toHaveLength(new Set(it.peer.received).size)
    })

    test('a peer that reads slowly gets each message once, and is waited for', async () => {
      const it = await scene()
      await expectItWorks(it, 99)
      it.line.stall(true)
      const messages = outgoings(window)
      it.connection.submit(messages)
      const before = it.answers.length
      await new Promise(resolve => setImmediate(resolve))
      expect(it.answers).toHaveLength(before)
      it.line.stall(false)
      await answered(it, messages)
      expect(it.peer.received).toHaveLength(window + 1)
    })

    test('a peer that reads no more does not keep sending from closing', async () => {
      const it = await scene()
      it.line.stall(true)
      const messages = outgoings(window)
      it.connection.submit(messages)
      await it.connection.close()
      expectOneAnswerEach(it, messages)
      expect(it.answers.every(({ outcome }) => outcome === 'unknown' || outcome === 'refused')).toBe(true)
    })

    test.each([
      ['zeros', new Uint8Array(64)],
      ['ones', new Uint8Array(64).fill(0xff)],
      ['text', new TextEncoder().encode('HTTP/1.1 500 Oh no\r\n\r\n<html>'.repeat(20))],
    ])('garbage from the peer (%s) harms no answer for long', async (_, bytes) => {
      const it = await scene()
      it.peer.behave('silent')
      const messages = outgoings(5)
      it.connection.submit(messages)
      await until(() => expect(it.peer.received).toHaveLength(5))
      it.line.say(bytes)
      await answered(it, messages)
      it.peer.behave('accept')
      await expectItWorks(it, 100)
    })

    test('a peer that is restarted is found again', async () => {
      const it = await scene()
      await expectItWorks(it, 1)
      await it.line.down()
      await until(() => expect(it.connection.ready).toBe(false))
      expect(it.connection.room(1)).toBe(0)
      const early = outgoings(2, 10)
      it.connection.submit(early)
      await answered(it, early)
      expect(early.map(message => outcomesOf(it, message)[0]?.[1])).toEqual(['refused', 'refused'])
      await it.line.up()
      await expectItWorks(it, 2)
      expect(it.events.map(({ state }) => state)).toEqual(expect.arrayContaining(['lost', 'connecting']))
    })

    test('its room is at most twice the window, less what is submitted and not committed', async () => {
      const it = await scene()
      const submitted: Marked[] = []
      for (let room = it.connection.room(1); room > 0; room = it.connection.room(1)) {
        const next = outgoings(room, submitted.length)
        submitted.push(...next)
        it.connection.submit(next)
        await answered(it, submitted)
      }
      expect(submitted).toHaveLength(2 * window)
      it.connection.committed(submitted.slice(0, window))
      expect(it.connection.room(1)).toBeGreaterThan(0)
      expect(it.connection.room(1)).toBeLessThanOrEqual(window)
      expect(it.connection.room(4)).toBeLessThanOrEqual(it.connection.room(1))
      it.connection.committed(submitted.slice(window))
    })

    test('it closes after the answers of messages under way, and takes nothing more', async () => {
      const it = await scene()
      it.peer.behave('silent')
      const messages = outgoings(5)
      it.connection.submit(messages)
      await until(() => expect(it.peer.received).toHaveLength(5))
      const closed = it.connection.close()
      expect([it.connection.ready, it.connection.room(1)]).toEqual([false, 0])
      const late = outgoing(50)
      it.connection.submit([late])
      it.peer.answerLate()
      await closed
      await answered(it, [...messages, late])
      for (const message of messages) expect(outcomesOf(it, message)[0]?.[1]).toBe('accepted')
      expect(outcomesOf(it, late)[0]?.[1]).toBe('refused')
      expect(it.events.at(-1)?.state).toBe('stopped')
    })
  })

  describe(`${name}: what the gateway delivers`, () => {
    const arrived = ({ arrivals }: Scene<Marked>): Arrival[] => arrivals.flatMap(({ all }) => [...all])

    test('a receipt and a reply arrive as records, and are acknowledged when sending says so', async context => {
      const it = await scene()
      const { deliveries } = it.peer
      if (deliveries === undefined) return context.skip()
      deliveries.receipt('id-1', '46701700001')
      deliveries.reply('STOP', '46701700002')
      await until(() => expect(arrived(it)).toHaveLength(2))
      expect(arrived(it).map(({ record }) => record)).toMatchObject([
        { kind: 'receipt', gatewayId: 7, body: { providerId: 'id-1', state: 'delivered', number: '46701700001' } },
        { kind: 'reply', gatewayId: 7, body: { text: 'STOP' } },
      ])
      expect(deliveries.answers).toEqual([])
      for (const batch of it.arrivals) batch.ack(batch.all, true)
      await until(() => expect(deliveries.answers).toEqual([true, true]))
    })

    test('what could not be kept is delivered again, and is known by its print', async context => {
      const it = await scene()
      const { deliveries } = it.peer
      if (deliveries === undefined) return context.skip()
      deliveries.reply('STOP', '46701700002')
      await until(() => expect(arrived(it)).toHaveLength(1))
      it.arrivals[0]!.ack(it.arrivals[0]!.all, false)
      await until(() => expect(deliveries.answers).toEqual([false]))
      deliveries.repeat()
      deliveries.reply('STOP', '46701700003')
      await until(() => expect(arrived(it)).toHaveLength(3))
      const [first, again, other] = arrived(it).map(one => one.print())
      expect(again).toBe(first)
      expect(other).not.toBe(first)
      for (const batch of it.arrivals.slice(1)) batch.ack(batch.all, true)
    })
  })

  if (webhook !== undefined) webhookContract(name, settings(1), webhook)
}

function webhookContract<Settings>(
  name: string,
  own: Settings,
  { receive, request, receipt, reply }: NonNullable<ContractInput<Settings>['webhook']>,
): void {
  describe(`${name}: what the provider delivers by HTTP`, () => {
    test('a receipt and a reply are read', () => {
      expect(receive(own, request(receipt('id-1', '46701700001')))).toMatchObject([
        { kind: 'receipt', body: { providerId: 'id-1', state: 'delivered', number: '46701700001' } },
      ])
      const [answer] = receive(own, request(reply('STOP', '46701700002'))) ?? []
      expect(answer).toMatchObject({ kind: 'reply', body: { text: 'STOP' } })
      expect(answer?.kind === 'reply' && answer.body.number.replace('+', '')).toBe('46701700002')
    })

    test('what does not prove its origin is refused: another secret, another body, no proof', () => {
      const right = request(receipt('id-1', '46701700001'))
      const other = request(receipt('id-2', '46701700001'))
      for (const forged of [
        request(receipt('id-1', '46701700001'), 'another secret'),
        { ...right, body: other.body, url: other.url.replace('id-1', 'id-2'), headers: right.headers },
        { ...right, url: right.url.replace(/\?.*/, ''), headers: {} },
      ])
        expect(receive(own, forged)).toBeUndefined()
    })

    test('what proves its origin and cannot be read is kept as it came', () => {
      for (const body of ['', '{', '[]', 'null', '\0', '<xml/>', '{"id":{}}', 'id=%zz&to=%'])
        for (const delivery of receive(own, request(body)) ?? [])
          expect(delivery).toMatchObject({ kind: 'unreadable', body: { hex: Buffer.from(body).toString('hex') } })
    })

    test('nothing that a stranger sends makes it throw', () =>
      fc.assert(
        fc.property(
          fc.constantFrom('GET', 'POST'),
          fc.string(),
          fc.dictionary(fc.string(), fc.string()),
          fc.uint8Array(),
          (method, path, headers, body) => {
            const url = `https://homing.example/webhooks/7?${path}`
            expect(receive(own, { method, url, headers, body: Buffer.from(body) })).toBeUndefined()
          },
        ),
      ))
  })
}
