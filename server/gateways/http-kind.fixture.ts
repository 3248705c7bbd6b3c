/**
 * For tests: a second kind of gateway, over HTTP. It proves that nothing outside of a kind knows its protocol. A provider of this kind takes one
 * POST per message, splits the text itself, gives one id for the whole message (part 0), and delivers receipts and replies to the webhook
 * that came with the message, signed with the token of the account.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { type IncomingMessage, request } from 'node:http'
import net from 'node:net'
import { Type } from '@fastify/type-provider-typebox'
import Value from 'typebox/value'
import { homingCode, type LocalCode } from '../../core/gateways/homing.ts'
import { guardedLookup } from '../platform/reach.ts'
import { type Delivery, ReceiptBody } from './delivered.ts'
import type {
  ConnectionState,
  GatewayAnswer,
  GatewayConnection,
  Handlers,
  OpenInput,
  Outgoing,
  RenderedSms,
  WebhookRequest,
} from './gateway.ts'
import { defineKind } from './kind.ts'

const closed = { additionalProperties: false } as const
const Settings = Type.Object(
  {
    baseUrl: Type.String({
      title: 'Address',
      maxLength: 200,
      pattern: '^http://[a-z0-9.-]+(:[0-9]+)?$',
      rule: 'Enter an address such as http://sms.provider.example:8080.',
      examples: ['http://sms.provider.example'],
    }),
    sender: Type.String({ title: 'Sender account', minLength: 1, maxLength: 40 }),
  },
  closed,
)
const Secrets = Type.Object({ token: Type.String({ title: 'Token', maxLength: 100 }) }, closed)
export interface HttpLogin {
  baseUrl: string
  sender: string
  token: string
}

export interface HttpTimes {
  answerMs: number
  reconnectMs: number
  closeMs: number
}

export const signature = (token: string, body: Buffer | string): string =>
  createHmac('sha256', token).update(body).digest('hex')

export const httpKind = defineKind({
  channel: 'sms',
  name: 'http-fixture',
  label: 'HTTP of the tests',
  settings: Settings,
  secrets: Secrets,
  canonical: settings => settings,
  host: ({ baseUrl }) => new URL(baseUrl).hostname,
  address: ({ baseUrl }) => new URL(baseUrl).host,
  account: ({ baseUrl, sender }) => `${sender}@${new URL(baseUrl).host}`,
  open: (input, handlers) =>
    new HttpConnection(input, handlers, { answerMs: 30_000, reconnectMs: 200, closeMs: 5_000 }),
  receive,
})

const Posted = Type.Union([
  Type.Object({
    type: Type.Literal('receipt'),
    id: Type.String(),
    to: Type.String(),
    status: ReceiptBody.properties.state,
  }),
  Type.Object({ type: Type.Literal('reply'), from: Type.String(), to: Type.String(), text: Type.String() }),
])

export function receive(
  { token }: HttpLogin,
  { method, headers, body }: WebhookRequest,
): readonly Delivery[] | undefined {
  const given = Buffer.from(String(headers['x-signature'] ?? ''))
  const right = Buffer.from(signature(token, body))
  if (method !== 'POST' || given.length !== right.length || !timingSafeEqual(given, right)) return undefined
  const posted = parsed(body.toString())
  if (!Value.Check(Posted, posted))
    return [{ kind: 'unreadable', body: { hex: body.toString('hex'), why: 'It is neither a receipt nor a reply.' } }]
  if (posted.type === 'reply')
    return [{ kind: 'reply', body: { number: posted.from, sender: posted.to, text: posted.text } }]
  const { id, to, status } = posted
  const code = `http:${status}` as const
  return [
    {
      kind: 'receipt',
      body: { providerId: id, state: status, counts: false, code, number: to.replace('+', ''), sender: '' },
    },
  ]
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const Accepted = Type.Object({ id: Type.String() })
const Refused = Type.Object({ error: Type.String() })

/** What comes before anything was asked belongs to nothing. */
function unasked(this: net.Socket): void {
  this.destroy()
}

/** A message on its way. It is written to a socket of its own that was open before: nothing is awaited before its first byte. */
interface Flight<O> {
  message: O
  socket: net.Socket
  /** undefined: it was answered; `unknown` may be followed by a late answer */
  timer: NodeJS.Timeout | undefined
  late: boolean
}

