import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterEach, describe, expect, test } from 'vitest'
import { hostsOf, listeningSentences, listenOn, readHosts } from './listen.ts'

const nothing = { hosts: null, url: null, linkUrl: null }

describe('the addresses to listen on', () => {
  test.each([
    [{}, ['127.0.0.1', '::1']],
    [{ url: 'http://localhost:8080' }, ['127.0.0.1', '::1']],
    [{ url: 'http://127.0.0.1:8080', linkUrl: 'http://[::1]:8080' }, ['127.0.0.1', '::1']],
    [{ url: 'https://sms.example.com' }, ['0.0.0.0', '::']],
    [{ url: 'http://192.168.1.5:8080' }, ['0.0.0.0', '::']],
    [{ linkUrl: 'https://ex.se' }, ['0.0.0.0', '::']],
    [{ url: 'https://localhost.example.com' }, ['0.0.0.0', '::']],
    [{ url: 'https://sms.example.com', hosts: readHosts('127.0.0.1') }, ['127.0.0.1']],
    [{ hosts: readHosts('0.0.0.0') }, ['0.0.0.0']],
    [{ hosts: readHosts('localhost, 10.0.0.5') }, ['127.0.0.1', '::1', '10.0.0.5']],
  ])('of %j are %j', (settings, hosts) => expect(hostsOf({ ...nothing, ...settings })).toEqual(hosts))

  test('are listed at the start, with a warning if passwords would travel unencrypted', () => {
    const said = (settings: object) => listeningSentences({ ...nothing, ...settings }, 8080).join('\n')
    expect(said({})).toContain('only this machine reaches it')
    expect(said({ hosts: ['0.0.0.0'] })).toMatch(/all addresses\.\nATTENTION.*plain HTTP/)
    expect(said({ url: 'http://sms.example.com' })).toContain('ATTENTION')
    expect(said({ url: 'https://sms.example.com' })).toMatch(/all addresses.*HOMING_HOST=127\.0\.0\.1/)
    expect(said({ url: 'https://sms.example.com', hosts: ['127.0.0.1'] })).toContain('only this machine')
  })
})

describe('listening', () => {
  const open: (() => unknown)[] = []
  afterEach(async () => {
    for (const close of open.splice(0)) await close()
  })
  async function pages(settings: object, port = 0) {
    const server = createServer((asked, answer) => answer.end(asked.socket.remoteAddress))
    open.push(
      () => server.closeAllConnections(),
      () => server.close(),
    )
    const listen = (wanted: number, host: string) =>
      new Promise<number>((resolve, reject) => {
        server.once('error', reject)
        server.listen(wanted, host, () => resolve((server.address() as AddressInfo).port))
      })
    const accept = (socket: object) => void server.emit('connection', socket)
    const listening = await listenOn({ listen, accept }, { ...nothing, ...settings }, port)
    open.push(() => listening.close())
    return listening.port
  }
  const ask = (host: string, port: number) =>
    new Promise<string>((resolve, reject) => {
      request({ host, port, agent: false }, (answer: IncomingMessage) => {
        answer.setEncoding('utf8').once('data', resolve)
      })
        .once('error', reject)
        .end()
    })
  const others = Object.values(networkInterfaces())
    .flat()
    .filter(one => one?.family === 'IPv4' && !one.internal)
    .map(one => one!.address)
  const hasIpv6 = Object.values(networkInterfaces())
    .flat()
    .some(one => one?.address === '::1')

  test('without a setting answers on loopback alone', async () => {
    const port = await pages({})
    expect(await ask('127.0.0.1', port)).toBe('127.0.0.1')
    if (hasIpv6) expect(await ask('::1', port)).toBe('::1')
    for (const address of others) await expect(ask(address, port)).rejects.toThrow('ECONNREFUSED')
  })

  test('with a public address answers on all of them, and knows IPv4 visitors by their plain address', async () => {
    const port = await pages({ url: 'https://sms.example.com' })
    for (const address of ['127.0.0.1', ...others]) expect(await ask(address, port)).toBe(address)
    if (hasIpv6) expect(await ask('::1', port)).toBe('::1')
  })

  test('on an address that this machine does not have is an error that names the setting', async () => {
    await expect(pages({ hosts: ['192.0.2.77'] })).rejects.toThrow(/HOMING_HOST is "192\.0\.2\.77".*this machine has/)
    await expect(pages({ hosts: ['127.0.0.1', '192.0.2.77'] })).rejects.toThrow(/HOMING_HOST/)
  })
})
