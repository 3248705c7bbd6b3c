/**
 * A gateway with a population behind it: a real SMPP server that takes messages, decides their fate by number, sends
 * receipts, and lets people click and opt out. It keeps its own count and knows nothing of who sends through it.
 *
 * Always holds: what a client is answered is in the journal before; a receipt is sent until it is acknowledged; the
 * outcome of a message depends on seed, number and how many it has had, not on the order of arrival.
 */
import { decodeGsm, decodeUcs2 } from '../../../core/sms/gsm-alphabet.ts'
import { status } from '../smpp/pdu.ts'
import { listenSmpp, type ServerSession, type SmppServer } from '../smpp/server.ts'
import { messageBytes, partOf, type ReceivedMessage } from '../smpp/short-message.ts'
import { isAccountOf } from './login.ts'
import { type LongMessage, LongMessages } from './long-messages.ts'
import { CountFile, type JournalLine, rememberedPort, rememberPort, SimulatorJournal } from './memory-file.ts'
import type { SimulatorOptions } from './options.ts'
import { visitable } from './people.ts'
import { type Fate, fateOf, outcomeOf, type SimulatedOutcome, textHash } from './population.ts'
import {
  type ReceiptOwner,
  ReceiptQueue,
  type SimulatedAttempt,
  type SimulatedReceipt,
  type SimulatedVerdict,
} from './receipts.ts'
import { type Counts, Register, type SimulatedState } from './register.ts'
import { Schedule } from './time-slots.ts'
import { linksOf } from './visits.ts'
import { WaitingPeople } from './waiting-people.ts'

/** What is known of an attempt at its time: its receipts are due. */
type Arrival = { readonly attempt: SimulatedAttempt; readonly outcome: SimulatedOutcome }

const nobody: ReadonlySet<ServerSession<SimulatedReceipt>> = new Set()
const repeatMs = 1000
const houseKeepingMs = 5000
const portTries = 100
/** E.164: 15 digits, none of them a leading zero. */
const numberPattern = /^[1-9]\d{2,14}$/

/** What a receipt says of an outcome, and the state of the message after it; undefined: there is none. */
const arrivals: Readonly<
  Partial<Record<SimulatedOutcome, readonly [SimulatedVerdict, SimulatedState, times: number]>>
> = {
  delivered: ['delivered', 'delivered', 1],
  late: ['delivered', 'delivered', 1],
  duplicate: ['delivered', 'delivered', 2],
  soft: ['expired', 'soft', 1],
  hard: ['undeliverable', 'hard', 1],
}

const ownerOf = (session: ServerSession<SimulatedReceipt>): ReceiptOwner => ({ systemId: session.systemId, session })

export class Simulator {
  readonly #options: SimulatorOptions
  readonly #register = new Register()
  readonly #parts = new LongMessages()
  readonly #arrivals = new Schedule<Arrival>(due => this.#arrive(due))
  readonly #repeats = new Schedule<SimulatedReceipt>(due => this.#repeat(due))
  readonly #receipts: ReceiptQueue
  readonly #audience: WaitingPeople
  readonly #idPrefix: string
  #ids = 0
  #second = 0
  #inSecond = 0
  #journal: SimulatorJournal | undefined
  #countFile: CountFile | undefined
  #server: SmppServer<SimulatedReceipt> | undefined
  #houseKeeping: NodeJS.Timeout | undefined
  #pumpScheduled = false

  constructor(options: SimulatorOptions) {
    this.#options = options
    this.#receipts = new ReceiptQueue(() => this.#server?.sessions ?? nobody)
    this.#audience = new WaitingPeople(this.#register, options, line => this.#journal?.add(line))
    // Ids must not come back after a restart: the start's time in front, the count behind.
    this.#idPrefix = Math.floor(Date.now() / 100).toString(16)
  }

