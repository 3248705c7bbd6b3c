/**
 * Bytes on their way to one socket: many PDUs are written into one slab, then leave in one socket write.
 * A region that was handed to the socket is never written to again.
 */
import type { Socket } from 'node:net'

const slabSize = 256 * 1024
/** A peer that leaves this much unread is cut off; a window of 2,000 long texts is far below. */
const unreadLimit = 16 * 1024 * 1024

export class Outbox {
  readonly #socket: Socket
  #slab = Buffer.allocUnsafe(0)
  #start = 0
  #end = 0
  writes = 0

  constructor(socket: Socket) {
    this.#socket = socket
  }

  /** Calls `fill` with room for `size` octets; it returns the offset behind what it wrote. Throws what `fill` throws and keeps nothing. */
  add(size: number, fill: (buffer: Buffer, offset: number) => number): void {
    if (this.#end + size > this.#slab.length) this.#renew(size)
    this.#end = fill(this.#slab, this.#end)
  }

  addPdu(pdu: Buffer): void {
    this.add(pdu.length, (buffer, offset) => offset + pdu.copy(buffer, offset))
  }

  /** One socket write of all that was added. `wait`: the socket is full, write no more until its drain; `unread`: the peer never reads. */
  flush(): 'ok' | 'wait' | 'unread' {
    if (this.#end === this.#start) return 'ok'
    const bytes = this.#slab.subarray(this.#start, this.#end)
    this.#start = this.#end
    if (!this.#socket.writable) return 'ok'
    this.writes++
    if (this.#socket.write(bytes)) return 'ok'
    return this.#socket.writableLength > unreadLimit ? 'unread' : 'wait'
  }

  /** Sends what was added and parts; a peer that does not take it within two seconds is cut off. */
  end(): void {
    this.flush()
    const socket = this.#socket
    if (socket.connecting || socket.destroyed) {
      socket.destroy()
      return
    }
    socket.destroySoon()
    const cut = setTimeout(() => socket.destroy(), 2000)
    socket.once('close', () => clearTimeout(cut))
  }

  #renew(size: number): void {
    const kept = this.#slab.subarray(this.#start, this.#end)
    const slab = Buffer.allocUnsafeSlow(Math.max(slabSize, kept.length + size))
    kept.copy(slab, 0)
    this.#slab = slab
    this.#start = 0
    this.#end = kept.length
  }
}
