import { once } from 'node:events'
import { Agent, get, request } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterEach, expect, test } from 'vitest'
import { type ConnectionLimits, connectionLimits } from './client-timeouts.ts'
import { type App, makeHttp } from './http-server.ts'

const log = { debug() {}, info() {}, warn() {}, error() {} }
const url = 'http://localhost'
let app: App | undefined
const sockets = new Set<Socket>()
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  sockets.clear()
  app?.server.closeAllConnections()
  await app?.close()
})

/** `/front` is answered in front, as short links are; the others by Fastify. */
async function serve(limits: Partial<ConnectionLimits> = {}, host = '127.0.0.1') {
  app = await makeHttp({
    config: { url, linkUrl: url, dataFolder: '', uiFolder: null, limits },
    log,
    front: (request, response) => {
      if (request.url !== '/front') return false
      response.end('front')
      return true
    },
  })
  app.addContentTypeParser('multipart/form-data', async (_request: unknown, body: AsyncIterable<Buffer>) => {
    let bytes = 0
    for await (const chunk of body) bytes += chunk.length
    return { bytes }
  })
  app.post('/api/upload', async ({ body }) => body)
  app.post('/json', async ({ body }) => body)
  app.get('/refused', async (_request, reply) => reply.code(401).send())
  await app.listen({ port: 0, host })
  return { port: (app.server.address() as AddressInfo).port, server: app.server }
}

/** A client that says what it likes; what it has been answered, and whether it was ended. */
function client(port: number, host = '127.0.0.1') {
  const socket = connect(port, host)
  sockets.add(socket)
  const state = { answer: '', ended: false, socket, say: (text: string) => void socket.write(text) }
  socket.setEncoding('latin1').on('data', chunk => {
    state.answer += chunk
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    state.ended = true
  })
  return state
}

/** Says a little now and then, until it is ended. */
function trickle(port: number, begin: string, little: string, host?: string) {
  const slow = client(port, host)
  slow.say(begin)
  const timer = setInterval(() => (slow.ended ? clearInterval(timer) : slow.say(little)), 20)
  slow.socket.once('close', () => clearInterval(timer))
  return slow
}

const ask = async (port: number, path: string, host = '127.0.0.1') => {
  const [response] = await once(get({ port, path, host, agent: false }), 'response')
  response.resume()
  return response.statusCode as number
}
const patience = { timeout: 20_000, interval: 20 }

test('the limits are those of the server, and an upload may take hours', async () => {
  const { server } = await serve()
  expect([server.headersTimeout, server.keepAliveTimeout, server.requestTimeout]).toEqual([
    connectionLimits.headersMs,
    connectionLimits.idleMs,
    connectionLimits.requestMs,
  ])
  expect(connectionLimits.requestMs).toBeGreaterThan(2 * 3_600_000)
  expect(connectionLimits.headersMs).toBeLessThanOrEqual(20_000)
  // Proxies keep a connection for 60 s: ours must not end just when they use it.
  expect(connectionLimits.idleMs).toBeGreaterThan(60_000)
})

const hosts = ['127.0.0.1', '::1'].filter(host =>
  Object.values(networkInterfaces()).some(own => own?.some(({ address }) => address === host)),
)
test.each(hosts)('many that trickle headers at %s are bounded, ended, and stop nobody else', async host => {
  const { port, server } = await serve({ most: 20, headersMs: 1_000, lookMs: 50 }, host)
  const slow = Array.from({ length: 60 }, (_, i) =>
    trickle(port, i % 2 === 0 ? 'GET /front HTTP/1.1\r\nHost: x\r\n' : '', i % 3 === 0 ? '' : 'X-A: b\r\n', host),
  )
  await expect.poll(() => slow.filter(({ ended }) => ended).length, patience).toBeGreaterThanOrEqual(40)
  for (const path of ['/front', '/none']) expect(await ask(port, path, host)).toBe(path === '/front' ? 200 : 404)
  expect(await new Promise(resolve => server.getConnections((_error, n) => resolve(n)))).toBeLessThanOrEqual(20)
  await expect.poll(() => slow.filter(({ ended }) => !ended).length, patience).toBe(0)
})

