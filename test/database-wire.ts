/**
 * A wire between a process and PostgreSQL that the test can hold, statement by statement: what carries the name of a prepared
 * statement arrives late, or not before the test lets it. So one connection hangs while the others of the same process work.
 */
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

export interface DatabaseWire {
  /** For the process under test. */
  connectionString: string
  /** From now on, connections that carry this statement carry nothing any more. */
  hang(name: string): void
  /** From now on what the database says to this statement, and all that its connection brings after it, arrives so much later. */
  slow(name: string, ms: number): void
  /** All that hung arrives, and nothing hangs or is slow any more. */
  release(): void
  close(): Promise<void>
}

export async function openDatabaseWire(connectionString: string): Promise<DatabaseWire> {
  const url = new URL(connectionString)
  const folder = url.searchParams.get('host')
  const port = Number(url.port || 5432)
  const target = folder?.startsWith('/') ? { path: `${folder}/.s.PGSQL.${port}` } : { host: url.hostname, port }
  const hung = new Set<string>()
  const late = new Map<string, number>()
  const sockets = new Set<net.Socket>()
  let released = Promise.withResolvers<void>()

  const isHung = (bytes: Buffer) => [...hung].some(name => bytes.includes(name))
  const lateness = (bytes: Buffer) => [...late].find(([name]) => bytes.includes(name))?.[1] ?? 0
  const server = net.createServer(client => {
    const database = net.connect(target)
    for (const socket of [client, database]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket))
    }
    let asking = Promise.resolve()
    let answering: Promise<unknown> = Promise.resolve()
    client.on('data', bytes => {
      asking = asking.then(async () => {
        if (isHung(bytes)) await released.promise
        const ms = lateness(bytes)
        if (ms > 0) answering = answering.then(() => sleep(ms))
        database.write(bytes)
      })
    })
    client.on('close', () => {
      asking = asking.then(() => void database.end())
    })
    database.on('data', bytes => {
      answering = answering.then(() => client.write(bytes))
    })
    database.on('close', () => {
      answering = answering.then(() => client.destroy())
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  const own = new URL(connectionString)
  own.searchParams.delete('host')
  own.hostname = '127.0.0.1'
  own.port = String(address !== null && typeof address === 'object' ? address.port : 0)
  return {
    connectionString: own.href,
    hang: name => void hung.add(name),
    slow: (name, ms) => void late.set(name, ms),
    release() {
      hung.clear()
      late.clear()
      released.resolve()
      released = Promise.withResolvers()
    },
    close() {
      released.resolve()
      for (const socket of sockets) socket.destroy()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
}
