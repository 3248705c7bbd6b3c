/** For tests: a TCP peer that keeps every PDU it gets and says only what the test tells it to. */
import net from 'node:net'
import { Framer } from './framer.ts'
import { command, headerOnly, writeIdResp } from './pdu.ts'

export type Pdu = { readonly id: number; readonly status: number; readonly sequence: number; readonly bytes: Buffer }

export class ScriptedPeer {
  readonly socket: net.Socket
  readonly pdus: Pdu[] = []
  closed = false
  readonly #framer = new Framer()

  constructor(socket: net.Socket) {
    this.socket = socket
    socket.on('data', chunk => {
      this.#framer.push(chunk, (buffer, start, end) => {
        const bytes = buffer.subarray(start, end)
        this.pdus.push({
          id: bytes.readUInt32BE(4),
          status: bytes.readUInt32BE(8),
          sequence: bytes.readUInt32BE(12),
          bytes,
        })
      })
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.closed = true
    })
  }

  /** The PDUs with this command_id, in the order they came. */
  got(id: number): Pdu[] {
    return this.pdus.filter(pdu => pdu.id === id)
  }

  send(...pdus: Buffer[]): void {
    this.socket.write(Buffer.concat(pdus))
  }
}

export type ScriptedSmsc = { readonly port: number; readonly peers: ScriptedPeer[]; close(): Promise<void> }

/** Listens; each connection is a Peer. */
export async function scriptedSmsc(): Promise<ScriptedSmsc> {
  const peers: ScriptedPeer[] = []
  const server = net.createServer(socket => peers.push(new ScriptedPeer(socket)))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    peers,
    close: () =>
      new Promise(resolve => {
        for (const peer of peers) peer.socket.destroy()
        server.close(() => resolve())
      }),
  }
}

export async function connectPeer(port: number): Promise<ScriptedPeer> {
  const socket = net.connect(port, '127.0.0.1')
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  return new ScriptedPeer(socket)
}

export function submitResp(sequence: number, status: number, id = ''): Buffer {
  if (status !== 0) return headerOnly(command.submitSmResp, status, sequence)
  const buffer = Buffer.alloc(100)
  return buffer.subarray(0, writeIdResp(buffer, 0, command.submitSmResp, 0, sequence, id))
}
