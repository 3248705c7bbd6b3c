/**
 * An SMSC that does what a test tells it to, number by number: any answer, any receipt or reply, over any bind, early or late,
 * byte by byte where the form is the point. It shares with the product only the cutting of the stream and the reading of a submit.
 */
import net from 'node:net'
import { Framer } from '../server/gateways/smpp/framer.ts'
import { command, isMalformed, readBind } from '../server/gateways/smpp/pdu.ts'
import { messageBytes, partOf, readShortMessage } from '../server/gateways/smpp/short-message.ts'
import { encodeTlvs, type Tlv } from '../server/gateways/smpp/tlv.ts'

/** One submit_sm as it came. */
export interface Submitted {
  /** which bind carried it: 0 is the first that was ever bound */
  bind: number
  systemId: string
  from: string
  to: string
  dataCoding: number
  /** without its user data header */
  bytes: Buffer
  /** of a long message; 1 of 1 */
  part: number
  parts: number
  /** how many submits this number has had, this one among them */
  nth: number
  /** the id that it is given where the test names none */
  id: string
}

export interface Answer {
  /** command_status; 0 */
  status?: number
  /** message_id as it goes into the body, with its NUL */
  id?: string
  /** the whole body in place of the id */
  body?: Uint8Array
  /** no answer at all */
  silent?: boolean
  afterMs?: number
}

/** What is delivered: a whole PDU (its sequence number is put in), over which bind and when. */
export interface Delivery {
  pdu: Buffer
  /** the bind that submitted where none is named */
  over?: number
  /** from the submit; a negative one: before its answer */
  afterMs?: number
}

export interface Reaction {
  answer?: Answer
  deliveries?: Delivery[]
}

export interface SmscBind {
  systemId: string
  open: boolean
}

export interface Smsc {
  port: number
  /** in the order in which they came; closed ones stay */
  binds: readonly SmscBind[]
  submitted: readonly Submitted[]
  /** Delivers over a bind (the first open one where none is named); resolves with the command_status of its answer. */
  deliver(pdu: Buffer, over?: number): Promise<number>
  /** Deliveries that were answered, by command_status. */
  acknowledged: ReadonlyMap<number, number>
  /** Deliveries without an answer yet, those to come among them. */
  open(): number
  /** Cuts a bind. */
  cut(bind: number): void
  close(): Promise<void>
}

export interface SmscInput {
  /** What happens with a submit; an id and no receipt where it says nothing. */
  react?(sms: Submitted): Reaction
  /** command_status of a bind; 0 */
  bind?(systemId: string, password: string): number
}

type Bound = SmscBind & { socket: net.Socket; sequence: number; waiting: Map<number, (status: number) => void> }

const dataSmResp = 0x8000_0103

