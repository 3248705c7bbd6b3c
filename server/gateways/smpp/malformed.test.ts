/** Peers that break the rules, both ways: no wedge, no crash, and the next connection works. */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { dataSm } from '../../../test/smsc.ts'
import { bindPdu, command, headerOnly, status, writeHeader } from './pdu.ts'
import { connectPeer, type ScriptedPeer, type ScriptedSmsc, scriptedSmsc, submitResp } from './scripted-peer.fixture.ts'
import { listenSmpp, type SmppServer } from './server.ts'
import { openSession, type SmppSession, type SubmitResult } from './session.ts'
import {
  messageBytes,
  type ReceivedMessage,
  type ShortMessage,
  shortMessageSize,
  writeDeliverSm,
  writeSubmitSm,
} from './short-message.ts'
import { encodeTlvs, tag } from './tlv.ts'

const until = (check: () => void) => vi.waitFor(check, { interval: 1, timeout: 4000 })

const plain: ShortMessage = {
  sourceTon: 1,
  sourceNpi: 1,
  source: '46701234567',
  destTon: 1,
  destNpi: 1,
  dest: '46707654321',
  esmClass: 0,
  registeredDelivery: 1,
  dataCoding: 0,
  shortMessage: Buffer.from('Hello'),
}

type Write = typeof writeSubmitSm
function pdu(write: Write, message: Partial<ShortMessage> = {}, spoil: (bytes: Buffer) => void = () => {}): Buffer {
  const whole = { ...plain, ...message }
  const buffer = Buffer.alloc(shortMessageSize(whole))
  const bytes = buffer.subarray(0, write(buffer, 0, 42, whole))
  spoil(bytes)
  return bytes
}
const lengthOf = (length: number) => {
  const bytes = Buffer.alloc(64)
  bytes.writeUInt32BE(length, 0)
  return bytes
}

