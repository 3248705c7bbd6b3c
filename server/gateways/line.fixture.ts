/** For tests: a TCP line between a connection and its peer that can be cut, stalled, taken down, and spoken into. */
import net from 'node:net'

export class Line {
  readonly #target: number
  readonly #pairs = new Set<{ client: net.Socket; peer: net.Socket }>()
  #server: net.Server | undefined
  #port = 0
  #stalled = false

  /** To a port of this machine. */
  constructor(target: number) {
    this.#target = target
  }

  get port(): number {
    return this.#port
  }

  /** How often it was connected and still is. */
  get open(): number {
    return this.#pairs.size
  }

  /** On the same port each time. */
  async up(): Promise<void> {
    const server = net.createServer(client => this.#join(client))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.#port, '127.0.0.1', resolve)
    })
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    this.#port = address.port
    this.#server = server
  }

  /** Nobody listens. */
  async down(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    this.cut()
    await new Promise<void>(resolve => (server === undefined ? resolve() : server.close(() => resolve())))
  }

  /** Ends what is connected, as a crash would. */
  cut(): void {
    for (const { client, peer } of this.#pairs) {
      client.destroy()
      peer.destroy()
    }
    this.#pairs.clear()
  }

  /** The peer reads no more, until it does. */
  stall(isStalled: boolean): void {
    this.#stalled = isStalled
    for (const { client } of this.#pairs) this.#flow(client)
  }

  /** To the connection, as if the peer had sent it. */
  say(bytes: Uint8Array): void {
    for (const { client } of this.#pairs) client.write(bytes)
  }

  #join(client: net.Socket): void {
    const peer = net.connect(this.#target, '127.0.0.1')
    const pair = { client, peer }
    this.#pairs.add(pair)
    client.on('data', chunk => peer.write(chunk))
    peer.on('data', chunk => client.write(chunk))
    for (const [socket, other] of [
      [client, peer],
      [peer, client],
    ] as const) {
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('close', () => {
        other.destroy()
        this.#pairs.delete(pair)
      })
    }
    this.#flow(client)
  }

  #flow(client: net.Socket): void {
    if (this.#stalled) client.pause()
    else client.resume()
  }
}
