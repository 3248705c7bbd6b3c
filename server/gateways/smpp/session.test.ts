import { afterEach, describe, expect, test, vi } from 'vitest'
import { type ManualTimers, manualTimers } from '../manual-timers.fixture.ts'
import { bindPdu, command, headerOnly, isMalformed, status } from './pdu.ts'
import { type ScriptedPeer, type ScriptedSmsc, scriptedSmsc, submitResp } from './scripted-peer.fixture.ts'
import {
  type DeliverBatch,
  openSession,
  type SessionConfig,
  type SessionEvent,
  type SmppSession,
  type SubmitResult,
} from './session.ts'
import { readShortMessage, type ShortMessage, shortMessageSize, writeDeliverSm } from './short-message.ts'

type Item = ShortMessage & { key: number; again?: boolean }

const item = (key: number): Item => ({
  key,
  sourceTon: 5,
  sourceNpi: 0,
  source: 'Homing',
  destTon: 1,
  destNpi: 1,
  dest: `4670${key}`,
  esmClass: 0,
  registeredDelivery: 1,
  dataCoding: 0,
  shortMessage: Buffer.from('Hello'),
})
const items = (count: number, from = 0) => Array.from({ length: count }, (_, i) => item(from + i))

function deliverPdu(sequence: number): Buffer {
  const message = { ...item(sequence), esmClass: 4, shortMessage: Buffer.from('id:1 stat:DELIVRD err:000') }
  const buffer = Buffer.alloc(shortMessageSize(message))
  return buffer.subarray(0, writeDeliverSm(buffer, 0, sequence, message))
}

type Scene = {
  smsc: ScriptedSmsc
  peer: ScriptedPeer
  session: SmppSession<Item>
  timers: ManualTimers
  results: SubmitResult<Item>[]
  events: SessionEvent[]
  batches: DeliverBatch[]
  writes: number[]
  malformed: string[]
  mayWrite: { now: boolean }
}

const open: { smsc: ScriptedSmsc; session: SmppSession<Item>; timers: ManualTimers }[] = []
afterEach(async () => {
  for (const { smsc, session, timers } of open.splice(0)) {
    const closed = session.close()
    timers.advance(60_000)
    await closed
    await smsc.close()
  }
})

/** A session with its clock stopped, connected to a peer that has not answered the bind yet. */
async function connected(config: Partial<SessionConfig> = {}): Promise<Scene> {
  const smsc = await scriptedSmsc()
  const timers = manualTimers()
  const results: SubmitResult<Item>[] = []
  const events: SessionEvent[] = []
  const batches: DeliverBatch[] = []
  const writes: number[] = []
  const malformed: string[] = []
  const mayWrite = { now: true }
  const session = openSession<Item>(
    { host: '127.0.0.1', port: smsc.port, systemId: 'homing', password: 'secret', ...config },
    {
      answered: list => results.push(...list),
      delivered: batch => batches.push(batch),
      changed: event => events.push(event),
      malformed: what => malformed.push(what),
      beforeWrite(list) {
        writes.push(list.length)
        return mayWrite.now
      },
    },
    timers,
  )
  open.push({ smsc, session, timers })
  await until(() => expect(smsc.peers[0]?.pdus).toHaveLength(1))
  return { smsc, peer: smsc.peers[0]!, session, timers, results, events, batches, writes, malformed, mayWrite }
}

async function bound(config: Partial<SessionConfig> = {}): Promise<Scene> {
  const scene = await connected(config)
  scene.peer.send(headerOnly(command.bindTransceiverResp, 0, scene.peer.pdus[0]!.sequence))
  await until(() => expect(scene.session.state).toBe('bound'))
  return scene
}

const submits = (scene: Scene) => scene.peer.got(command.submitSm)
const sequenceOf = (scene: Scene, index: number) => submits(scene)[index]!.sequence
const until = (check: () => void) => vi.waitFor(check, { interval: 1, timeout: 4000 })