  /** The port. Rejects when it or the folder cannot be had. */
  async start(): Promise<number> {
    const { folder } = this.#options
    if (folder !== undefined) await this.#resume(folder)
    this.#server = await this.#listen()
    if (folder !== undefined) {
      rememberPort(folder, this.#server.port)
      this.#countFile = new CountFile(folder, () => this.counts())
    }
    this.#houseKeeping = setInterval(() => this.#giveUpParts(), houseKeepingMs)
    return this.#server.port
  }

  counts(): Counts {
    const counts = this.#register.counts
    const open = this.#parts.size
    return {
      ...counts,
      accepted: counts.accepted + open,
      pending: counts.pending + open,
      incomplete: counts.incomplete + open,
      receiptsOpen: this.#arrivals.size + this.#receipts.open,
      visitsOpen: this.#audience.open,
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#houseKeeping)
    this.#arrivals.stop()
    this.#repeats.stop()
    this.#audience.stop()
    await this.#server?.close()
    this.#journal?.close()
    this.#journal = undefined
    this.#countFile?.close()
  }

  /** Cuts all connections at once: what a gateway's crash looks like to its clients. */
  cutConnections(): void {
    for (const session of this.#server?.sessions ?? []) session.destroy()
  }

  /** A port that was asked for must be free; one that was wished for or remembered may be taken by now. */
  async #listen(): Promise<SmppServer<SimulatedReceipt>> {
    const { host, port: asked, near, folder, window, systemId, password } = this.#options
    const handlers = {
      bind: (bind: { systemId: string; password: string }) => {
        if (!isAccountOf(systemId, bind.systemId)) return status.invalidSystemId
        return bind.password === password ? status.ok : status.invalidPassword
      },
      submitted: this.#submitted.bind(this),
      acknowledged: (_: unknown, receipt: SimulatedReceipt, code: number | undefined) =>
        this.#acknowledged(receipt, code),
      room: () => this.#receipts.pump(),
      closed: (session: ServerSession<SimulatedReceipt>, returned: SimulatedReceipt[]) => {
        this.#receipts.ended(session)
        for (const receipt of returned) this.#receipts.again(receipt)
        this.#pumpSoon()
      },
    }
    const listen = (port: number) => listenSmpp<SimulatedReceipt>({ host, port, window, handlers })
    if (asked > 0) return listen(asked)
    const first = near || (folder === undefined ? 0 : rememberedPort(folder))
    for (let port = first; port > 0 && port <= Math.min(first + portTries, 65_535); port++) {
      const server = await listen(port).catch(() => undefined)
      if (server) return server
    }
    return listen(0)
  }

  #submitted(session: ServerSession<SimulatedReceipt>, messages: ReceivedMessage[]): void {
    const now = Date.now()
    for (const message of messages) {
      if (this.#throttles(now) || this.#parts.full) {
        this.#register.counts.throttled++
        session.answer(message.sequence, status.throttled, '')
      } else if (!numberPattern.test(message.dest)) session.answer(message.sequence, status.invalidDestination, '')
      else this.#take(session, message, now)
    }
    this.#journal?.flush()
  }

  #take(session: ServerSession<SimulatedReceipt>, message: ReceivedMessage, now: number): void {
    this.#register.counts.submits++
    const { part, textFrom } = partOf(message)
    const id = this.#nextId()
    if (part) {
      session.answer(message.sequence, status.ok, id)
      const { whole, again } = this.#parts.add(ownerOf(session), message, part, textFrom, id, now)
      if (again) this.#incomplete(again)
      if (whole) this.#whole(whole)
    } else this.#short(session, message, textFrom, id, now)
  }

