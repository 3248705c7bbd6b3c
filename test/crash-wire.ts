/**
 * A wire between a worker and its gateway. The test can delay or withhold what the gateway writes, while the worker's writes pass at
 * once. So a test can act exactly between a submit that the gateway has received and its answer.
 */
import net from 'node:net'

export interface Wire {
  readonly port: number
  /** From now on nothing arrives from the gateway. */
  withhold(): void
  /** Withheld data arrives, followed by everything later. */
  release(): void
  /** The delay of the gateway's writes. */
  latencyMs: number
  close(): Promise<void>
}

export async function openWire(to: number, latencyMs: number): Promise<Wire> {
  let held = false
  const ends = new Set<() => void>()
  const sockets = new Set<net.Socket>()
  const server = net.createServer(worker => {
    const gateway = net.connect({ port: to, host: '127.0.0.1' })
    const queue: { at: number; bytes: Buffer }[] = []
    const pass = () => {
      while (!held && queue[0] !== undefined && queue[0].at <= Date.now()) worker.write(queue.shift()!.bytes)
      if (!held && queue[0] !== undefined) setTimeout(pass, queue[0].at - Date.now())
    }
    ends.add(pass)
    for (const socket of [worker, gateway]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('close', () => sockets.delete(socket))
    }
    gateway.on('data', bytes => {
      queue.push({ at: Date.now() + wire.latencyMs, bytes })
      if (queue.length === 1) setTimeout(pass, wire.latencyMs)
    })
    worker.on('data', bytes => gateway.write(bytes))
    // What a dead worker has written still arrives; what the gateway said to it does not.
    worker.on('close', () => {
      ends.delete(pass)
      queue.length = 0
      gateway.end()
    })
    gateway.on('close', () => {
      pass()
      worker.end()
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  const wire: Wire = {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    latencyMs,
    withhold() {
      held = true
    },
    release() {
      held = false
      for (const pass of ends) pass()
    },
    close() {
      for (const socket of sockets) socket.destroy()
      return new Promise(resolve => server.close(() => resolve()))
    },
  }
  return wire
}
