/** For tests: the whole web process on a socket, with short links and an opt-out page in front, asked byte by byte. */
import { connect } from 'node:net'
import { afterAll, beforeAll } from 'vitest'
import type { TestApp } from './access/app.fixture.ts'
import { buildApp } from './app.ts'
import { makeRedirect } from './clicks/redirect.ts'
import type { Inbox } from './inbox/append.ts'
import { type CodeTarget, type LinkRanges, targetOf } from './links/range.ts'
import { makeSealer } from './links/seal.ts'
import { makeVisitorOf, nobodyTrusted } from './platform/http/visitor.ts'
import { makeSent } from './report/sent.fixture.ts'

export interface RawAnswer {
  /** 0: the connection was closed without an answer */
  status: number
  /** names in lower case; several of one name, a line each */
  headers: Record<string, string>
  body: string
}

export interface Front {
  port: number
  /** A path that leads to a shop, one to an opt-out page, and one that leads nowhere. */
  link: string
  optOut: string
  unknown: string
  /** Sends these bytes; resolves with the first answer, when it is whole or the connection ends. */
  raw(bytes: string | Buffer): Promise<RawAnswer>
  /** Sends these bytes and goes away; resolves when the connection is closed. */
  cut(bytes: string): Promise<void>
  ask(method: string, path: string, headers?: Record<string, string>, body?: string | Buffer): Promise<RawAnswer>
}

/** Set up before the tests of a file. */
export function frontOf(app: TestApp): Front {
  const front: Partial<Front> = {}
  let close: (() => Promise<void>) | undefined
  beforeAll(async () => {
    const { db } = app
    const { clock, log } = app.deps
    const sent = await makeSent(db, [{}])
    const sealer = makeSealer({ k1: Buffer.alloc(16, 1), k2: Buffer.alloc(16, 2) })
    const target = (number: number, kind: 'link' | 'unsubscribe'): CodeTarget => ({
      number,
      kind,
      slot: 0,
      url: 'https://shop.example/offer',
      linkId: sent.linkIds[0] ?? 0,
      workspaceId: sent.workspaceId,
      activityId: sent.activityId,
      profileId: sent.profileIds[0] ?? 0,
      ...targetOf('https://shop.example/offer'),
    })
    const find = (number: number) =>
      number === 1 ? target(1, 'link') : number === 2 ? target(2, 'unsubscribe') : undefined
    const ranges: LinkRanges = { load: async () => {}, find, resolve: async number => find(number) }
    const inbox: Inbox = {
      source: 1,
      append: async () => ({ source: 1, seq: 1 }),
      direct: true,
      close: async () => {},
    }
    const redirect = makeRedirect({
      sealer,
      ranges,
      inbox,
      clock,
      db,
      salt: 's',
      visitorOf: makeVisitorOf(nobodyTrusted),
      log,
    })
    const built = await buildApp(app.deps, { front: redirect })
    const port = await built.listen(0, '127.0.0.1')
    close = () => built.close()
    const raw = (bytes: string | Buffer) => send(port, bytes)
    const path = (number: number) => `/${sealer.seal(number, 11)}`
    Object.assign(front, { port, raw, link: path(1), optOut: path(2), unknown: path(3) })
    front.cut = bytes =>
      new Promise(resolve => {
        const socket = connect({ port, host: '127.0.0.1' })
        socket.on('error', () => {})
        socket.on('close', () => resolve())
        socket.write(bytes, () => socket.destroy())
      })
    front.ask = (method, path, headers = {}, body = '') => {
      const length = method === 'GET' || method === 'HEAD' ? {} : { 'content-length': String(Buffer.byteLength(body)) }
      const lines = Object.entries({ host: 'localhost:8080', connection: 'close', ...length, ...headers })
      const head = `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
      return raw(Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body)]))
    }
  })
  afterAll(() => close?.())
  return front as Front
}

/** Longer than any answer takes on a busy machine. */
const PATIENCE_MS = 5_000

function send(port: number, bytes: string | Buffer): Promise<RawAnswer> {
  return new Promise(resolve => {
    const socket = connect({ port, host: '127.0.0.1' })
    const chunks: Buffer[] = []
    const done = () => {
      socket.destroy()
      resolve(read(Buffer.concat(chunks).toString('latin1')))
    }
    socket.on('data', chunk => {
      chunks.push(chunk)
      if (isWhole(Buffer.concat(chunks).toString('latin1'))) done()
    })
    socket.on('error', done)
    socket.on('close', done)
    // A reader that waits for more bytes than there are learns that none come.
    const patience = setTimeout(() => socket.end(), PATIENCE_MS)
    socket.on('close', () => clearTimeout(patience))
    socket.write(bytes)
  })
}

/** A stream has begun when its head is there. */
function isWhole(text: string): boolean {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return false
  const { headers, body } = read(text)
  if (headers['content-type']?.startsWith('text/event-stream')) return true
  const length = headers['content-length']
  if (length !== undefined) return body.length >= Number(length)
  return headers['transfer-encoding'] === 'chunked' ? body.endsWith('0\r\n\r\n') : false
}

function read(text: string): RawAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const headers: Record<string, string> = {}
  for (const line of lines) {
    const at = line.indexOf(':')
    const name = line.slice(0, at).toLowerCase()
    const value = line.slice(at + 1).trim()
    headers[name] = headers[name] === undefined ? value : `${headers[name]}\n${value}`
  }
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1] ?? 0), headers, body: rest.join('\r\n\r\n') }
}
