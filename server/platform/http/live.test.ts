import { get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import { afterEach, expect, test, vi } from 'vitest'
import { type Live, type LiveOptions, type LiveViewer, makeLive } from './live.ts'

const ends: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

interface Value {
  n: number
  asOf: number
}

async function server(
  poll: () => Promise<Value>,
  options: LiveOptions = {},
  viewer: LiveViewer = { principal: 'one', workspace: 'A' },
): Promise<{ port: number; live: Live }> {
  const live = makeLive({ pollMs: 20, ...options })
  const app = Fastify()
  app.get('/live', (request, reply) =>
    live.serve(request, reply, { key: 'one', event: 'report', poll, sameness: value => String(value.n) }, viewer),
  )
  await app.listen({ port: 0, host: '127.0.0.1' })
  ends.push(async () => {
    live.close()
    await app.close()
  })
  return { port: (app.server.address() as AddressInfo).port, live }
}

async function look(
  port: number,
): Promise<{ response: IncomingMessage; text: () => string; events: () => Value[]; leave: () => void }> {
  const request = get({ port, host: '127.0.0.1', path: '/live' })
  ends.push(() => void request.destroy())
  request.on('error', () => {})
  const response = await new Promise<IncomingMessage>(resolve => request.on('response', resolve))
  let text = ''
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  response.on('error', () => {})
  const events = () => [...text.matchAll(/^data: (.*)$/gm)].map(match => JSON.parse(match[1]!) as Value)
  return { response, text: () => text, events, leave: () => request.destroy() }
}

test('a viewer gets the newest value at once, then each change, and nothing where nothing changed', async () => {
  let value = { n: 1, asOf: 0 }
  let polls = 0
  const { port } = await server(async () => ({ ...value, asOf: ++polls }))
  const viewer = await look(port)
  expect(viewer.response.headers['content-type']).toContain('text/event-stream')
  await vi.waitFor(() => expect(viewer.events().map(({ n }) => n)).toEqual([1]))
  await vi.waitFor(() => expect(polls).toBeGreaterThan(4))
  expect(viewer.events().length).toBe(1)
  value = { n: 2, asOf: 0 }
  await vi.waitFor(() => expect(viewer.events().map(({ n }) => n)).toEqual([1, 2]))
})

test('who goes away while the first value is looked up is no viewer, and nothing is polled for them', async () => {
  let polls = 0
  let answer = () => {}
  const looked = new Promise<void>(resolve => {
    answer = resolve
  })
  const { port, live } = await server(async () => {
    polls++
    await looked
    return { n: 1, asOf: 0 }
  })
  const request = get({ port, host: '127.0.0.1', path: '/live' }).on('error', () => {})
  await vi.waitFor(() => expect(polls).toBe(1))
  request.destroy()
  await new Promise(resolve => setTimeout(resolve, 50))
  answer()
  await new Promise(resolve => setTimeout(resolve, 100))
  expect(live.viewers()).toBe(0)
  const before = polls
  await new Promise(resolve => setTimeout(resolve, 100))
  expect(polls).toBe(before)
})

test('many viewers share one poll; it ends with the last of them', async () => {
  let underway = 0
  let most = 0
  let polls = 0
  const { port, live } = await server(async () => {
    most = Math.max(most, ++underway)
    polls++
    await new Promise(resolve => setTimeout(resolve, 5))
    underway--
    return { n: polls, asOf: 0 }
  })
  const first = await look(port)
  await vi.waitFor(() => expect(first.events().length).toBeGreaterThan(0))
  const viewers = await Promise.all(Array.from({ length: 19 }, () => look(port)))
  await vi.waitFor(() => expect(viewers.every(viewer => viewer.events().length > 2)).toBe(true))
  expect(most).toBe(1)
  for (const viewer of [first, ...viewers]) viewer.leave()
  await vi.waitFor(() => expect(live.viewers()).toBe(0))
  let before = -1
  await vi.waitFor(
    () => {
      const still = before === polls
      before = polls
      expect(still).toBe(true)
    },
    { interval: 100 },
  )
})

test('a poll that fails is tried again; the stream stays', async () => {
  let n = 0
  const errors: unknown[] = []
  const poll = async () => {
    if (++n > 1 && n < 4) throw new Error('away')
    return { n, asOf: 0 }
  }
  const { port } = await server(poll, { onError: error => void errors.push(error) })
  const viewer = await look(port)
  await vi.waitFor(() => expect(viewer.events().at(-1)?.n).toBeGreaterThan(3))
  expect(errors.length).toBe(2)
})

test('a first poll that fails is an answer, not a stream; a stream too many is refused', async () => {
  const { port } = await server(async () => Promise.reject(new Error('no such activity')))
  expect((await look(port)).response.statusCode).toBe(500)
  const full = await server(async () => ({ n: 1, asOf: 0 }), { limits: { each: 1, workspace: 2, all: 3 } })
  await look(full.port)
  expect((await look(full.port)).response.statusCode).toBe(503)
})

test('a stream ends at once when its viewer may no longer look, and nobody asks after them any more', async () => {
  let end = () => {}
  const unwatch = vi.fn()
  const untilEnded = (given: () => void) => {
    end = given
    return unwatch
  }
  const viewer = { principal: 'one', workspace: 'A', untilEnded }
  const { port, live } = await server(async () => ({ n: 1, asOf: 0 }), {}, viewer)
  const { response } = await look(port)
  const ended = new Promise(resolve => response.on('end', resolve))
  end()
  await ended
  await vi.waitFor(() => expect(live.viewers()).toBe(0))
  expect(unwatch).toHaveBeenCalledOnce()
})

test('a stream beats while nothing happens, and ends after its time', async () => {
  const { port, live } = await server(async () => ({ n: 1, asOf: 0 }), { heartbeatMs: 10, streamMs: 120 })
  const viewer = await look(port)
  const ended = new Promise(resolve => viewer.response.on('end', resolve))
  await vi.waitFor(() => expect(viewer.text()).toContain(': still here'))
  await ended
  await vi.waitFor(() => expect(live.viewers()).toBe(0))
})
