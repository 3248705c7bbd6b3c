import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import { endWhenStalled } from './stalled.ts'

const ends: (() => void)[] = []
afterEach(() => {
  vi.useRealTimers()
  for (const end of ends.splice(0).reverse()) end()
})

const readerMs = 200

/** A server that answers as it is told, and a client that has asked it. */
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
  expect(socket?.errored).toMatchObject({ code: 'download_stalled', details: { time: '0.2 s' } })
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

test('whoever takes a step in time goes on for ever, whenever it comes between two looks', () => {
  vi.useFakeTimers()
  const socket = { bytesWritten: 5_000, writableLength: 1_000, setTimeout: () => {}, destroy: vi.fn() }
  let look = () => {}
  endWhenStalled({ socket, setTimeout: (_, given) => (look = given) }, 400)
  const lookAfter = (ms: number) => {
    vi.advanceTimersByTime(ms)
    look()
  }
  for (let step = 0; step < 20; step++) {
    lookAfter(100)
    lookAfter(100)
    vi.advanceTimersByTime(10)
    // A whole write was taken and the next begun, from which Node waits a look.
    socket.bytesWritten += 1_000
  }
  expect(socket.destroy).not.toHaveBeenCalled()
  for (let n = 0; n < 4; n++) lookAfter(100)
  expect(socket.destroy).toHaveBeenCalledOnce()
})
