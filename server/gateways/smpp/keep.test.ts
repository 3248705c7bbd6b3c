import { afterEach, expect, test, vi } from 'vitest'
import { keepSession } from './keep.ts'
import { type ManualTimers, manualTimers } from './manual-timers.ts'
import { command, headerOnly, status } from './pdu.ts'
import { type ScriptedSmsc, scriptedSmsc } from './scripted-peer.ts'
import type { Session, SessionEvent } from './session.ts'
import type { ShortMessage } from './short-message.ts'

const until = (check: () => void) => vi.waitFor(check, { interval: 1, timeout: 4000 })
let scene: { smsc: ScriptedSmsc; session: Session<ShortMessage>; timers: ManualTimers; events: SessionEvent[] }

async function keep(): Promise<void> {
  const smsc = await scriptedSmsc()
  const timers = manualTimers()
  const events: SessionEvent[] = []
  const config = { host: '127.0.0.1', port: smsc.port, systemId: 'homing', password: 'x', reconnectMaxMs: 8000 }
  const handlers = { answered() {}, delivered() {}, changed: (event: SessionEvent) => events.push(event) }
  scene = { smsc, timers, events, session: keepSession(config, handlers, timers, () => 1) }
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
  await until(() => expect(scene.session.state).toMatch(code === 0 ? /^bound$/ : /^(lost|refused_credentials)$/))
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

test('a session that held starts the waits anew', async () => {
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

test('another failure between them begins the count anew', async () => {
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
