/** A visitor of a front: an address of their own on the loopback, TLS, HTTP/1.1 or HTTP/2, and a path that is sent byte by byte as given. */
import http2 from 'node:http2'
import https from 'node:https'
import type { Readable } from 'node:stream'
import type { Certificate, Front } from './front.ts'

export interface Answer {
  status: number
  headers: Readonly<Record<string, string | string[] | undefined>>
  body: string
}

export interface Asked {
  method?: string
  headers?: Record<string, string>
  body?: string | Readable
}

export interface Visitor {
  get(path: string, asked?: Asked): Promise<Answer>
  /** An endless answer, piece by piece; its `close` ends it. */
  watch(path: string, headers?: Record<string, string>): Promise<Stream>
}

export interface Stream {
  text(): string
  ended(): boolean
  close(): void
}

export interface VisitorInput {
  front: Front
  certificate: Certificate
  /** sms.example.com or ex.se */
  host: string
  /** 127.0.0.2 … */
  from?: string
}

export function visitorOf({ front, certificate, host, from = '127.0.0.1' }: VisitorInput): Visitor {
  const send = (
    path: string,
    { method = 'GET', headers = {}, body }: Asked,
    take: (answer: import('node:http').IncomingMessage) => void,
  ) =>
    new Promise<import('node:http').ClientRequest>((resolve, reject) => {
      const request = https.request(
        {
          host: '127.0.0.1',
          port: front.port,
          localAddress: from,
          servername: host,
          ca: certificate.pem,
          agent: false,
          method,
          path,
          headers: { host, ...headers, ...(typeof body === 'string' && { 'content-length': Buffer.byteLength(body) }) },
        },
        answer => {
          take(answer)
          resolve(request)
        },
      )
      request.once('error', reject)
      if (body === undefined || typeof body === 'string') request.end(body)
      else body.once('error', reject).pipe(request)
    })
  return {
    get: (path, asked = {}) =>
      new Promise((resolve, reject) => {
        send(path, asked, answer => {
          let text = ''
          answer.setEncoding('utf8').on('data', piece => (text += piece))
          answer.once('error', reject)
          answer.once('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: text }))
        }).catch(reject)
      }),
    async watch(path, headers = {}) {
      let text = ''
      let ended = false
      const request = await send(path, { headers }, answer => {
        answer.setEncoding('utf8').on('data', piece => (text += piece))
        answer.once('error', () => {})
        answer.once('close', () => (ended = true))
      })
      return { text: () => text, ended: () => ended, close: () => request.destroy() }
    },
  }
}

/** The same over HTTP/2, as browsers do it. */
export async function overHttp2({ front, certificate, host }: VisitorInput): Promise<Visitor & { close(): void }> {
  const session = http2.connect(`https://127.0.0.1:${front.port}`, { servername: host, ca: certificate.pem })
  await new Promise((resolve, reject) => session.once('connect', resolve).once('error', reject))
  const send = (path: string, { method = 'GET', headers = {}, body }: Asked) => {
    const stream = session.request(
      { ':method': method, ':path': path, ':authority': host, ...headers },
      { endStream: body === undefined },
    )
    if (typeof body === 'string') stream.end(body)
    else body?.pipe(stream)
    return stream.setEncoding('utf8')
  }
  return {
    get: (path, asked = {}) =>
      new Promise((resolve, reject) => {
        const stream = send(path, asked)
        let [status, text] = [0, '']
        let headers: Answer['headers'] = {}
        stream.once('response', got => {
          status = Number(got[':status'])
          headers = Object.fromEntries(
            Object.entries(got).map(([name, value]) => [name, Array.isArray(value) ? value : String(value)]),
          )
        })
        stream.on('data', piece => (text += piece))
        stream.once('error', reject).once('end', () => resolve({ status, headers, body: text }))
      }),
    async watch(path, headers = {}) {
      const stream = send(path, { headers })
      let [text, ended] = ['', false]
      stream.on('data', piece => (text += piece)).once('close', () => (ended = true))
      stream.once('error', () => {})
      await new Promise(resolve => stream.once('response', resolve))
      return { text: () => text, ended: () => ended, close: () => stream.close() }
    },
    close: () => session.destroy(),
  }
}