export async function startSmsc(input: SmscInput = {}): Promise<Smsc> {
  const binds: Bound[] = []
  const submitted: Submitted[] = []
  const perNumber = new Map<string, number>()
  const acknowledged = new Map<number, number>()
  const sockets = new Set<net.Socket>()
  let open = 0

  const send = (bound: Bound | undefined, pdu: Buffer): Promise<number> => {
    const over = bound?.open ? bound : binds.find(one => one.open)
    if (over === undefined) return Promise.reject(new Error('nothing is bound'))
    over.sequence++
    const copy = Buffer.from(pdu)
    copy.writeUInt32BE(over.sequence, 12)
    return new Promise(resolve => {
      over.waiting.set(over.sequence, resolve)
      over.socket.write(copy)
    })
  }
  const deliver = async (pdu: Buffer, bound: Bound | undefined): Promise<number> => {
    open++
    const status = await send(bound, pdu)
    open--
    acknowledged.set(status, (acknowledged.get(status) ?? 0) + 1)
    return status
  }

  const submit = (bound: Bound, pdu: Buffer) => {
    const message = readShortMessage(pdu)
    const sequence = pdu.readUInt32BE(12)
    if (isMalformed(message)) {
      bound.socket.write(bodyOf(command.submitSmResp, message.status, sequence))
      return
    }
    const { part, textFrom } = partOf(message)
    const nth = (perNumber.get(message.dest) ?? 0) + 1
    perNumber.set(message.dest, nth)
    const sms: Submitted = {
      bind: binds.indexOf(bound),
      systemId: bound.systemId,
      from: message.source,
      to: message.dest,
      dataCoding: message.dataCoding,
      bytes: Buffer.from(messageBytes(message).subarray(textFrom)),
      part: part?.number ?? 1,
      parts: part?.total ?? 1,
      nth,
      id: `m${submitted.length + 1}`,
    }
    submitted.push(sms)
    const { answer = {}, deliveries = [] } = input.react?.(sms) ?? {}
    const go = ({ pdu: what, over }: Delivery) => void deliver(what, over === undefined ? bound : binds[over])
    for (const one of deliveries) if ((one.afterMs ?? 0) < 0) go(one)
    const respond = () => {
      const body = answer.body ?? Buffer.from(`${answer.id ?? sms.id}\0`, 'latin1')
      const { status = 0 } = answer
      if (!answer.silent)
        bound.socket.write(bodyOf(command.submitSmResp, status, sequence, status === 0 ? body : undefined))
    }
    if (answer.afterMs) setTimeout(respond, answer.afterMs)
    else respond()
    for (const one of deliveries) {
      if (one.afterMs === undefined) go(one)
      else if (one.afterMs >= 0) setTimeout(() => go(one), one.afterMs)
    }
  }

  const take = (socket: net.Socket, of: { bound: Bound | undefined }, pdu: Buffer) => {
    const id = pdu.readUInt32BE(4)
    const sequence = pdu.readUInt32BE(12)
    if (id === command.bindTransceiver || id === command.bindReceiver || id === command.bindTransmitter) {
      const bind = readBind(pdu)
      if (isMalformed(bind)) return socket.write(bodyOf(id + 0x8000_0000, bind.status, sequence))
      const status = input.bind?.(bind.systemId, bind.password) ?? 0
      socket.write(bodyOf(id + 0x8000_0000, status, sequence, status === 0 ? Buffer.from('smsc\0') : undefined))
      if (status !== 0) return
      of.bound = { systemId: bind.systemId, open: true, socket, sequence: 0, waiting: new Map() }
      binds.push(of.bound)
    } else if (id === command.submitSm && of.bound) submit(of.bound, pdu)
    else if (id === command.deliverSmResp || id === dataSmResp || id === command.genericNack) {
      of.bound?.waiting.get(sequence)?.(pdu.readUInt32BE(8))
      of.bound?.waiting.delete(sequence)
    } else if (id === command.enquireLink) socket.write(bodyOf(command.enquireLinkResp, 0, sequence))
    else if (id === command.unbind) {
      socket.write(bodyOf(command.unbindResp, 0, sequence))
      if (of.bound) of.bound.open = false
    }
  }

  const server = net.createServer(socket => {
    sockets.add(socket)
    const framer = new Framer()
    const of: { bound: Bound | undefined } = { bound: undefined }
    socket.setNoDelay(true)
    socket.on('data', chunk => framer.push(chunk, (buffer, from, to) => take(socket, of, buffer.subarray(from, to))))
    socket.on('error', () => {})
    socket.on('close', () => {
      sockets.delete(socket)
      if (of.bound) of.bound.open = false
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    binds,
    submitted,
    acknowledged,
    deliver: (pdu, over) => deliver(pdu, over === undefined ? undefined : binds[over]),
    open: () => open,
    cut: bind => binds[bind]?.socket.destroy(),
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}

function bodyOf(id: number, status: number, sequence: number, body: Uint8Array = new Uint8Array(0)): Buffer {
  const pdu = Buffer.alloc(16 + body.length)
  pdu.writeUInt32BE(pdu.length, 0)
  pdu.writeUInt32BE(id, 4)
  pdu.writeUInt32BE(status, 8)
  pdu.set(body, 16)
  pdu.writeUInt32BE(sequence, 12)
  return pdu
}

export interface Spoken {
  from: string
  to: string
  fromTon?: number
  fromNpi?: number
  toTon?: number
  toNpi?: number
  esmClass?: number
  dataCoding?: number
  /** latin1 where it is a string */
  text?: string | Uint8Array
  tlvs?: readonly Tlv[]
  /** octets behind the last parameter */
  tail?: Uint8Array
}

const octets = (text: string | Uint8Array) =>
  typeof text === 'string' ? Buffer.from(text, 'latin1') : Buffer.from(text)

/** deliver_sm, SMPP 3.4 §4.6.1; above 254 octets the text is sent as message_payload. */
export function deliverSm(what: Spoken): Buffer {
  const whole = octets(what.text ?? '')
  const text = whole.length > 254 ? Buffer.alloc(0) : whole
  const payload = whole.length > 254 ? [{ tag: 0x0424, value: whole }] : []
  return bodyOf(
    command.deliverSm,
    0,
    0,
    Buffer.concat([
      Buffer.from([0]),
      addressesOf(what),
      Buffer.from([what.esmClass ?? 0, 0, 0, 0, 0, 0, 0, what.dataCoding ?? 0, 0, text.length]),
      text,
      encodeTlvs([...payload, ...(what.tlvs ?? [])]),
      what.tail ?? Buffer.alloc(0),
    ]),
  )
}

/** data_sm, §4.7.1: the text is in message_payload. */
export function dataSm(what: Spoken): Buffer {
  const text = octets(what.text ?? '')
  const payload = text.length > 0 ? [{ tag: 0x0424, value: text }] : []
  return bodyOf(
    0x0103,
    0,
    0,
    Buffer.concat([
      Buffer.from([0]),
      addressesOf(what),
      Buffer.from([what.esmClass ?? 0, 0, what.dataCoding ?? 0]),
      encodeTlvs([...payload, ...(what.tlvs ?? [])]),
      what.tail ?? Buffer.alloc(0),
    ]),
  )
}

const addressesOf = ({ from, to, fromTon = 1, fromNpi = 1, toTon = 5, toNpi = 0 }: Spoken) =>
  Buffer.concat([
    Buffer.from([fromTon, fromNpi]),
    Buffer.from(`${from}\0`, 'latin1'),
    Buffer.from([toTon, toNpi]),
    Buffer.from(`${to}\0`, 'latin1'),
  ])

/** The text of a receipt, Appendix B. */
export const receiptText = (id: string, { stat = 'DELIVRD', err = '000', sub = '001', dlvrd = '001' } = {}): string =>
  `id:${id} sub:${sub} dlvrd:${dlvrd} submit date:2611281200 done date:2611281201 stat:${stat} err:${err} text:`

/** A receipt by the book for what was submitted. */
export const receiptOf = (sms: Submitted, id = sms.id, more: Partial<Spoken> = {}): Buffer =>
  deliverSm({ from: sms.to, to: sms.from, esmClass: 0x04, text: receiptText(id), ...more })