test('where all wait for bodies the oldest of them is ended for a visitor', async () => {
  const { port } = await serve({ most: 20 })
  const head = 'POST /json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n'
  const slow = Array.from({ length: 20 }, () => trickle(port, head, ' '))
  await expect.poll(() => slow.every(({ socket }) => socket.bytesWritten > head.length), patience).toBe(true)
  expect(await ask(port, '/front')).toBe(200)
  expect(await ask(port, '/front')).toBe(200)
})

test('a body of JSON that trickles is answered 408 and ended', async () => {
  const { port } = await serve({ bodyMs: 200 })
  for (const head of ['Content-Length: 1000', 'Transfer-Encoding: chunked']) {
    const slow = trickle(
      port,
      `POST /json HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${head}\r\n\r\n`,
      head.startsWith('C') ? ' ' : '1\r\n \r\n',
    )
    await expect.poll(() => slow.ended, patience).toBe(true)
    expect(slow.answer).toMatch(/^HTTP\/1\.1 408 /)
  }
})

test('the rest of a body whose request has been answered is not waited for', async () => {
  const { port } = await serve({ restMs: 100 })
  for (const [method, path, status, type] of [
    ['GET', '/refused', 401, 'text/x'],
    ['GET', '/front', 200, 'text/x'],
    ['POST', '/json', 415, 'text/x'],
    ['GET', '/api/none', 404, 'multipart/form-data; boundary=x'],
  ]) {
    const slow = trickle(
      port,
      `${method} ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: 100000\r\n\r\n`,
      '-',
    )
    await expect.poll(() => slow.ended, patience).toBe(true)
    expect(slow.answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
  }
})

test('an upload takes as long as bytes come, however long other bodies may take, and ends where none come', async () => {
  const { port } = await serve({ bodyMs: 50, headersMs: 100, lookMs: 20, stallMs: 2_000, restMs: 50 })
  const chunks = 20
  const head = `POST /api/upload HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: ${chunks}\r\n\r\n`
  const upload = client(port)
  upload.say(head)
  for (let i = 0; i < chunks; i++) {
    await new Promise(resolve => setTimeout(resolve, 25))
    upload.say('x')
  }
  await expect.poll(() => upload.answer, patience).toContain(`{"bytes":${chunks}}`)

  const stalled = client(port)
  stalled.say(`${head}x`)
  await expect.poll(() => stalled.ended, patience).toBe(true)
  expect(stalled.answer).toMatch(/^HTTP\/1\.1 408 /)
})

test('an idle connection is ended', async () => {
  const { port } = await serve({ idleMs: 50 })
  const idle = client(port)
  idle.say('GET /front HTTP/1.1\r\nHost: x\r\n\r\n')
  await expect.poll(() => idle.answer, patience).toContain('front')
  await expect.poll(() => idle.ended, patience).toBe(true)
})

test('a connection that is kept for many bodies keeps nothing of those that are answered', async () => {
  const { port, server } = await serve()
  const held: Socket[] = []
  server.on('connection', socket => held.push(socket))
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const post = () =>
    new Promise<void>((resolve, reject) => {
      const headers = { 'content-type': 'application/json' }
      const posted = request({ port, host: '127.0.0.1', path: '/json', method: 'POST', headers, agent }, response => {
        response.resume().once('end', resolve)
      })
      posted.once('error', reject)
      posted.end('{"a":1}')
    })
  await post()
  const first = held[0]!.listenerCount('close')
  for (let n = 0; n < 20; n++) await post()
  expect(held).toHaveLength(1)
  expect(held[0]!.listenerCount('close')).toBe(first)
  agent.destroy()
})
