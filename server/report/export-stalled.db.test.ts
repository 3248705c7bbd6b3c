/** Downloads over a real socket whose client stops reading or reads slowly: the slot, the row, and the statement in the database. */
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { testApp } from '../access/app.fixture.ts'
import { sql } from '../platform/db/sql.ts'
import { makeSent, START } from './sent.fixture.ts'

const readerMs = 1_000
const app = testApp({ readerMs })

const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
})

let made = 0
/** More than the buffers between the database and a client hold: a dozen megabytes. */
async function place() {
  const workspace = await app.workspace(`W${++made}`, 'viewer')
  const facts = {
    attempts: [{ n: 1, try: 1, parts: null, at: START }],
    answers: [{ n: 1, part: 1, outcome: 'accepted', counts: false, at: START, code: null } as const],
  }
  const people = Array.from({ length: 20_000 }, () => ({ firstName: 'x'.repeat(600), facts }))
  const { activityId } = await makeSent(app.db, people, { workspaceId: workspace.id })
  const path = `${workspace.base}/activities/${activityId}/export`
  const view = async (id: number) =>
    (await app.call('GET', `${workspace.base}/exports/${id}`, { key: workspace.key })).body
  return { ...workspace, path, view }
}

/** A client that reads only on command. */
async function download(path: string, key: string) {
  if (app.built.app.server.address() === null) await app.built.listen(0, '127.0.0.1')
  const { port } = app.built.app.server.address() as AddressInfo
  const socket = connect({ port, host: '127.0.0.1' })
  sockets.push(socket)
  socket.on('error', () => {})
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${key}\r\nconnection: close\r\n\r\n`)
  let bytes = 0
  let head = ''
  let tail = ''
  const started = new Promise<void>(resolve => socket.once('data', () => resolve()))
  const ended = new Promise<void>(resolve => socket.once('close', () => resolve()))
  socket.on('data', (chunk: Buffer) => {
    if (head === '') head = chunk.toString('latin1')
    bytes += chunk.length
    tail = chunk.toString('latin1').slice(-5)
  })
  await started
  const id = Number(/x-export-id: (\d+)/i.exec(head)?.[1])
  return { socket, id, bytes: () => bytes, whole: () => tail.endsWith('0\r\n\r\n'), ended }
}

const copies = async () =>
  (
    await app.db.query(
      sql`select from pg_stat_activity where datname = current_database() and query like 'copy (%' and state = 'active'`,
    )
  ).length
const until = (what: () => Promise<unknown>, wanted: unknown) =>
  expect.poll(what, { timeout: 20_000, interval: 100 }).toEqual(wanted)

test('a client that stops reading is disconnected after the limit; the row says why, the slot and the statement are released', async () => {
  const { path, key, view } = await place()
  const stopped = await Promise.all([download(`${path}/sent`, key), download(`${path}/sent?format=ndjson`, key)])
  for (const { socket } of stopped) socket.pause()
  await until(copies, 2)
  expect((await app.call('GET', `${path}/sent`, { key })).body).toMatchObject({ code: 'too_many_exports' })
  for (const { id } of stopped)
    await until(
      () => view(id),
      expect.objectContaining({
        state: 'failed',
        problem: expect.stringMatching(
          /^The download was slower than 20 kB\/s over 1 s, so Homing ended it\. Delete the partial file/,
        ),
      }),
    )
  await until(copies, 0)
  expect((await app.call('GET', `${path}/unsubscribed`, { key })).status).toBe(200)
})

test('a client that reads slowly gets the whole file, though it takes much longer than the limit', async () => {
  const { path, key, view } = await place()
  const { socket, id, bytes, whole, ended } = await download(`${path}/sent`, key)
  const startedMs = Date.now()
  let read = bytes()
  socket.on('data', (chunk: Buffer) => {
    read += chunk.length
    if (read < 400_000) return
    read = 0
    socket.pause()
    setTimeout(() => socket.resume(), 100)
  })
  await ended
  expect(whole()).toBe(true)
  expect(Date.now() - startedMs).toBeGreaterThan(2 * readerMs)
  await until(() => view(id), expect.objectContaining({ state: 'done', rowsWritten: 20_000, problem: null }))
})