describe('binding', () => {
  test('asks as a transceiver of version 3.4 and tells each step', async () => {
    const scene = await bound()
    const expected = {
      id: command.bindTransceiver,
      systemId: 'homing',
      password: 'secret',
      systemType: '',
      interfaceVersion: 0x34,
      addressTon: 0,
      addressNpi: 0,
      addressRange: '',
    }
    expect(scene.peer.pdus[0]!.bytes).toEqual(bindPdu(expected, 1))
    expect(scene.events.map(e => e.state)).toEqual(['connecting', 'bound'])
    expect(scene.session.room).toBe(10)
  })

  test('a refusal ends it with the code', async () => {
    const scene = await connected()
    scene.peer.send(headerOnly(command.bindTransceiverResp, status.invalidPassword, 1))
    await until(() => expect(scene.session.state).toBe('lost'))
    expect(scene.events.at(-1)).toMatchObject({
      code: status.invalidPassword,
      why: expect.stringContaining('RINVPASWD'),
    })
  })

  test('a gateway that does not answer the bind is left after ten seconds', async () => {
    const scene = await connected()
    scene.timers.advance(9_000)
    expect(scene.session.state).toBe('connecting')
    scene.timers.advance(1_500)
    expect(scene.session.state).toBe('lost')
  })

  test('what is submitted before the bind is refused, not kept', async () => {
    const scene = await connected()
    scene.session.submit(items(2))
    expect(scene.results).toHaveLength(0)
    await until(() => expect(scene.results).toHaveLength(2))
    expect(scene.results[0]!.outcome).toEqual({ kind: 'refused', code: 'not_bound', reason: 'local', counts: false })
  })

  test('a refused connection is reported in words', async () => {
    const smsc = await scriptedSmsc()
    await smsc.close()
    const events: SessionEvent[] = []
    openSession<Item>(
      { host: '127.0.0.1', port: smsc.port, systemId: 'a', password: 'b' },
      { answered() {}, delivered() {}, changed: e => events.push(e) },
    )
    await until(() =>
      expect(events.at(-1)).toMatchObject({ state: 'lost', why: expect.stringContaining('ECONNREFUSED') }),
    )
  })
})

