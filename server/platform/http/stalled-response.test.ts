import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { endWhenStalled } from './stalled-response.ts'

const ends: (() => void)[] = []
afterEach(() => {
  vi.useRealTimers()
  for (const end of ends.splice(0).reverse()) end()
})

const readerMs = 200

/** A server whose response the test controls, and a client that has sent a request. */
async function ask(answer: (response: ServerResponse) => void): Promise<{ client: Socket; response: ServerResponse }> {
  const server = createServer()
  ends.push(() => void server.close())
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  client.on('error', () => {})
  ends.push(() => void client.destroy())
  const asked = new Promise<ServerResponse>(resolve => server.once('request', (_, response) => resolve(response)))
  client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  const response = await asked
  endWhenStalled(response, readerMs)
  answer(response)
  return { client, response }
}

/** More than the buffers of a connection hold. */
const large = Buffer.alloc(32 * 1024 * 1024)

test('an answer that nobody takes is ended, with the problem that says so', async () => {
  const { response } = await ask(response => response.end(large))
  const { socket } = response
  await vi.waitFor(() => expect(response.destroyed).toBe(true), { timeout: 5_000 })
  expect(socket?.errored).toMatchObject({ code: 'download_stalled', details: { time: '0.2 s', rate: 20 } })
})

test('a stream of live values that nobody takes is ended too', async () => {
  const { response } = await ask(response => void response.write(large))
  await vi.waitFor(() => expect(response.destroyed).toBe(true), { timeout: 5_000 })
})

test('an answer that is late, or says something rarely, is not ended: its reader waits', async () => {
  let text = ''
  const { client } = await ask(async response => {
    await sleep(1.5 * readerMs)
    response.write('first')
    await sleep(1.5 * readerMs)
    response.end('last')
  })
  client.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  await vi.waitFor(() => expect(text).toMatch(/first.*last.*0\r\n\r\n$/s), { timeout: 5_000 })
})

test('a connection that is kept for the next request ends as it always did', async () => {
  const { client, response } = await ask(response => response.end('whole'))
  client.resume()
  await vi.waitFor(() => expect(response.writableFinished).toBe(true))
  await sleep(1.5 * readerMs)
  expect(client.destroyed).toBe(false)
})

describe('by the rate', () => {
  /** A client that reads this many bytes before each check; returns how often it was cut. */
  function readBy(bytesALook: number, looks: number): number {
    vi.useFakeTimers()
    const socket = { bytesWritten: 0, writableLength: 10_000_000, destroy: vi.fn() }
    endWhenStalled({ socket, once: () => {} }, 80_000)
    for (let look = 0; look < looks && socket.destroy.mock.calls.length === 0; look++) {
      vi.advanceTimersByTime(10_000)
      socket.bytesWritten += bytesALook
    }
    return socket.destroy.mock.calls.length
  }

  test('a client that reads 20 kB/s is never ended, even if it reads in large steps', () => {
    expect(readBy(210_000, 500)).toBe(0)
    vi.useFakeTimers()
    const socket = { bytesWritten: 0, writableLength: 10_000_000, destroy: vi.fn() }
    endWhenStalled({ socket, once: () => {} }, 80_000)
    for (let step = 0; step < 50; step++) {
      vi.advanceTimersByTime(70_000)
      socket.bytesWritten += 1_600_000
    }
    expect(socket.destroy).not.toHaveBeenCalled()
  })

  test('a client that reads a few bytes now and then is ended like one that reads nothing', () => {
    expect(readBy(0, 12)).toBe(1)
    expect(readBy(500, 12)).toBe(1)
    expect(readBy(100_000, 30)).toBe(1)
  })
})