  #short(
    session: ServerSession<SimulatedReceipt>,
    received: ReceivedMessage,
    textFrom: number,
    id: string,
    at: number,
  ): void {
    const bytes = messageBytes(received)
    const owner = ownerOf(session)
    const message = this.#register.message(Number(received.dest), textHash(bytes, textFrom, this.#hashOf(owner)))
    const fate = this.#fate(message, received.dest)
    const outcome = outcomeOf(fate, this.#register.attemptsOf(message) + 1, false)
    if (outcome === 'softAnswer') session.answer(received.sequence, status.temporaryAppError, '')
    else if (outcome === 'hardAnswer') session.answer(received.sequence, status.invalidDestination, '')
    else session.answer(received.sequence, status.ok, id)
    this.#attempted(message, { owner, number: received.dest, sender: received.source, ids: [id], at }, outcome, fate)
    if (this.#audience.wants(message, fate))
      this.#remember(message, fate, received.dataCoding, bytes.subarray(textFrom))
  }

  #whole(long: LongMessage): void {
    const parts = long.parts.filter(part => part !== undefined)
    let hash = this.#hashOf(long.owner)
    for (const part of parts) hash = textHash(part.text, 0, hash)
    const message = this.#register.message(Number(long.number), hash ?? 0)
    const fate = this.#fate(message, long.number)
    const outcome = outcomeOf(fate, this.#register.attemptsOf(message) + 1, true)
    const ids = parts.map(part => part.providerId)
    const { owner, number, sender, beganAt: at } = long
    this.#attempted(message, { owner, number, sender, ids, at }, outcome, fate)
    const text = () => Buffer.concat(parts.map(part => part.text))
    if (this.#audience.wants(message, fate)) this.#remember(message, fate, long.dataCoding, text())
  }

  /** The other parts never came: the phone shows nothing, and nobody hears of it. */
  #incomplete(long: LongMessage): void {
    this.#register.counts.incomplete++
    let hash = this.#hashOf(long.owner)
    for (const part of long.parts) hash = textHash(part?.text ?? new Uint8Array(1), 0, hash)
    const message = this.#register.message(Number(long.number), hash ?? 0)
    const { owner, number, sender, beganAt: at } = long
    this.#attempted(message, { owner, number, sender, ids: [], at }, 'silent', this.#fate(message, number))
  }

  #giveUpParts(): void {
    for (const long of this.#parts.givenUp(Date.now())) this.#incomplete(long)
  }

  /** Two accounts may write the same text to the same number: two messages. The plain account's are as they always were. */
  #hashOf({ systemId }: ReceiptOwner): number | undefined {
    return systemId === this.#options.systemId ? undefined : textHash(Buffer.from(systemId), 0)
  }

  #fate(message: number, number: string): Fate {
    return fateOf(this.#options.shares, this.#options.seed, number, this.#register.ordinalOf(message))
  }

  #attempted(
    message: number,
    of: Pick<SimulatedAttempt, 'owner' | 'number' | 'sender' | 'ids' | 'at'>,
    outcome: SimulatedOutcome,
    fate: Fate,
  ): void {
    this.#register.attempt(message, outcome)
    if (this.#journal) {
      const hash = this.#register.hashOf(message).toString(16)
      const { number, sender, ids, owner } = of
      const from = /^\w*$/.test(sender) ? sender : encodeURIComponent(sender)
      const account = encodeURIComponent(owner.systemId)
      this.#journal.add(
        `a ${number} ${hash} ${outcome} =${from} =${ids.length === 1 ? ids[0] : ids.join(',')} =${account}`,
      )
    }
    if (arrivals[outcome]) {
      const attempt = { ...of, message, attempt: this.#register.attemptsOf(message), left: 0 }
      this.#arrivals.add(this.#delayMs(outcome, fate), { attempt, outcome })
    }
  }

  #delayMs(outcome: SimulatedOutcome, fate: Fate): number {
    const { clockRate, lateMs, receiptDelayMs } = this.#options
    const [least, most] = receiptDelayMs
    return outcome === 'late' ? Math.max(1000, lateMs / clockRate) : least + fate.delay * (most - least)
  }

  /** The phone has it, or the network has given up: the receipts of all parts are due. */
  #arrive(due: Arrival[]): void {
    for (const { attempt, outcome } of due) {
      const arrival = arrivals[outcome]
      if (!arrival) continue
      const [verdict, state, times] = arrival
      this.#register.settle(attempt.message, state)
      attempt.left = attempt.ids.length * times
      for (let time = 0; time < times; time++) {
        for (const id of attempt.ids) this.#receipts.add({ attempt, id, verdict })
      }
      if (state === 'delivered' && this.#register.arrives(attempt.message)) this.#audience.arrived(attempt.message)
    }
    this.#pumpSoon()
  }

  #acknowledged(receipt: SimulatedReceipt, code: number | undefined): void {
    if (code !== status.ok) this.#repeats.add(repeatMs, receipt)
    else if (this.#receipts.acknowledged(receipt)) {
      const { message, number, attempt } = receipt.attempt
      this.#journal?.add(`r ${number} ${this.#register.hashOf(message).toString(16)} ${attempt}`)
    }
  }

  #repeat(due: SimulatedReceipt[]): void {
    for (const receipt of due) this.#receipts.again(receipt)
    this.#receipts.pump()
  }

  #pumpSoon(): void {
    if (this.#pumpScheduled) return
    this.#pumpScheduled = true
    setImmediate(() => {
      this.#pumpScheduled = false
      this.#receipts.pump()
    })
  }

  /** Only the texts of those who will do something with it are read. */
  #remember(message: number, fate: Fate, dataCoding: number, bytes: Uint8Array): void {
    const text = dataCoding === 8 ? decodeUcs2(bytes) : decodeGsm(bytes)
    const links = visitable(linksOf(text), this.#options.linkOrigins)
    if (links.length === 0) return
    this.#audience.expect(message, fate, links)
    const number = this.#register.numberOf(message)
    const hash = this.#register.hashOf(message).toString(16)
    this.#journal?.add(`u ${number} ${hash} ${links.map(url => url.href).join(' ')}`)
  }

  #throttles(now: number): boolean {
    const limit = this.#options.throttlePerSecond
    if (limit <= 0) return false
    const second = Math.floor(now / 1000)
    if (second !== this.#second) this.#inSecond = 0
    this.#second = second
    return ++this.#inSecond > limit
  }

  #nextId(): string {
    return this.#idPrefix + (this.#ids++).toString(16).padStart(7, '0')
  }

  async #resume(folder: string): Promise<void> {
    const open = new Map<number, Arrival>()
    this.#journal = await SimulatorJournal.open(folder, line => this.#replay(line, open))
    for (const arrival of open.values()) {
      const { message, number } = arrival.attempt
      this.#arrivals.add(this.#delayMs(arrival.outcome, this.#fate(message, number)), arrival)
    }
    this.#audience.resume()
  }

  #replay(line: JournalLine, open: Map<number, Arrival>): void {
    const message = this.#register.message(Number(line.number), line.hash)
    if (line.what === 'a') {
      this.#register.attempt(message, line.outcome)
      this.#register.counts.submits += line.ids.length
      const { number, sender, ids, outcome, systemId } = line
      const attempt = {
        owner: { systemId, session: undefined },
        message,
        number,
        attempt: this.#register.attemptsOf(message),
        sender,
        ids,
        at: Date.now(),
        left: 0,
      }
      if (arrivals[outcome]) open.set(message, { attempt, outcome })
      else open.delete(message)
    } else if (line.what === 'r') {
      const arrival = open.get(message)
      if (arrival?.attempt.attempt !== line.attempt) return
      const state = arrivals[arrival.outcome]?.[1]
      open.delete(message)
      if (state) this.#register.settle(message, state)
      if (state === 'delivered') this.#register.arrives(message)
    } else if (line.what === 'u') {
      const links = visitable(line.links, this.#options.linkOrigins)
      if (links.length > 0) this.#audience.expect(message, this.#fate(message, line.number), links)
    } else this.#audience.replay(message, line)
  }
}