describe('submitting', () => {
  test('each class of answer becomes its outcome', async () => {
    const scene = await bound()
    scene.session.submit(items(6))
    await until(() => expect(submits(scene)).toHaveLength(6))
    const codes = [0, status.invalidDestination, status.temporaryAppError, status.throttled, status.invalidSource, 0]
    scene.peer.send(...codes.map((code, i) => submitResp(sequenceOf(scene, i), code, i === 5 ? '' : `id${i}`)))
    await until(() => expect(scene.results).toHaveLength(6))
    expect(scene.results.map(r => r.outcome)).toEqual([
      { kind: 'accepted', providerId: 'id0' },
      { kind: 'hard', code: 0x0b, counts: true },
      { kind: 'soft', code: 0x64, counts: false },
      { kind: 'refused', code: 0x58, reason: 'throttle', counts: false },
      { kind: 'refused', code: 0x0a, reason: 'fault', counts: true },
      { kind: 'unknown', code: 'unreadable_answer' },
    ])
    expect(scene.results.map(r => r.item.key)).toEqual([0, 1, 2, 3, 4, 5])
  })

  test('a batch leaves in one write, and no more than the window waits at any time', async () => {
    const scene = await bound({ window: 10 })
    scene.session.submit(items(20))
    await until(() => expect(submits(scene)).toHaveLength(10))
    expect(scene.writes).toEqual([10])
    expect(scene.session.room).toBe(0)
    scene.peer.send(...[0, 1, 2].map(i => submitResp(sequenceOf(scene, i), 0, `x${i}`)))
    await until(() => expect(submits(scene)).toHaveLength(13))
    expect(scene.writes).toEqual([10, 3])
    let answered = 3
    while (answered < 20) {
      const sent = submits(scene).length
      expect(sent - answered).toBeLessThanOrEqual(10)
      for (; answered < sent; answered++) scene.peer.send(submitResp(sequenceOf(scene, answered), 0, `x${answered}`))
      await until(() => expect(scene.results).toHaveLength(answered))
    }
    expect(scene.results.map(r => r.item.key)).toEqual(items(20).map(i => i.key))
  })

  test('more than twice the window is refused at once', async () => {
    const scene = await bound({ window: 2 })
    scene.session.submit(items(4))
    expect(scene.session.room).toBe(0)
    scene.session.submit(items(3, 4))
    await until(() => expect(scene.results).toHaveLength(3))
    expect(scene.results[0]).toMatchObject({ item: { key: 4 }, outcome: { code: 'session_full' } })
  })

  test('a journal that says no keeps the items from the socket', async () => {
    const scene = await bound()
    scene.mayWrite.now = false
    scene.session.submit(items(3))
    await until(() => expect(scene.results).toHaveLength(3))
    expect(scene.results[0]!.outcome).toEqual({ kind: 'refused', code: 'not_written', reason: 'local', counts: false })
    scene.mayWrite.now = true
    scene.session.submit(items(1, 3))
    await until(() => expect(submits(scene)).toHaveLength(1))
  })

  test('an item that SMPP cannot carry is refused alone', async () => {
    const scene = await bound()
    scene.session.submit([item(0), { ...item(1), source: 'far too long to be a sender' }, item(2)])
    await until(() => expect(submits(scene)).toHaveLength(2))
    expect(scene.results).toMatchObject([{ item: { key: 1 }, outcome: { code: 'invalid_item' } }])
    expect(scene.malformed[0]).toContain('source_addr')
  })

  test('no answer in ten seconds is unknown; a late answer is reported too', async () => {
    const scene = await bound({ enquireLinkMs: 600_000 })
    scene.session.submit(items(2))
    await until(() => expect(submits(scene)).toHaveLength(2))
    scene.timers.advance(10_500)
    await until(() => expect(scene.results).toHaveLength(2))
    expect(scene.results[1]).toMatchObject({ outcome: { kind: 'unknown', code: 'no_answer' }, late: false })
    expect(scene.session).toMatchObject({ room: 1, state: 'silent' })
    scene.peer.send(submitResp(sequenceOf(scene, 1), 0, 'late'))
    await until(() => expect(scene.results).toHaveLength(3))
    expect(scene.session).toMatchObject({ room: 11, state: 'bound' })
    expect(scene.results[2]).toMatchObject({
      item: { key: 1 },
      outcome: { kind: 'accepted', providerId: 'late' },
      late: true,
    })
  })

  test('a window full of time-outs ends the connection', async () => {
    const scene = await bound({ window: 3, enquireLinkMs: 600_000 })
    scene.session.submit(items(5))
    await until(() => expect(submits(scene)).toHaveLength(3))
    scene.timers.advance(11_000)
    await until(() => expect(scene.results).toHaveLength(5))
    expect(scene.results.map(r => r.outcome.kind)).toEqual(['unknown', 'unknown', 'unknown', 'refused', 'refused'])
    expect(scene.events.at(-1)).toMatchObject({ state: 'lost', why: 'the gateway answers no submits' })
  })

  test('a lost connection: written is unknown, waiting is refused', async () => {
    const scene = await bound({ window: 2 })
    scene.session.submit(items(4))
    await until(() => expect(submits(scene)).toHaveLength(2))
    scene.peer.socket.resetAndDestroy()
    await until(() => expect(scene.results).toHaveLength(4))
    expect(scene.results.map(r => r.outcome)).toEqual([
      { kind: 'unknown', code: 'connection_lost_after_write' },
      { kind: 'unknown', code: 'connection_lost_after_write' },
      { kind: 'refused', code: 'connection_lost', reason: 'local', counts: false },
      { kind: 'refused', code: 'connection_lost', reason: 'local', counts: false },
    ])
    expect(scene.session.state).toBe('lost')
    scene.session.submit(items(1))
    await until(() => expect(scene.results).toHaveLength(5))
  })

  test('a generic_nack refuses what it names', async () => {
    const scene = await bound()
    scene.session.submit(items(2))
    await until(() => expect(submits(scene)).toHaveLength(2))
    scene.peer.send(headerOnly(command.genericNack, status.invalidCommandId, sequenceOf(scene, 0)))
    scene.peer.send(headerOnly(command.genericNack, status.temporaryAppError, sequenceOf(scene, 1)))
    await until(() => expect(scene.results).toHaveLength(2))
    expect(scene.results.map(r => r.outcome)).toEqual([
      { kind: 'refused', code: 0x03, reason: 'fault', counts: false },
      { kind: 'refused', code: 0x64, reason: 'fault', counts: false },
    ])
  })

  test('answers byte by byte are answers', async () => {
    const scene = await bound()
    scene.session.submit(items(1))
    await until(() => expect(submits(scene)).toHaveLength(1))
    for (const octet of submitResp(sequenceOf(scene, 0), 0, 'slow')) scene.peer.socket.write(Buffer.of(octet))
    await until(() => expect(scene.results).toMatchObject([{ outcome: { providerId: 'slow' } }]))
  })

  test('answers to nothing are passed over', async () => {
    const scene = await bound()
    scene.peer.send(
      submitResp(999, 0, 'x'),
      headerOnly(command.genericNack, 2, 0),
      headerOnly(command.enquireLinkResp, 0, 7),
    )
    scene.session.submit(items(1))
    await until(() => expect(submits(scene)).toHaveLength(1))
    expect(scene.results).toHaveLength(0)
    expect(scene.malformed).toHaveLength(1)
  })
})

