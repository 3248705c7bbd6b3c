/**
 * A wire between processes and the test's PostgreSQL that the test can let hang silently, like a host that hangs, loses its power, or
 * is behind a firewall that forgot the connection.
 */
import net from 'node:net'

export interface DatabaseHost {
  readonly connectionString: string
  /** The host hangs: nothing passes in old and new connections. */
  hang(): void
  /** Old connections are cut, and new ones refused. */
  refuse(): void
  /** Connections that hung continue, and new ones are accepted again. */
  proceed(): void
  /** Another server answers from now on. Old connections stay open at this end and never receive anything again. */
  powerCycle(): void
  /** Old connections pass what is asked and never what is answered; or all of them from when this is asked. */
  loseAnswers(to?: RegExp): void
  /** how many connections lost their answers to that */
  lost(): number
  close(): Promise<void>
}

interface Pair {
  near: net.Socket
  far: net.Socket
}

export async function openDatabaseHost(connectionString: string): Promise<DatabaseHost> {
  const url = new URL(connectionString)
  const folder = url.searchParams.get('host')
  const far = folder === null ? { host: url.hostname, port: Number(url.port) } : { path: `${folder}/.s.PGSQL.5432` }
  const pairs = new Set<Pair>()
  const all = new Set<net.Socket>()
  let hangs = false
  let refuses = false
  let unanswered: RegExp | undefined
  let lost = 0
  const server = net.createServer({ allowHalfOpen: true }, near => {
    if (refuses) {
      near.resetAndDestroy()
      return
    }
    const pair = { near, far: net.connect(far) }
    pairs.add(pair)
    all.add(near).add(pair.far)
    for (const [from, to] of [
      [near, pair.far],
      [pair.far, near],
    ] as const) {
      from.on('error', () => {})
      from.on('data', bytes => to.write(bytes))
      from.on('end', () => pairs.has(pair) && !hangs && to.end())
      if (hangs) from.pause()
    }
    near.prependListener('data', (bytes: Buffer) => {
      if (!unanswered?.test(bytes.toString('latin1'))) return
      pair.far.pause()
      lost++
    })
    near.on('close', () => pairs.has(pair) && pair.far.destroy())
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const each = (act: (pair: Pair) => void) => {
    for (const pair of pairs) act(pair)
  }
  const near = new URL(connectionString)
  near.searchParams.delete('host')
  near.hostname = '127.0.0.1'
  near.port = String(address !== null && typeof address === 'object' ? address.port : 0)
  return {
    connectionString: near.href,
    hang() {
      hangs = true
      each(({ near, far }) => {
        near.pause()
        far.pause()
      })
    },
    refuse() {
      refuses = true
      for (const socket of all) socket.destroy()
    },
    proceed() {
      hangs = false
      refuses = false
      each(({ near, far }) => {
        near.resume()
        far.resume()
      })
    },
    powerCycle() {
      hangs = false
      each(pair => {
        pairs.delete(pair)
        pair.near.pause()
        pair.far.destroy()
      })
    },
    lost: () => lost,
    loseAnswers(to) {
      unanswered = to
      if (to === undefined) each(({ far }) => far.pause())
    },
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        for (const socket of all) socket.destroy()
      }),
  }
}
