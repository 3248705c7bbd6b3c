/**
 * Ends an answer that nobody takes any more: a reader that keeps its connection open and reads nothing would else hold what the
 * answer holds (a connection to the database, a place among the exports, memory) for ever. A slow reader is not ended: any
 * step forward begins the time anew, and while it is we who have nothing to send, none runs.
 *
 * The operating system takes what is sent in steps of up to 1.6 MB (measured on loopback, where buffers are largest). The limit
 * is so long that a reader of 9 kB/s, through a proxy on the same machine, still makes its step in time.
 */
import { problem } from '../../core/problems.ts'

/** Of node:http's answers what is looked at here. */
interface Answer {
  socket: {
    bytesWritten: number
    writableLength: number
    setTimeout(ms: number): unknown
    destroy(reason: Error): unknown
  } | null
  setTimeout(ms: number, look: () => void): unknown
}

/** Real time. */
export const READER_MS = 180_000

/** Looks in the limit; an answer ends after the limit and at most one look more. */
const LOOKS = 4

/** Destroys the connection with the problem `download_stalled` (`socket.errored`), which ends whatever writes to it. */
export function endWhenStalled(response: Answer, readerMs = READER_MS): void {
  const lookMs = readerMs / LOOKS
  let still = 0
  let lookedMs = 0
  let takenBefore = -1
  response.setTimeout(lookMs, () => {
    const { socket } = response
    if (socket === null || socket.writableLength === 0) return
    const nowMs = performance.now()
    // A part of one write is known to Node alone, which then puts off its call by one look.
    const inTurn = nowMs - lookedMs < 1.5 * lookMs
    const taken = socket.bytesWritten - socket.writableLength
    still = inTurn && taken === takenBefore ? still + 1 : 1
    lookedMs = nowMs
    takenBefore = taken
    if (still < LOOKS) socket.setTimeout(lookMs)
    else socket.destroy(problem('download_stalled', { time: inWords(readerMs) }))
  })
}

/** "3 minutes" */
const inWords = (ms: number) => (ms >= 120_000 ? `${Math.round(ms / 60_000)} minutes` : `${ms / 1000} s`)