export class HttpConnection<O extends Outgoing<RenderedSms>> implements GatewayConnection<O> {
  readonly #input: OpenInput<HttpLogin>
  readonly #handlers: Handlers<O>
  readonly #times: HttpTimes
  /** open, with nothing written to them */
  readonly #idle = new Set<net.Socket>()
  readonly #connecting = new Set<net.Socket>()
  readonly #flights = new Set<Flight<O>>()
  #queue: O[] = []
  #answers: GatewayAnswer<O>[] = []
  #uncommitted = 0
  #state: ConnectionState = 'connecting'
  #again: NodeJS.Timeout | undefined
  #ended = false

  constructor(input: OpenInput<HttpLogin>, handlers: Handlers<O>, times: HttpTimes) {
    this.#input = input
    this.#handlers = handlers
    this.#times = times
    this.#connect()
  }

  get ready(): boolean {
    return !this.#ended && (this.#state === 'bound' || this.#state === 'silent')
  }

  room(): number {
    if (!this.ready) return 0
    if (this.#state === 'silent') return this.#underWay === 0 ? 1 : 0
    return Math.max(0, 2 * this.#input.window - this.#uncommitted)
  }

  submit(messages: readonly O[]): void {
    const { window } = this.#input
    for (const message of messages) {
      this.#uncommitted++
      if (this.#ended) this.#refuse(message, 'closing')
      else if (!this.ready) this.#refuse(message, 'not_bound')
      else if (this.#uncommitted > 2 * window + messages.length) this.#refuse(message, 'session_full')
      else this.#queue.push(message)
    }
    this.#write()
  }

  committed(messages: readonly O[]): void {
    this.#uncommitted -= messages.length
  }

  async close(): Promise<void> {
    if (this.#ended) return
    this.#end('closing')
    const deadline = Date.now() + this.#times.closeMs
    while (this.#underWay > 0 && Date.now() < deadline) await new Promise(resolve => setTimeout(resolve, 5))
    for (const { socket } of this.#flights) socket.destroy()
    while (this.#underWay > 0) await new Promise(resolve => setTimeout(resolve, 1))
    this.#flush()
    this.#change('stopped', 'closed')
  }

  get #underWay(): number {
    return [...this.#flights].filter(({ timer }) => timer !== undefined).length
  }

  /** As many sockets as there is to write, one at least: it tells whether anybody listens. */
  #connect(): void {
    if (this.#ended || this.#again !== undefined) return
    const wanted = Math.max(1, Math.min(this.#queue.length, this.#free))
    for (let n = this.#idle.size + this.#connecting.size; n < wanted; n++) {
      const { hostname, port } = new URL(this.#input.settings.baseUrl)
      const lookup = guardedLookup(this.#input.refuses)
      const socket = net.connect({ host: hostname, port: Number(port || 80), lookup })
      this.#connecting.add(socket)
      socket.on('error', () => {})
      socket.once('connect', () => {
        if (!this.#connecting.delete(socket)) return
        this.#idle.add(socket)
        socket.on('data', unasked)
        if (this.#state !== 'silent') this.#change('bound', 'connected')
        this.#write()
        this.#handlers.ready()
      })
      socket.once('close', () => {
        if (this.#connecting.delete(socket)) this.#lose('nobody listens')
        else if (this.#idle.delete(socket)) this.#connect()
      })
    }
  }

  #lose(why: string): void {
    if (this.#ended) return
    this.#refuseQueue('connection_lost')
    if (this.#again !== undefined) return
    this.#change('lost', why)
    for (const socket of [...this.#idle, ...this.#connecting]) socket.destroy()
    this.#again = setTimeout(() => {
      this.#again = undefined
      this.#change('connecting', 'connecting')
      this.#connect()
    }, this.#times.reconnectMs)
  }

  get #free(): number {
    return (this.#state === 'silent' ? 1 : this.#input.window) - this.#underWay
  }

  #write(): void {
    while (this.#queue.length > 0 && this.#idle.size > 0 && this.#free > 0) {
      const sockets = [...this.#idle].slice(0, Math.min(this.#queue.length, this.#free))
      const messages = this.#queue.splice(0, sockets.length)
      if (!this.#handlers.beforeWrite(messages)) for (const message of messages) this.#refuse(message, 'not_written')
      else
        for (const [i, message] of messages.entries())
          if (this.#handlers.mayStill(message)) this.#post(message, sockets[i]!)
          else this.#refuse(message, 'not_written')
    }
    this.#connect()
  }

  #post(message: O, socket: net.Socket): void {
    this.#idle.delete(socket)
    socket.off('data', unasked)
    const flight: Flight<O> = { message, socket, timer: undefined, late: false }
    flight.timer = setTimeout(() => {
      this.#answer(flight, { outcome: 'unknown', code: homingCode('no_answer') })
      flight.late = true
      this.#change('silent', 'it takes messages and does not answer')
    }, this.#times.answerMs)
    this.#flights.add(flight)
    const { sender, token } = this.#input.settings
    const { key, to, from, content } = message
    const sent = request({
      method: 'POST',
      path: '/messages',
      headers: { host: this.address, authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      createConnection: () => socket,
    })
    const lost = () => {
      if (!this.#flights.delete(flight)) return
      this.#answer(flight, { outcome: 'unknown', code: homingCode('connection_lost_after_write') })
      this.#lose('the connection was cut')
    }
    sent.on('error', lost)
    sent.on('close', lost)
    sent.on('response', response => this.#read(flight, response))
    sent.end(JSON.stringify({ account: sender, key, to, from, text: content.text, webhook: this.#input.webhookUrl }))
  }

  get address(): string {
    return new URL(this.#input.settings.baseUrl).host
  }

  #read(flight: Flight<O>, response: IncomingMessage): void {
    // A fault of the provider: nobody knows whether it has the message, and its body may never end.
    if ((response.statusCode ?? 0) >= 500) {
      flight.socket.destroy()
      return
    }
    const chunks: Buffer[] = []
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.on('error', () => {})
    response.on('end', () => {
      if (!this.#flights.delete(flight)) return
      const status = response.statusCode ?? 0
      const body = parsed(Buffer.concat(chunks).toString())
      if (status === 202 && Value.Check(Accepted, body))
        this.#answer(flight, { outcome: 'accepted', code: null, providerId: body.id })
      else if (status >= 400 && status < 500 && Value.Check(Refused, body))
        this.#answer(flight, { outcome: 'refused', code: `http:${body.error}`, personal: status === 422 })
      else this.#answer(flight, { outcome: 'unknown', code: homingCode('unreadable_answer') })
      if (status === 401) {
        this.#end('closing')
        this.#change('refused_credentials', 'the provider does not accept the token')
      } else this.#change('bound', 'it answers')
      this.#write()
      this.#handlers.ready()
    })
  }

  #answer(
    flight: Flight<O>,
    {
      providerId = null,
      personal = false,
      ...rest
    }: Pick<GatewayAnswer<O>, 'outcome' | 'code'> & Partial<GatewayAnswer<O>>,
  ): void {
    const { message, timer, late } = flight
    clearTimeout(timer)
    flight.timer = undefined
    if (timer === undefined && (!late || rest.outcome === 'unknown')) return
    this.#tell({ message, part: 0, counts: false, personal, providerId, late, ...rest })
  }

  #refuse(message: O, local: LocalCode): void {
    const code = homingCode(local)
    this.#tell({
      message,
      part: 0,
      outcome: 'refused',
      counts: false,
      personal: false,
      providerId: null,
      code,
      late: false,
    })
  }

  #refuseQueue(local: LocalCode): void {
    for (const message of this.#queue.splice(0)) this.#refuse(message, local)
  }

  /** Never within a call of `submit`. */
  #tell(answer: GatewayAnswer<O>): void {
    if (this.#answers.length === 0) setImmediate(() => this.#flush())
    this.#answers.push(answer)
  }

  #flush(): void {
    const answers = this.#answers
    this.#answers = []
    if (answers.length > 0) this.#handlers.answered(answers)
  }

  #end(local: LocalCode): void {
    this.#ended = true
    clearTimeout(this.#again)
    this.#refuseQueue(local)
    for (const socket of [...this.#idle, ...this.#connecting]) socket.destroy()
  }

  #change(state: ConnectionState, why: string): void {
    if (this.#state === state) return
    this.#state = state
    this.#handlers.changed({ state, why })
  }
}
