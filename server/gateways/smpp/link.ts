/**
 * The connection under a session: TCP or TLS, bind, keep-alive, unbind. What travels over it is session.ts.
 *
 * Always holds: it ends once, by `ended`, whatever goes wrong (silence, garbage, a PDU that is never finished, a peer that
 * does not read); until then it always reads. SMPP 3.4 §2.2 (binds), §4.1, §4.2, §4.11, §7.2 (timers).
 */
import net from 'node:net'
import tls from 'node:tls'
import { commandStatus } from '../../../core/gateways/smpp.ts'
import { guardedLookup } from '../../platform/reach.ts'
import type { Timers } from '../timers.ts'
import { Framer } from './framer.ts'
import { bindPdu, command, headerOnly, nextSequence, responseBit, status } from './pdu.ts'
import { Outbox } from './write-buffer.ts'

export type LinkConfig = {
  readonly host: string
  readonly port: number
  /** true, or options such as `ca`; the certificate is checked against `host`. */
  readonly tls?: boolean | tls.ConnectionOptions
  readonly systemId: string
  readonly password: string
  readonly systemType?: string
  /** Why an address of the host must not be connected to (platform/reach.ts); undefined: it may. */
  readonly refuses?: ((address: string) => string | undefined) | undefined
  readonly bind?: 'transceiver' | 'transmitter' | 'receiver'
  readonly connectTimeoutMs?: number
  readonly responseTimeoutMs?: number
  readonly enquireLinkMs?: number
}

export type LinkHooks = {
  bound(): void
  /** submit_sm_resp, deliver_sm, generic_nack: the octets `buffer[start, end)`. */
  pdu(id: number, commandStatus: number, sequence: number, buffer: Buffer, start: number, end: number): void
  /** All PDUs of a chunk were given; the link writes what was added to the outbox after it. */
  read(): void
  /** The socket takes more again. */
  drained(): void
  /** About four times per second while bound. */
  tick(now: number): void
  ended(how: 'lost' | 'stopped', why: string, code?: number): void
}

type Phase = 'connecting' | 'binding' | 'bound' | 'unbinding' | 'ended'

const bindIds = {
  transceiver: command.bindTransceiver,
  transmitter: command.bindTransmitter,
  receiver: command.bindReceiver,
} as const

const tickMs = 250
const unbindTimeoutMs = 2000
const unfinishedPduMs = 30_000

export class SmppLink {
  readonly outbox: Outbox
  /** The socket is full: add no requests until `drained`. */
  full = false
  lastReceived: number
  readonly responseMs: number
  readonly #config: LinkConfig
  readonly #hooks: LinkHooks
  readonly #timers: Timers
  readonly #socket: net.Socket
  readonly #framer = new Framer()
  #phase: Phase = 'connecting'
  #phaseUntil: number
  #sequence = 0
  #enquiredAt: number | undefined
  #unfinishedSince: number | undefined
  #cancelTick: () => void = () => {}

