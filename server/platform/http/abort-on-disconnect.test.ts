import { once } from 'node:events'
import { connect } from 'node:net'
import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { abortOnDisconnect } from './abort-on-disconnect.ts'

test('the signal aborts when the client disconnects before the response is sent, and only then', async () => {
  const app = Fastify()
  const asked: AbortSignal[] = []
  let arrived = () => {}
  const first = new Promise<void>(resolve => {
    arrived = resolve
  })
  app.post('/slow', async (_request, reply) => {
    const signal = abortOnDisconnect(reply)
    asked.push(signal)
    arrived()
    if (!signal.aborted) await once(signal, 'abort')
    return reply.hijack()
  })
  app.post('/quick', async (_request, reply) => {
    asked.push(abortOnDisconnect(reply))
    return {}
  })
  const port = Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port)
  const socket = connect(port, '127.0.0.1')
  socket.write('POST /slow HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}')
  await first
  expect(asked[0]?.aborted).toBe(false)
  socket.destroy()
  await expect.poll(() => asked[0]?.aborted).toBe(true)
  expect(asked[0]?.reason).toMatchObject({ code: 'client_disconnected' })
  const answer = await fetch(`http://127.0.0.1:${port}/quick`, {
    method: 'POST',
    body: '{}',
    headers: { 'content-type': 'application/json' },
  })
  expect([answer.status, await answer.json()]).toEqual([200, {}])
  await app.close()
  expect(asked[1]?.aborted).toBe(false)
})

test('who left before anybody looked is gone too', async () => {
  const app = Fastify()
  const looked = Promise.withResolvers<AbortSignal>()
  app.post('/late', async (_request, reply) => {
    // As authentication does, before the route.
    await once(reply.raw, 'close')
    looked.resolve(abortOnDisconnect(reply))
    return reply.hijack()
  })
  const port = Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port)
  const socket = connect(port, '127.0.0.1')
  socket.write('POST /late HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n')
  setTimeout(() => socket.destroy(), 50)
  expect((await looked.promise).aborted).toBe(true)
  await app.close()
})
