import { afterEach, describe, expect, test, vi } from 'vitest'
import { type ManualTimers, manualTimers } from '../manual-timers.fixture.ts'
import { keepSession } from './keep.ts'
import { command, headerOnly, status } from './pdu.ts'
import { type ScriptedSmsc, scriptedSmsc, submitResp } from './scripted-peer.fixture.ts'
import type { SessionEvent, SmppSession } from './session.ts'
import type { ShortMessage } from './short-message.ts'

const until = (check: () => void) => vi.waitFor(check, { interval: 1, timeout: 4000 })
let scene: {
  smsc: ScriptedSmsc
  session: SmppSession<ShortMessage>
  timers: ManualTimers
  events: SessionEvent[]
  lastEventAt: () => number
}

async function keep(): Promise<void> {
  const smsc = await scriptedSmsc()
  const timers = manualTimers()
  const events: SessionEvent[] = []
  let lastEventAt = 0
  const changed = (event: SessionEvent) => {
    events.push(event)
    lastEventAt = timers.now()
  }
  const config = { host: '127.0.0.1', port: smsc.port, systemId: 'homing', password: 'x', reconnectMaxMs: 8000 }
  const handlers = { answered() {}, delivered() {}, changed }
  scene = {
    smsc,
    timers,
    events,
    lastEventAt: () => lastEventAt,
    session: keepSession(config, handlers, timers, () => 1),
  }
}

afterEach(async () => {
  const closed = scene.session.close()
  scene.timers.advance(60_000)
  await closed
  await scene.smsc.close()
})

/** Answers the bind of the n-th connection. */
async function answerBind(n: number, code: number): Promise<void> {
  await until(() => expect(scene.smsc.peers[n]?.pdus).toHaveLength(1))
  scene.smsc.peers[n]!.send(headerOnly(command.bindTransceiverResp, code, 1))
  await until(() =>
    expect(scene.session.state).toMatch(code === 0 ? /^(bound|silent)$/ : /^(lost|refused_credentials)$/),
  )
}

test('it comes back after 1, 2, 4, 8, 8 seconds', async () => {
  await keep()
  for (const [n, wait] of [1000, 2000, 4000, 8000, 8000].entries()) {
    await answerBind(n, status.bindFailed)
    scene.timers.advance(wait - 1)
    expect(scene.session.state).toBe('lost')
    scene.timers.advance(1)
    expect(scene.session.state).toBe('connecting')
  }
})

test('a session that held starts the waits again', async () => {
  await keep()
  await answerBind(0, status.bindFailed)
  scene.timers.advance(1000)
  await answerBind(1, 0)
  scene.timers.advance(15_000)
  scene.smsc.peers[1]!.socket.destroy()
  await until(() => expect(scene.session.state).toBe('lost'))
  scene.timers.advance(1000)
  expect(scene.session.state).toBe('connecting')
})

const submits = (n: number) => scene.smsc.peers[n]!.got(command.submitSm)
const item: ShortMessage = {
  sourceTon: 5,
  sourceNpi: 0,
  source: 'Homing',
  destTon: 1,
  destNpi: 1,
  dest: '46701740001',
  esmClass: 0,
  registeredDelivery: 1,
  dataCoding: 0,
  shortMessage: Buffer.from('Hello'),
}

test('a connection that carried messages and broke comes back after a second, however short it was', async () => {
  await keep()
  for (let n = 0; n < 3; n++) {
    await answerBind(n, status.bindFailed)
    scene.timers.advance(8000)
  }
  await answerBind(3, 0)
  scene.session.submit([item])
  await until(() => expect(submits(3)).toHaveLength(1))
  scene.smsc.peers[3]!.send(submitResp(submits(3)[0]!.sequence, 0, 'a'))
  await until(() => expect(scene.session.answered).toBe(1))
  scene.smsc.peers[3]!.socket.destroy()
  await until(() => expect(scene.session.state).toBe('lost'))
  scene.timers.advance(1000)
  expect(scene.session.state).toBe('connecting')
})

describe('a gateway that takes messages and never answers', () => {
  /** Answers enquire_link and nothing else, for `ms`. */
  async function swallow(n: number, ms: number): Promise<void> {
    for (let past = 0; past < ms && !scene.smsc.peers[n]!.closed; past += 500) {
      scene.timers.advance(500)
      const peer = scene.smsc.peers[n]!
      const asked = peer.got(command.enquireLink)
      if (asked.length > 0) peer.send(headerOnly(command.enquireLinkResp, 0, asked.at(-1)!.sequence))
      if (scene.session.room > 0) scene.session.submit(Array.from({ length: scene.session.room }, () => item))
      await new Promise(resolve => setImmediate(resolve))
    }
  }

  /** After how many milliseconds from its end the n-th connection comes. */
  async function comesBack(n: number): Promise<number> {
    const ended = scene.lastEventAt()
    for (;;) {
      scene.timers.advance(50)
      await new Promise(resolve => setTimeout(resolve, 2))
      if (scene.smsc.peers.length > n) return scene.timers.now() - ended
    }
  }

  test('gets a few, then one message a connection, later and later', async () => {
    await keep()
    const waits: number[] = []
    for (let n = 0; n < 4; n++) {
      await answerBind(n, 0)
      await swallow(n, 60_000)
      expect(scene.session.state).toBe('silent')
      waits.push(await comesBack(n + 1))
    }
    expect([0, 1, 2, 3].map(n => submits(n).length)).toEqual([11, 1, 1, 1])
    for (const [i, wait] of [1000, 2000, 4000, 8000].entries()) {
      expect(waits[i]).toBeGreaterThanOrEqual(wait)
      expect(waits[i]).toBeLessThan(wait + 500)
    }
    expect(scene.events.map(event => event.state)).toContain('silent')
  })

  test('gets all again as soon as it answers one', async () => {
    await keep()
    await answerBind(0, 0)
    await swallow(0, 60_000)
    scene.timers.advance(1000)
    await answerBind(1, 0)
    await until(() => expect([scene.session.state, scene.session.room]).toEqual(['silent', 1]))
    scene.session.submit([item])
    await until(() => expect(submits(1)).toHaveLength(1))
    scene.smsc.peers[1]!.send(submitResp(submits(1)[0]!.sequence, 0, 'a'))
    await until(() => expect(scene.session.state).toBe('bound'))
    expect(scene.session.room).toBe(11)
  })
})

test('three refusals of the password stop it for good', async () => {
  await keep()
  await answerBind(0, status.invalidPassword)
  scene.timers.advance(1000)
  await answerBind(1, status.invalidSystemId)
  scene.timers.advance(2000)
  await answerBind(2, status.invalidPassword)
  expect(scene.session.state).toBe('refused_credentials')
  scene.timers.advance(3_600_000)
  expect(scene.smsc.peers).toHaveLength(3)
  expect(scene.events.at(-1)).toMatchObject({ state: 'refused_credentials', code: status.invalidPassword })
})

test('another failure between them restarts the count', async () => {
  await keep()
  const codes = [status.invalidPassword, status.invalidPassword, status.bindFailed, status.invalidPassword]
  for (const [n, code] of codes.entries()) {
    await answerBind(n, code)
    expect(scene.session.state).toBe('lost')
    scene.timers.advance(8000)
  }
})

test('closing while it waits ends it', async () => {
  await keep()
  await answerBind(0, status.bindFailed)
  await scene.session.close()
  expect(scene.session.state).toBe('stopped')
  scene.timers.advance(60_000)
  expect(scene.smsc.peers).toHaveLength(1)
})
