/**
 * The other side of SMPP: an SMSC to which clients bind, for the simulator and for tests. It checks credentials, hands
 * submits over in batches, delivers within a window, and answers what is wrong by the book. SMPP 3.4 §2.2, §4.
 *
 * Always holds: each delivery ends as acknowledged (with the client's status) or as returned when its session ends; a peer
 * that sends garbage, nothing, or does not read is cut off, and harms no other.
 */
import net from 'node:net'
import { realTimers, type Timers } from '../timers.ts'
import { Framer } from './framer.ts'
import {
  type Bind,
  command,
  headerOnly,
  isMalformed,
  nextSequence,
  readBind,
  responseBit,
  status,
  writeIdResp,
} from './pdu.ts'
import {
  type ReceivedMessage,
  readShortMessage,
  type ShortMessage,
  shortMessageSize,
  writeDeliverSm,
} from './short-message.ts'
import { SendWindow } from './window.ts'
import { Outbox } from './write-buffer.ts'

export type ServerConfig<Delivery> = {
  readonly host?: string
  /** 0: any free one. */
  readonly port?: number
  readonly systemId?: string
  /** Deliveries without an answer a session; 100. */
  readonly window?: number
  readonly responseTimeoutMs?: number
  /** Sessions without any PDU for so long are closed; 5 minutes. */
  readonly idleMs?: number
  readonly handlers: ServerHandlers<Delivery>
}

export type ServerHandlers<Delivery> = {
  /** The command_status of the answer to a bind: 0 lets it in. */
  bind(bind: Bind): number
  bound?(session: ServerSession<Delivery>): void
  /** All submits of one chunk. Each is to be answered once by `session.answer`, now or later. */
  submitted(session: ServerSession<Delivery>, messages: ReceivedMessage[]): void
  /** The client answered a delivery (0: it has it), or did not in time (undefined). */
  acknowledged?(session: ServerSession<Delivery>, delivery: Delivery, commandStatus: number | undefined): void
  /** There is room in the window again, or the session was bound. */
  room?(session: ServerSession<Delivery>): void
  /** With what was delivered and never answered. */
  closed?(session: ServerSession<Delivery>, returned: Delivery[], why: string): void
}

export type SmppServer<Delivery> = {
  readonly port: number
  readonly sessions: ReadonlySet<ServerSession<Delivery>>
  /** Unbinds and closes all, then stops listening. */
  close(): Promise<void>
}

const tickMs = 250
const bindTimeoutMs = 10_000
const unfinishedPduMs = 30_000
const lingerMs = 1000

/** Rejects when the port cannot be had. */
export function listenSmpp<Delivery>(
  config: ServerConfig<Delivery>,
  timers: Timers = realTimers,
): Promise<SmppServer<Delivery>> {
  const sessions = new Set<ServerSession<Delivery>>()
  const server = net.createServer(socket => {
    const session = new ServerSession(socket, config, timers, () => sessions.delete(session))
    sessions.add(session)
  })
  const close = () =>
    new Promise<void>(resolve => {
      server.close(() => resolve())
      for (const session of sessions) session.close()
    })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(config.port ?? 0, config.host ?? '127.0.0.1', () => {
      const address = server.address()
      resolve({ port: address !== null && typeof address === 'object' ? address.port : 0, sessions, close })
    })
  })
}

export class ServerSession<Delivery> {
  readonly #socket: net.Socket
  readonly #config: ServerConfig<Delivery>
  readonly #timers: Timers
  readonly #outbox: Outbox
  readonly #framer = new Framer()
  readonly #window: SendWindow<Delivery>
  readonly #forget: () => void
  #bind: Bind | undefined
  #submits: ReceivedMessage[] = []
  #acknowledgements = 0
  #sequence = 0
  #full = false
  #over = false
  #flushScheduled = false
  #openedAt: number
  #lastReceived: number
  #unfinishedSince: number | undefined
  #closeBy: number | undefined
  #cancelTick: () => void = () => {}