  constructor(config: LinkConfig, hooks: LinkHooks, timers: Timers) {
    this.#config = config
    this.#hooks = hooks
    this.#timers = timers
    this.responseMs = config.responseTimeoutMs ?? 10_000
    this.lastReceived = timers.now()
    this.#phaseUntil = this.lastReceived + (config.connectTimeoutMs ?? 10_000)
    this.#socket = connect(config)
    this.outbox = new Outbox(this.#socket)
    this.#listen()
    this.#tick()
  }

  get phase(): Phase {
    return this.#phase
  }

  next(): number {
    this.#sequence = nextSequence(this.#sequence)
    return this.#sequence
  }

  flush(): void {
    const result = this.outbox.flush()
    if (result === 'wait') this.full = true
    if (result === 'unread') this.end('lost', 'the gateway does not read what we send')
  }

  /** §4.2: asks to part; ends with the answer, or two seconds later without it. */
  unbind(): void {
    if (this.#phase !== 'bound') return
    this.#phase = 'unbinding'
    this.#phaseUntil = this.#timers.now() + unbindTimeoutMs
    this.outbox.addPdu(headerOnly(command.unbind, status.ok, this.next()))
    this.flush()
  }

  end(how: 'lost' | 'stopped', why: string, code?: number): void {
    if (this.#phase === 'ended') return
    this.#phase = 'ended'
    this.#cancelTick()
    this.outbox.end()
    this.#hooks.ended(how, why, code)
  }

  #listen(): void {
    const socket = this.#socket
    socket.setNoDelay(true)
    socket.once(this.#config.tls ? 'secureConnect' : 'connect', () => this.#bind())
    socket.on('data', chunk => this.#received(chunk))
    socket.on('drain', () => {
      this.full = false
      if (this.#phase === 'bound') this.#hooks.drained()
    })
    socket.on('error', error => this.end('lost', `connection failed: ${errorText(error)}`))
    socket.on('end', () => this.end('lost', 'the gateway closed the connection'))
    socket.on('close', () => this.end('lost', 'the connection was closed'))
  }

  #bind(): void {
    if (this.#phase !== 'connecting') return
    this.#phase = 'binding'
    this.#phaseUntil = this.#timers.now() + this.responseMs
    const bind = {
      id: bindIds[this.#config.bind ?? 'transceiver'],
      systemId: this.#config.systemId,
      password: this.#config.password,
      systemType: this.#config.systemType ?? '',
      interfaceVersion: 0x34,
      addressTon: 0,
      addressNpi: 0,
      addressRange: '',
    }
    try {
      this.outbox.addPdu(bindPdu(bind, this.next()))
    } catch (error) {
      this.end('stopped', `the bind cannot be written: ${errorText(error)}`)
      return
    }
    this.flush()
  }

  #received(chunk: Buffer): void {
    if (this.#phase === 'ended') return
    this.lastReceived = this.#timers.now()
    const holds = this.#framer.push(chunk, (buffer, start, end) => this.#pdu(buffer, start, end))
    this.#unfinishedSince = this.#framer.unfinished ? (this.#unfinishedSince ?? this.lastReceived) : undefined
    if (!holds) {
      this.outbox.addPdu(headerOnly(command.genericNack, status.invalidCommandLength, 0))
      this.flush()
      this.end('lost', 'the gateway sent a PDU with an impossible length')
    }
    this.#hooks.read()
    this.flush()
  }

  #pdu(buffer: Buffer, start: number, end: number): void {
    if (this.#phase === 'ended') return
    const id = buffer.readUInt32BE(start + 4)
    const code = buffer.readUInt32BE(start + 8)
    const sequence = buffer.readUInt32BE(start + 12)
    // A finished PDU: the next unfinished one has its own time.
    this.#unfinishedSince = undefined
    switch (id) {
      case command.enquireLink:
        this.outbox.addPdu(headerOnly(command.enquireLinkResp, status.ok, sequence))
        break
      case command.enquireLinkResp:
        this.#enquiredAt = undefined
        break
      case command.bindTransceiverResp:
      case command.bindTransmitterResp:
      case command.bindReceiverResp:
        this.#bound(code)
        break
      case command.unbind:
        this.outbox.addPdu(headerOnly(command.unbindResp, status.ok, sequence))
        this.flush()
        this.end('lost', 'the gateway has unbound us')
        break
      case command.unbindResp:
        if (this.#phase === 'unbinding') this.end('stopped', 'unbound')
        break
      case command.genericNack:
      case command.submitSmResp:
      case command.deliverSm:
      case command.dataSm:
        this.#forSession(id, code, sequence, buffer, start, end)
        break
      default:
        // §4.3: an unknown request is answered and forgotten; an unknown response has nobody who waits for it.
        if (id < responseBit) this.outbox.addPdu(headerOnly(command.genericNack, status.invalidCommandId, sequence))
    }
  }

  #forSession(id: number, code: number, sequence: number, buffer: Buffer, start: number, end: number): void {
    if (this.#phase !== 'binding') this.#hooks.pdu(id, code, sequence, buffer, start, end)
    else if (id === command.genericNack)
      this.end('lost', `the gateway does not know our bind: ${statusText(code)}`, code)
    else if (id === command.deliverSm) {
      this.outbox.addPdu(headerOnly(command.deliverSmResp, status.invalidBindStatus, sequence))
    }
  }

  #bound(code: number): void {
    if (this.#phase !== 'binding') return
    if (code !== status.ok) {
      this.end('lost', `the gateway refused the bind: ${statusText(code)}`, code)
      return
    }
    this.#phase = 'bound'
    this.#hooks.bound()
  }

  #tick(): void {
    const now = this.#timers.now()
    if (this.#phase === 'bound') {
      this.#watch(now)
      this.#hooks.tick(now)
    } else if (now >= this.#phaseUntil) this.#timedOut()
    if (!this.#isOver()) this.#cancelTick = this.#timers.after(tickMs, () => this.#tick())
  }

  #timedOut(): void {
    if (this.#phase === 'connecting') this.end('lost', 'no connection in time')
    else if (this.#phase === 'binding') this.end('lost', 'no answer to the bind in time')
    else this.end('stopped', 'no answer to unbind in time')
  }

  /** Does the link still live? Any PDU after the question is an answer to it. */
  #watch(now: number): void {
    if (this.#unfinishedSince !== undefined && now - this.#unfinishedSince > unfinishedPduMs) {
      this.end('lost', 'the gateway did not finish a PDU')
    } else if (this.#enquiredAt !== undefined) {
      if (this.lastReceived > this.#enquiredAt) this.#enquiredAt = undefined
      else if (now - this.#enquiredAt >= this.responseMs) this.end('lost', 'no answer to enquire_link in time')
    } else if (now - this.lastReceived >= (this.#config.enquireLinkMs ?? 30_000)) {
      this.#enquiredAt = now
      this.outbox.addPdu(headerOnly(command.enquireLink, status.ok, this.next()))
      this.flush()
    }
  }

  #isOver(): boolean {
    return this.#phase === 'ended'
  }
}

function connect(config: LinkConfig): net.Socket {
  const { host, port, refuses } = config
  // An address is not looked up.
  const refused = net.isIP(host) === 0 ? undefined : refuses?.(host)
  if (refused !== undefined) return new net.Socket().destroy(new Error(refused))
  const lookup = refuses === undefined ? {} : { lookup: guardedLookup(refuses) }
  if (!config.tls) return net.connect({ host, port, ...lookup })
  const options = config.tls === true ? {} : config.tls
  return tls.connect({ ...(net.isIP(host) ? {} : { servername: host }), ...options, host, port, ...lookup })
}

function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** `RINVPASWD (0x0000000e)` */
export function statusText(code: number): string {
  return `${commandStatus(code).name} (0x${code.toString(16).padStart(8, '0')})`
}
