/**
 * Cuts a TCP stream into PDUs, whatever the sizes of its chunks.
 *
 * Always holds: at most one unfinished PDU is kept, and no more memory than its command_length (64 KiB) is taken for it;
 * each octet is copied at most once; a command_length below 16 or above 64 KiB ends the stream (SMPP 3.4 §5.1.1: after
 * that no border can be trusted). A PDU that is handed out is never written to again.
 */
import { headerLength, maxPduLength } from './pdu.ts'

/** A whole PDU: the octets `buffer[start, end)`. */
export type PduHandler = (buffer: Buffer, start: number, end: number) => void

export class Framer {
  readonly #length = Buffer.alloc(4)
  #lengthSeen = 0
  #partial: Buffer | undefined
  #filled = 0
  #broken = false

  /** Is a PDU begun and not yet whole? A peer that leaves it so is cut off by its owner's timer. */
  get unfinished(): boolean {
    return this.#partial !== undefined || this.#lengthSeen > 0
  }

  /** False: the length is broken, nothing more is read; the caller answers generic_nack and closes. */
  push(chunk: Buffer, handle: PduHandler): boolean {
    if (this.#broken) return false
    let at = 0
    while (at < chunk.length) {
      if (this.#partial) {
        at = this.#fill(chunk, at, handle)
        continue
      }
      if (this.#lengthSeen === 0 && chunk.length - at >= 4) {
        const length = chunk.readUInt32BE(at)
        if (!this.#lengthHolds(length)) return false
        if (at + length <= chunk.length) {
          handle(chunk, at, at + length)
          at += length
          continue
        }
        this.#begin(length)
        at = this.#fill(chunk, at, handle)
        continue
      }
      this.#length[this.#lengthSeen++] = chunk[at++]!
      if (this.#lengthSeen === 4) {
        const length = this.#length.readUInt32BE(0)
        if (!this.#lengthHolds(length)) return false
        this.#begin(length).writeUInt32BE(length, 0)
        this.#filled = 4
      }
    }
    return true
  }

  #lengthHolds(length: number): boolean {
    this.#broken = length < headerLength || length > maxPduLength
    return !this.#broken
  }

  #begin(length: number): Buffer {
    this.#lengthSeen = 0
    this.#filled = 0
    this.#partial = Buffer.allocUnsafe(length)
    return this.#partial
  }

  #fill(chunk: Buffer, at: number, handle: PduHandler): number {
    const partial = this.#partial!
    const taken = chunk.copy(partial, this.#filled, at, Math.min(chunk.length, at + partial.length - this.#filled))
    this.#filled += taken
    if (this.#filled === partial.length) {
      this.#partial = undefined
      handle(partial, 0, partial.length)
    }
    return at + taken
  }
}