  constructor(socket: net.Socket, config: ServerConfig<Delivery>, timers: Timers, forget: () => void) {
    this.#socket = socket
    this.#config = config
    this.#timers = timers
    this.#forget = forget
    this.#outbox = new Outbox(socket)
    this.#window = new SendWindow(config.window ?? 100)
    this.#openedAt = timers.now()
    this.#lastReceived = this.#openedAt
    socket.setNoDelay(true)
    socket.on('data', chunk => this.#received(chunk))
    socket.on('drain', () => {
      this.#full = false
      if (this.#bind) this.#config.handlers.room?.(this)
    })
    socket.on('error', () => this.#end('connection failed'))
    socket.on('close', () => this.#end('connection closed'))
    this.#tick()
  }

  get systemId(): string {
    return this.#bind?.systemId ?? ''
  }

  /** Deliveries that may be written now; 0 for a session that is not bound to receive. */
  get room(): number {
    const receives = this.#bind && this.#bind.id !== command.bindTransmitter
    return receives && !this.#full && !this.#over && this.#closeBy === undefined ? this.#window.room : 0
  }

  /** Answers a submit; all answers of a turn leave in one write. An error has no id. */
  answer(sequence: number, commandStatus: number, messageId: string): void {
    if (this.#over) return
    if (commandStatus === status.ok) {
      this.#outbox.add(82, (buffer, at) =>
        writeIdResp(buffer, at, command.submitSmResp, status.ok, sequence, messageId),
      )
    } else this.#outbox.addPdu(headerOnly(command.submitSmResp, commandStatus, sequence))
    this.#scheduleFlush()
  }

  /** At most `room` of them; all of a turn leave in one write. */
  deliver(deliveries: readonly (Delivery & ShortMessage)[]): void {
    const largest = deliveries.reduce((size, delivery) => Math.max(size, shortMessageSize(delivery)), 0)
    this.deliverWritten(deliveries, largest, writeDeliverSm)
  }

  /** The same with a writer of the caller's, for those who have no ShortMessage: `size` octets hold any of them. */
  deliverWritten<D extends Delivery>(
    deliveries: readonly D[],
    size: number,
    write: (buffer: Buffer, offset: number, sequence: number, delivery: D) => number,
  ): void {
    if (deliveries.length > this.room) throw new Error('more deliveries than the window has room for')
    const now = this.#timers.now()
    for (const delivery of deliveries) {
      this.#sequence = nextSequence(this.#sequence)
      const sequence = this.#sequence
      this.#outbox.add(size, (buffer, at) => write(buffer, at, sequence, delivery))
      this.#window.add(sequence, delivery, now)
    }
    this.#scheduleFlush()
  }

  /** Unbinds and waits a second for the answer. */
  close(): void {
    if (this.#over || this.#closeBy !== undefined) return
    this.#closeBy = this.#timers.now() + lingerMs
    if (!this.#bind) {
      this.#end('closed before a bind')
      return
    }
    this.#sequence = nextSequence(this.#sequence)
    this.#outbox.addPdu(headerOnly(command.unbind, status.ok, this.#sequence))
    this.#flush()
  }

  /** Cuts the connection at once, as a crash would. */
  destroy(): void {
    this.#socket.destroy()
    this.#end('cut')
  }

  #received(chunk: Buffer): void {
    if (this.#over) return
    this.#lastReceived = this.#timers.now()
    const holds = this.#framer.push(chunk, (buffer, start, end) => this.#pdu(buffer, start, end))
    this.#unfinishedSince = this.#framer.unfinished ? (this.#unfinishedSince ?? this.#lastReceived) : undefined
    if (!holds) {
      // §4.3: after a broken length no border can be trusted.
      this.#outbox.addPdu(headerOnly(command.genericNack, status.invalidCommandLength, 0))
      this.#end('impossible command_length')
    }
    if (this.#submits.length > 0) {
      const submits = this.#submits
      this.#submits = []
      this.#config.handlers.submitted(this, submits)
    }
    if (this.#acknowledgements > 0) {
      this.#acknowledgements = 0
      this.#config.handlers.room?.(this)
    }
    this.#flush()
  }

  #pdu(buffer: Buffer, start: number, end: number): void {
    if (this.#over) return
    const id = buffer.readUInt32BE(start + 4)
    const sequence = buffer.readUInt32BE(start + 12)
    this.#unfinishedSince = undefined
    switch (id) {
      case command.submitSm:
        this.#submit(buffer.subarray(start, end), sequence)
        break
      case command.deliverSmResp:
      case command.dataSmResp:
      case command.genericNack:
        this.#acknowledge(sequence, buffer.readUInt32BE(start + 8))
        break
      case command.enquireLink:
        this.#outbox.addPdu(headerOnly(command.enquireLinkResp, status.ok, sequence))
        break
      case command.bindReceiver:
      case command.bindTransmitter:
      case command.bindTransceiver:
        this.#bindAsked(id, buffer.subarray(start, end), sequence)
        break
      case command.unbind:
        this.#outbox.addPdu(headerOnly(command.unbindResp, status.ok, sequence))
        this.#end('unbound')
        break
      case command.unbindResp:
        if (this.#closeBy !== undefined) this.#end('closed')
        break
      default:
        if (id < responseBit) this.#outbox.addPdu(headerOnly(command.genericNack, status.invalidCommandId, sequence))
    }
  }

  #bindAsked(id: number, pdu: Buffer, sequence: number): void {
    const bind = readBind(pdu)
    const refused = this.#bind
      ? status.alreadyBound
      : isMalformed(bind)
        ? bind.status
        : this.#config.handlers.bind(bind)
    const answer = (id | responseBit) >>> 0
    if (refused !== status.ok || isMalformed(bind)) {
      this.#outbox.addPdu(headerOnly(answer, refused, sequence))
      return
    }
    this.#bind = bind
    const systemId = this.#config.systemId ?? 'homing'
    this.#outbox.add(82, (buffer, at) => writeIdResp(buffer, at, answer, status.ok, sequence, systemId))
    this.#config.handlers.bound?.(this)
    this.#config.handlers.room?.(this)
  }

  #submit(pdu: Buffer, sequence: number): void {
    const sends = this.#bind && this.#bind.id !== command.bindReceiver && this.#closeBy === undefined
    const message = sends ? readShortMessage(pdu) : undefined
    if (!message) this.#outbox.addPdu(headerOnly(command.submitSmResp, status.invalidBindStatus, sequence))
    else if (isMalformed(message)) this.#outbox.addPdu(headerOnly(command.submitSmResp, message.status, sequence))
    else this.#submits.push(message)
  }

  #acknowledge(sequence: number, commandStatus: number): void {
    const found = this.#window.take(sequence)
    if (!found || found.late) return
    this.#acknowledgements++
    this.#config.handlers.acknowledged?.(this, found.item, commandStatus)
  }

  #tick(): void {
    const now = this.#timers.now()
    const idle = this.#bind ? (this.#config.idleMs ?? 300_000) : bindTimeoutMs
    if (this.#closeBy !== undefined && now >= this.#closeBy) this.#end('closed')
    else if (now - (this.#bind ? this.#lastReceived : this.#openedAt) >= idle) this.#end('silent')
    else if (this.#unfinishedSince !== undefined && now - this.#unfinishedSince > unfinishedPduMs) {
      this.#end('unfinished PDU')
    } else {
      const expired = this.#window.expire(now - (this.#config.responseTimeoutMs ?? 10_000))
      for (const { item } of expired) this.#config.handlers.acknowledged?.(this, item, undefined)
      if (expired.length > 0) this.#config.handlers.room?.(this)
    }
    if (!this.#isOver()) this.#cancelTick = this.#timers.after(tickMs, () => this.#tick())
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled) return
    this.#flushScheduled = true
    queueMicrotask(() => {
      this.#flushScheduled = false
      this.#flush()
    })
  }

  #flush(): void {
    const result = this.#outbox.flush()
    if (result === 'wait') this.#full = true
    if (result === 'unread') this.#end('does not read')
  }

  #end(why: string): void {
    if (this.#over) return
    this.#over = true
    this.#cancelTick()
    this.#outbox.end()
    this.#forget()
    if (this.#bind) this.#config.handlers.closed?.(this, this.#window.drain(), why)
  }

  #isOver(): boolean {
    return this.#over
  }
}
