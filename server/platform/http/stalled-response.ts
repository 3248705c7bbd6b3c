/**
 * Ends an answer that is taken too slowly: a reader that keeps its connection open and reads nothing, or a few bytes now and then, would
 * else hold what the answer holds (a connection to the database, a place among the exports, memory) for ever. While data waits for the
 * reader, it must take 20 kB/s, with a reserve for a time in which it takes nothing; while it is we who have nothing to send, no time runs.
 *
 * The operating system takes what is sent in steps of up to 1.6 MB (measured on loopback, where buffers are largest). The reserve is that
 * of one such step, so that a reader of 20 kB/s, through a proxy on the same machine, makes its step in time.
 */
import { problem } from '../../../core/problems.ts'

/** Of node:http's answers what is looked at here. */
interface Answer {
  socket: {
    bytesWritten: number
    writableLength: number
    /** libuv's: what is left of the write under way, of which Node tells nothing until it is whole */
    _handle?: { writeQueueSize?: number } | null
    destroy(reason: Error): unknown
  } | null
  once(event: 'close', listener: () => void): unknown
}

/** How long nothing may be taken. Real time. */
export const READER_MS = 80_000

export const BYTES_PER_SECOND = 20_000
const LOOKS = 8

/** Destroys the connection with the problem `download_stalled` (`socket.errored`), which ends whatever writes to it. */
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
      // A process that slept has not looked, and its reader could not take anything.
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
