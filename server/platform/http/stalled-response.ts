/**
 * Closes a response whose client reads too slowly. A client that keeps its connection open and reads nothing, or a few bytes now and then,
 * would otherwise hold the resources of the response (a database connection, an export slot, memory) indefinitely. While data waits, the client
 * must read 20 kB/s, with a reserve for a time in which it reads nothing. Time does not count while the server has nothing to send.
 *
 * The operating system accepts data in steps of up to 1.6 MB (measured on loopback, where buffers are largest). The reserve is one such
 * step, so that a client of 20 kB/s behind a proxy on the same machine finishes its step in time.
 */
import { problem } from '../../../core/problems.ts'

/** The parts of a node:http response that are used here. */
interface Answer {
  socket: {
    bytesWritten: number
    writableLength: number
    /** libuv's: the rest of the current write, which Node does not report until it is complete */
    _handle?: { writeQueueSize?: number } | null
    destroy(reason: Error): unknown
  } | null
  once(event: 'close', listener: () => void): unknown
}

/** How long a client may read nothing. Real time. */
export const READER_MS = 80_000

export const BYTES_PER_SECOND = 20_000
const LOOKS = 8

/** Destroys the connection with the problem `download_stalled` (`socket.errored`), which ends everything that writes to it. */
export function endWhenStalled(response: Answer, readerMs = READER_MS): void {
  const reserve = (readerMs / 1000) * BYTES_PER_SECOND
  const lookMs = readerMs / LOOKS
  let left = reserve
  let before: { taken: number; ms: number } | undefined
  const look = () => {
    const { socket } = response
    if (socket === null || socket.writableLength === 0) {
      left = reserve
      before = undefined
      return
    }
    const taken = socket.bytesWritten - socket.writableLength - (socket._handle?.writeQueueSize ?? 0)
    const ms = performance.now()
    if (before !== undefined) {
      // A process that slept could not check, and its client could not read.
      const passed = Math.min(ms - before.ms, 2 * lookMs)
      left = Math.min(reserve, left + taken - before.taken - (passed / 1000) * BYTES_PER_SECOND)
    }
    before = { taken, ms }
    if (left <= 0)
      socket.destroy(problem('download_stalled', { time: inWords(readerMs), rate: BYTES_PER_SECOND / 1000 }))
  }
  const timer = setInterval(look, lookMs).unref()
  response.once('close', () => clearInterval(timer))
}

/** "80 s" */
const inWords = (ms: number) => (ms >= 120_000 ? `${Math.round(ms / 60_000)} minutes` : `${ms / 1000} s`)