describe('slowing down', () => {
  test('a throttled session pauses for a second, then continues automatically', async () => {
    const scene = await bound({ window: 2 })
    scene.session.submit(items(4))
    await until(() => expect(submits(scene)).toHaveLength(2))
    scene.peer.send(...[0, 1].map(i => submitResp(sequenceOf(scene, i), status.throttled)))
    await until(() => expect(scene.results).toHaveLength(2))
    expect(scene.session.state).toBe('throttled')
    expect(scene.session.ready).toBe(false)
    expect(scene.session.pausedUntil).toBe(scene.timers.now() + 1000)
    scene.timers.advance(900)
    expect(scene.writes).toEqual([2])
    scene.timers.advance(200)
    await until(() => expect(submits(scene)).toHaveLength(4))
    expect(scene.session.state).toBe('bound')
    // Nothing was taken yet: one refusal says nothing of a rate.
    expect(scene.session.rate).toBe(Number.POSITIVE_INFINITY)
  })

  test.each([
    ['slow down, nine in ten', status.throttled, 10],
    ['slow down, 29 in 30', status.throttled, 30],
    ['a temporary fault, nine in ten', status.systemError, 10],
  ])(
    'a gateway that takes some (%s) is throttled; when it takes none it refuses',
    async (_, code, each) => {
      const scene = await bound({ window: 1, responseTimeoutMs: 600_000, enquireLinkMs: 36_000_000 })
      let answered = 0
      const answer = async (codeOf: (index: number) => number) => {
        scene.session.submit([item(answered)])
        await until(() => {
          if (submits(scene).length <= answered) scene.timers.advance(250)
          expect(submits(scene).length).toBeGreaterThan(answered)
        })
        scene.peer.send(submitResp(sequenceOf(scene, answered), codeOf(answered), `x${answered}`))
        answered++
        await until(() => expect(scene.results).toHaveLength(answered))
      }
      while (answered < 3 * each) await answer(index => (index % each === 0 ? status.ok : code))
      expect(new Set(scene.events.map(({ state }) => state))).toEqual(new Set(['connecting', 'bound', 'throttled']))
      const silentFrom = scene.timers.now()
      while (scene.session.state !== 'refusing' && scene.timers.now() - silentFrom < 120_000) await answer(() => code)
      expect(scene.session.state).toBe('refusing')
      await answer(() => status.ok)
      expect(scene.session.state).toBe('bound')
    },
    30_000,
  )

  test('a number that is always full does not slow down the others, though most numbers are', async () => {
    const scene = await bound({ window: 1, responseTimeoutMs: 600_000, enquireLinkMs: 36_000_000 })
    let answered = 0
    const answer = async (code: number, again = false) => {
      scene.session.submit([{ ...item(answered), again }])
      await until(() => {
        if (submits(scene).length <= answered) scene.timers.advance(250)
        expect(submits(scene).length).toBeGreaterThan(answered)
      })
      scene.peer.send(submitResp(sequenceOf(scene, answered), code, `x${answered}`))
      answered++
      await until(() => expect(scene.results).toHaveLength(answered))
    }
    while (answered < 60) await answer(answered % 5 < 3 ? status.queueFull : status.ok)
    expect(scene.events.some(({ state }) => state === 'throttled')).toBe(true)
    await answer(status.ok)
    const before = scene.events.length
    for (let i = 0; i < 10; i++) {
      await answer(status.queueFull, true)
      await answer(status.ok)
    }
    expect(scene.events.slice(before)).toEqual([])
    expect(scene.session.ready).toBe(true)
  })

  test('a rate of ten a second is kept', async () => {
    const scene = await bound({ rate: 10, window: 100, responseTimeoutMs: 60_000 })
    scene.session.submit(items(50))
    let answered = 0
    for (let i = 0; i < 200; i++) {
      scene.timers.advance(10)
      const written = scene.writes.reduce((sum, n) => sum + n, 0)
      await until(() => expect(submits(scene)).toHaveLength(written))
      for (; answered < written; answered++) scene.peer.send(submitResp(sequenceOf(scene, answered), 0, `x${answered}`))
      await until(() => expect(scene.results).toHaveLength(written))
    }
    const sent = scene.writes.reduce((sum, n) => sum + n, 0)
    expect(sent).toBeGreaterThanOrEqual(19)
    expect(sent).toBeLessThanOrEqual(21)
  })
})

