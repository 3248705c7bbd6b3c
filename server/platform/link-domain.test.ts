import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { Problem } from '../../core/problems.ts'
import { checkLeadsHere, nonceIn, proofOf, readLinkDomain } from './link-domain.ts'
import { makeReach } from './reach.ts'

const key = Buffer.alloc(16, 7)
const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<number> {
  const server = createServer(answer)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

const homing = (secret: Buffer) => (request: IncomingMessage, response: ServerResponse) => {
  const nonce = nonceIn(request.url)
  response.end(nonce === undefined ? 'a page' : proofOf(secret, nonce))
}

const local = { url: 'http://localhost:8080', linkUrl: 'http://localhost:8080', reach: makeReach([]), key }
const open = { ...local, url: 'https://sms.example.com', linkUrl: 'https://go.example.com' }

const why = async (domain: string, input: Omit<Parameters<typeof checkLeadsHere>[0], 'domain'> = local) =>
  checkLeadsHere({ ...input, domain }).then(
    () => undefined,
    error => (error instanceof Problem ? error.details.why : error),
  )

describe('a domain', () => {
  test('that this installation answers leads here', async () => {
    expect(await why(`http://127.0.0.1:${await serve(homing(key))}`)).toBeUndefined()
  })

  test('that another installation, another server or a redirect answers does not', async () => {
    const another = 'another server answers there'
    expect(await why(`http://127.0.0.1:${await serve(homing(Buffer.alloc(16, 8)))}`)).toBe(another)
    expect(await why(`http://127.0.0.1:${await serve((request, response) => response.end(request.url))}`)).toBe(another)
    expect(await why(`http://127.0.0.1:${await serve((_, response) => response.end('x'.repeat(100_000)))}`)).toBe(
      another,
    )
    const away = await serve((_, response) => response.writeHead(302, { location: 'http://127.0.0.1/' }).end())
    expect(await why(`http://127.0.0.1:${away}`)).toBe('it redirects to another address')
    expect(await why('http://127.0.0.1:1')).toBe('nothing answers there')
  })

  test('of this machine, a private network or the metadata of a cloud is asked nothing by a public installation', async () => {
    let asked = 0
    const port = await serve((_, response) => {
      asked++
      response.end()
    })
    const inner = 'its address is not a public one'
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]'])
      expect([host, await why(`http://${host}:${port}`, open)]).toEqual([host, inner])
    for (const host of ['10.0.0.1', '192.168.1.1', '169.254.169.254', '[fe80::1]'])
      expect([host, await why(`https://${host}`, open)]).toEqual([host, inner])
    expect(await why('http://169.254.169.254')).toBe(inner)
    expect(asked).toBe(0)
  })
})

test.each([
  ['go.example.com', 'https://go.example.com'],
  [' HTTPS://Go.Example.com/ ', 'https://go.example.com'],
  ['https://go.example.com:8443', 'https://go.example.com:8443'],
])('%j is %s', (given, domain) => {
  expect(readLinkDomain(given, open.linkUrl)).toBe(domain)
})

test.each([
  '',
  'http://go.example.com',
  'https://go.example.com/s',
  'https://anna@go.example.com',
  'https://go.example.com?x=1',
  'ftp://go.example.com',
  'javascript:alert(1)',
  'shop',
  'a b.example.com',
])('%j is no link domain', given => {
  expect(() => readLinkDomain(given, open.linkUrl)).toThrow(Problem)
})

test('only a path with a whole nonce asks for a proof', () => {
  const nonce = 'a'.repeat(22)
  expect(nonceIn(`/.well-known/homing/${nonce}`)).toBe(nonce)
  expect([undefined, '/', `/.well-known/homing/${nonce}x`, '/.well-known/homing/', `/x${nonce}`].map(nonceIn)).toEqual(
    Array(5).fill(undefined),
  )
})