/** After these no border can be trusted: generic_nack and the end. */
const endings: [string, Buffer][] = [
  ['length 0', lengthOf(0)],
  ['length 4', lengthOf(4)],
  ['length 8', lengthOf(8)],
  ['length 15', lengthOf(15)],
  ['length 0x7fffffff', lengthOf(0x7fff_ffff)],
  ['length above 64 KiB', lengthOf(65_537)],
  ['a request of the web', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n')],
  ['a flood of zero bytes', Buffer.alloc(100_000)],
]

/** These are answered with an error, and the session continues. */
const goingOn = (write: Write): [string, Buffer, number][] =>
  [
    ['sm_length 255 with 5 bytes', pdu(write, {}, b => b.writeUInt8(255, b.length - 6)), status.invalidMessageLength],
    ['a C string without NUL', pdu(write, {}, b => b.fill(0x41, 16)), status.invalidCommandLength],
    ['a body that is missing', pdu(write).subarray(0, 16), status.invalidCommandLength],
    ['a body that is cut', pdu(write).subarray(0, 30), status.invalidCommandLength],
    ['a parameter past the end', pdu(write, { tlvs: Uint8Array.of(4, 39, 0, 200, 1) }), status.invalidOptionalPart],
    ['a parameter integer that is cut', pdu(write, { tlvs: Uint8Array.of(4, 39, 0) }), status.invalidOptionalPart],
    ['UDHL 255', pdu(write, { esmClass: 0x40, shortMessage: Uint8Array.of(255, 1, 2) }), status.invalidEsmClass],
    [
      'a number of 100 digits',
      (() => {
        const head = pdu(write)
        const at = head.indexOf('46707654321')
        return Buffer.concat([head.subarray(0, at), Buffer.from('4'.repeat(100)), head.subarray(at + 11)])
      })(),
      status.invalidDestination,
    ],
  ].map(([name, bytes, code]) => {
    const fixed = Buffer.from(bytes as Buffer)
    fixed.writeUInt32BE(fixed.length, 0)
    return [name as string, fixed, code as number]
  })

describe('our server', () => {
  let server: SmppServer<ShortMessage>
  beforeAll(async () => {
    server = await listenSmpp<ShortMessage>({
      handlers: {
        bind: bind => (bind.password === 'homing' ? 0 : status.invalidPassword),
        submitted(session, messages) {
          for (const message of messages) session.answer(message.sequence, 0, `id${message.sequence}`)
        },
      },
    })
  })
  afterAll(() => server.close())

  const bind = (password = 'homing', id: number = command.bindTransceiver) =>
    bindPdu(
      {
        id,
        systemId: 'homing',
        password,
        systemType: '',
        interfaceVersion: 0x34,
        addressTon: 0,
        addressNpi: 0,
        addressRange: '',
      },
      1,
    )
  async function boundPeer(): Promise<ScriptedPeer> {
    const peer = await connectPeer(server.port)
    peer.send(bind())
    await until(() => expect(peer.pdus).toHaveLength(1))
    expect(peer.pdus[0]).toMatchObject({ id: command.bindTransceiverResp, status: 0 })
    return peer
  }
  /** A submit passes on this connection. */
  async function works(peer: ScriptedPeer): Promise<void> {
    const before = peer.got(command.submitSmResp).length
    peer.send(pdu(writeSubmitSm))
    await until(() => expect(peer.got(command.submitSmResp)).toHaveLength(before + 1))
    expect(peer.got(command.submitSmResp).at(-1)).toMatchObject({ status: 0, sequence: 42 })
  }

  test.each(endings)('%s: generic_nack, closed, and the next connection works', async (_, bytes) => {
    for (const peer of [await connectPeer(server.port), await boundPeer()]) {
      peer.send(bytes)
      await until(() => expect(peer.closed).toBe(true))
      expect(peer.pdus.at(-1)).toMatchObject({
        id: command.genericNack,
        status: status.invalidCommandLength,
        sequence: 0,
      })
    }
    const next = await boundPeer()
    await works(next)
    next.socket.destroy()
  })

  test.each(goingOn(writeSubmitSm))('%s: refused, and the session continues', async (_, bytes, code) => {
    const peer = await boundPeer()
    peer.send(bytes)
    await until(() => expect(peer.got(command.submitSmResp)).toHaveLength(1))
    expect(peer.got(command.submitSmResp)[0]).toMatchObject({ status: code, sequence: 42 })
    await works(peer)
    peer.socket.destroy()
  })

  test('a PDU byte by byte, and one in pieces with the next', async () => {
    const peer = await boundPeer()
    for (const octet of pdu(writeSubmitSm)) peer.socket.write(Buffer.of(octet))
    await until(() => expect(peer.got(command.submitSmResp)).toHaveLength(1))
    const two = Buffer.concat([pdu(writeSubmitSm), pdu(writeSubmitSm)])
    peer.socket.write(two.subarray(0, 70))
    await new Promise(resolve => setImmediate(resolve))
    peer.socket.write(two.subarray(70))
    await until(() => expect(peer.got(command.submitSmResp)).toHaveLength(3))
    peer.socket.destroy()
  })

  test.each([0x03, 0x08, 0x21, 0x103, 0x777])('command %i is answered with generic_nack', async id => {
    const peer = await boundPeer()
    peer.send(headerOnly(id, 0, 9))
    await until(() => expect(peer.got(command.genericNack)).toHaveLength(1))
    expect(peer.got(command.genericNack)[0]).toMatchObject({ status: status.invalidCommandId, sequence: 9 })
    await works(peer)
    peer.socket.destroy()
  })

  test('nothing is submitted before a bind, nor on a receiver, and nobody binds twice', async () => {
    const peer = await connectPeer(server.port)
    peer.send(pdu(writeSubmitSm))
    await until(() =>
      expect(peer.pdus.at(-1)).toMatchObject({ id: command.submitSmResp, status: status.invalidBindStatus }),
    )
    peer.send(bind('wrong'))
    await until(() => expect(peer.pdus.at(-1)).toMatchObject({ status: status.invalidPassword }))
    peer.send(bind('homing', command.bindReceiver))
    await until(() => expect(peer.pdus.at(-1)).toMatchObject({ id: command.bindReceiverResp, status: 0 }))
    peer.send(bind())
    await until(() =>
      expect(peer.pdus.at(-1)).toMatchObject({ id: command.bindTransceiverResp, status: status.alreadyBound }),
    )
    peer.send(pdu(writeSubmitSm))
    await until(() =>
      expect(peer.pdus.at(-1)).toMatchObject({ id: command.submitSmResp, status: status.invalidBindStatus }),
    )
    peer.send(headerOnly(command.unbind, 0, 3))
    await until(() => expect(peer.closed).toBe(true))
    expect(peer.pdus.at(-1)).toMatchObject({ id: command.unbindResp, sequence: 3 })
  })

  test('a bind that cannot be read is refused', async () => {
    const peer = await connectPeer(server.port)
    peer.send(Buffer.concat([headerOnly(command.bindTransceiver, 0, 1)]))
    await until(() => expect(peer.pdus.at(-1)).toMatchObject({ status: status.invalidCommandLength }))
    peer.socket.destroy()
  })
})

describe('our client', () => {
  let smsc: ScriptedSmsc
  let session: SmppSession<ShortMessage>
  let results: SubmitResult<ShortMessage>[]
  let received: ReceivedMessage[]
  afterEach(async () => {
    await smsc.close()
    await session.close()
  })

  async function boundSession(): Promise<ScriptedPeer> {
    smsc = await scriptedSmsc()
    results = []
    received = []
    session = openSession<ShortMessage>(
      { host: '127.0.0.1', port: smsc.port, systemId: 'homing', password: 'x', gatherMs: 1 },
      {
        answered: list => results.push(...list),
        delivered(batch) {
          received.push(...batch.messages)
          batch.ack()
        },
      },
    )
    await until(() => expect(smsc.peers[0]?.pdus).toHaveLength(1))
    const peer = smsc.peers[0]!
    peer.send(headerOnly(command.bindTransceiverResp, 0, 1))
    await until(() => expect(session.state).toBe('bound'))
    return peer
  }

  test.each(endings)('%s: generic_nack, closed, what was under way is unknown', async (_, bytes) => {
    const peer = await boundSession()
    session.submit([plain])
    await until(() => expect(peer.got(command.submitSm)).toHaveLength(1))
    peer.send(bytes)
    await until(() => expect(session.state).toBe('lost'))
    expect(results).toMatchObject([{ outcome: { kind: 'unknown' } }])
    await until(() => expect(peer.got(command.genericNack)).toMatchObject([{ status: status.invalidCommandLength }]))
  })

  test.each(goingOn(writeDeliverSm))('%s: kept and acknowledged, and the session continues', async (_, bytes) => {
    const peer = await boundSession()
    peer.send(bytes, pdu(writeDeliverSm))
    await until(() => expect(peer.got(command.deliverSmResp)).toHaveLength(2))
    expect(peer.got(command.deliverSmResp).map(p => p.status)).toEqual([0, 0])
    expect(received).toHaveLength(2)
    expect(received[0]!.raw.equals(bytes)).toBe(true)
  })

  test('a data_sm is taken like a deliver_sm and answered as itself', async () => {
    const peer = await boundSession()
    peer.send(dataSm({ from: '46707654321', to: 'Homing', text: 'STOP' }), headerOnly(command.dataSm, 0, 9))
    await until(() => expect(peer.got(command.dataSmResp).map(p => p.status)).toEqual([0, 0]))
    expect(received).toMatchObject([{ source: '46707654321', dest: 'Homing' }, { malformed: expect.anything() }])
    expect(Buffer.from(messageBytes(received[0]!)).toString()).toBe('STOP')
  })

  test('an answer whose id has no NUL is taken up to its end', async () => {
    const peer = await boundSession()
    session.submit([plain, plain])
    await until(() => expect(peer.got(command.submitSm)).toHaveLength(2))
    const [first, second] = peer.got(command.submitSm)
    const bad = Buffer.alloc(20, 0x41)
    writeHeader(bad, 0, 20, command.submitSmResp, 0, first!.sequence)
    peer.send(bad, submitResp(second!.sequence, 0, 'good'))
    await until(() =>
      expect(results.map(r => r.outcome)).toEqual([
        { kind: 'accepted', providerId: 'AAAA' },
        { kind: 'accepted', providerId: 'good' },
      ]),
    )
  })

  test('a receipt with parameters of every kind still passes', async () => {
    const peer = await boundSession()
    const tlvs = encodeTlvs([
      { tag: 0x1400, value: new Uint8Array(1000) },
      { tag: tag.messageState, value: new Uint8Array(0) },
    ])
    peer.send(pdu(writeDeliverSm, { esmClass: 4, tlvs }))
    await until(() => expect(peer.got(command.deliverSmResp)).toMatchObject([{ status: 0 }]))
  })
})