describe('deliveries', () => {
  test('are gathered, handed over, and answered in one go only when their owner says so', async () => {
    const scene = await bound()
    scene.peer.send(deliverPdu(11), deliverPdu(12))
    scene.peer.send(deliverPdu(13), headerOnly(command.enquireLink, 0, 14))
    await until(() => expect(scene.peer.got(command.enquireLinkResp)).toHaveLength(1))
    expect(scene.batches).toHaveLength(0)
    scene.timers.advance(20)
    expect(scene.batches.map(b => b.messages.length)).toEqual([3])
    scene.peer.send(headerOnly(command.enquireLink, 0, 15))
    await until(() => expect(scene.peer.got(command.enquireLinkResp)).toHaveLength(2))
    expect(scene.peer.got(command.deliverSmResp)).toHaveLength(0)
    scene.batches[0]!.ack()
    scene.batches[0]!.ack(status.temporaryAppError)
    await until(() => expect(scene.peer.got(command.deliverSmResp)).toHaveLength(3))
    expect(scene.peer.got(command.deliverSmResp).map(p => [p.sequence, p.status])).toEqual([
      [11, 0],
      [12, 0],
      [13, 0],
    ])
  })

  test('that could not be kept are given back', async () => {
    const scene = await bound()
    scene.peer.send(deliverPdu(1))
    await until(() => {
      scene.timers.advance(20)
      expect(scene.batches).toHaveLength(1)
    })
    scene.batches[0]!.ack(status.temporaryAppError)
    await until(() => expect(scene.peer.got(command.deliverSmResp)).toMatchObject([{ status: 0x64 }]))
  })

  test('above the limit are turned away, and reading continues', async () => {
    const scene = await bound({ deliverLimit: 2 })
    scene.peer.send(...[1, 2, 3, 4].map(deliverPdu), headerOnly(command.enquireLink, 0, 5))
    await until(() => expect(scene.peer.got(command.enquireLinkResp)).toHaveLength(1))
    expect(scene.peer.got(command.deliverSmResp).map(p => [p.sequence, p.status])).toEqual([
      [3, 0x64],
      [4, 0x64],
    ])
    scene.timers.advance(20)
    scene.batches[0]!.ack()
    scene.peer.send(deliverPdu(6))
    await until(() => {
      scene.timers.advance(20)
      expect(scene.batches).toHaveLength(2)
    })
  })

  test('come through while no submit may be written', async () => {
    const scene = await bound({ window: 1 })
    scene.session.submit(items(2))
    await until(() => expect(submits(scene)).toHaveLength(1))
    scene.peer.send(deliverPdu(1))
    await until(() => {
      scene.timers.advance(5)
      expect(scene.batches).toHaveLength(1)
    })
  })

  test('of a connection that ends are still handed over, their acknowledgement does nothing', async () => {
    const scene = await bound()
    scene.peer.socket.end(deliverPdu(1))
    await until(() => expect(scene.session.state).toBe('lost'))
    expect(scene.batches).toHaveLength(1)
    scene.batches[0]!.ack()
  })

  test('keep their raw octets', async () => {
    const scene = await bound()
    scene.peer.send(deliverPdu(1))
    await until(() => {
      scene.timers.advance(20)
      expect(scene.batches).toHaveLength(1)
    })
    const again = readShortMessage(scene.batches[0]!.messages[0]!.raw)
    expect(isMalformed(again)).toBe(false)
  })
})

describe('the link', () => {
  test('is asked after thirty silent seconds and left ten seconds later', async () => {
    const scene = await bound()
    scene.timers.advance(30_500)
    await until(() => expect(scene.peer.got(command.enquireLink)).toHaveLength(1))
    scene.peer.send(headerOnly(command.enquireLinkResp, 0, scene.peer.got(command.enquireLink)[0]!.sequence))
    await new Promise(resolve => setImmediate(resolve))
    scene.timers.advance(31_000)
    await until(() => expect(scene.peer.got(command.enquireLink)).toHaveLength(2))
    scene.timers.advance(11_000)
    expect(scene.session.state).toBe('lost')
    expect(scene.events.at(-1)!.why).toContain('enquire_link')
  })

  test('their question is answered at once, unknown requests with generic_nack', async () => {
    const scene = await bound()
    scene.peer.send(headerOnly(command.enquireLink, 0, 77), headerOnly(0x777, 0, 78), headerOnly(0x8000_0777, 0, 79))
    await until(() => expect(scene.peer.pdus).toHaveLength(3))
    expect(scene.peer.pdus.slice(1).map(p => [p.id, p.status, p.sequence])).toEqual([
      [command.enquireLinkResp, 0, 77],
      [command.genericNack, status.invalidCommandId, 78],
    ])
  })

  test('an unbind of the gateway is answered and ends it', async () => {
    const scene = await bound()
    scene.session.submit(items(1))
    await until(() => expect(submits(scene)).toHaveLength(1))
    scene.peer.send(headerOnly(command.unbind, 0, 5))
    await until(() => expect(scene.peer.got(command.unbindResp)).toHaveLength(1))
    expect(scene.session.state).toBe('lost')
    expect(scene.results).toMatchObject([{ outcome: { kind: 'unknown' } }])
  })

  test('a PDU that is never finished ends it', async () => {
    const scene = await bound({ enquireLinkMs: 600_000 })
    scene.peer.send(deliverPdu(1).subarray(0, 20), Buffer.alloc(0))
    await new Promise(resolve => setTimeout(resolve, 20))
    scene.timers.advance(40_000)
    expect(scene.events.at(-1)).toMatchObject({ state: 'lost', why: 'the gateway did not finish a PDU' })
  })
})

describe('closing', () => {
  test('waits for the window and the acknowledgements, then unbinds', async () => {
    const scene = await bound({ window: 2 })
    scene.session.submit(items(3))
    scene.peer.send(deliverPdu(1))
    await until(() => expect(submits(scene)).toHaveLength(2))
    await until(() => {
      scene.timers.advance(20)
      expect(scene.batches).toHaveLength(1)
    })
    const closed = scene.session.close()
    await until(() => expect(scene.results).toMatchObject([{ item: { key: 2 }, outcome: { code: 'closing' } }]))
    scene.peer.send(submitResp(sequenceOf(scene, 0), 0, 'a'), submitResp(sequenceOf(scene, 1), 0, 'b'))
    await until(() => expect(scene.results).toHaveLength(3))
    expect(scene.peer.got(command.unbind)).toHaveLength(0)
    scene.batches[0]!.ack()
    await until(() => expect(scene.peer.got(command.unbind)).toHaveLength(1))
    scene.peer.send(headerOnly(command.unbindResp, 0, scene.peer.got(command.unbind)[0]!.sequence))
    await closed
    expect(scene.events.at(-1)).toEqual({ state: 'stopped', why: 'unbound' })
    expect(scene.results.every(r => r.outcome.kind !== 'unknown')).toBe(true)
  })

  test('does not wait forever', async () => {
    const scene = await bound({ responseTimeoutMs: 60_000 })
    scene.session.submit(items(1))
    await until(() => expect(submits(scene)).toHaveLength(1))
    const closed = scene.session.close()
    scene.timers.advance(18_000)
    await closed
    expect(scene.results).toMatchObject([{ outcome: { kind: 'unknown' } }])
    expect(scene.session.state).toBe('stopped')
  })
})
