/**
 * Queues requests by workspace, before they take a connection. A few requests of each workspace run at once, whatever other workspaces do, and
 * within a workspace the principals take turns. The queue is short and has a maximum wait: a clear "busy" is better than an answer that no
 * one waits for any more.
 */
import { problem } from '../../core/problems.ts'

export interface TurnLimits {
  /** running at once, per workspace */
  atWork: number
  /** running at once, per person or key in it, so that the others get a turn too */
  atWorkEach: number
  waiting: number
  waitingEach: number
  waitMs: number
}

export interface Requester {
  /** Requests of one workspace share a queue. */
  workspace: string
  /** Requests of one principal share a turn. */
  principal: string
}

interface Line {
  atWork: number
  /** in order of arrival */
  waiting: Set<() => void>
}

interface Queue {
  atWork: number
  waiting: number
  /** in order of turn */
  lines: Map<string, Line>
}

const retryAfterSeconds = 2

export class Turns {
  readonly #limits: TurnLimits
  readonly #queues = new Map<string, Queue>()

  constructor(limits: TurnLimits) {
    this.#limits = limits
  }

  /** Throws `busy` if the queue is full or the wait is too long, and the reason of `signal` if that aborts first. The work has not begun then. */
  async run<Result>(
    { workspace, principal }: Requester,
    work: () => Promise<Result>,
    signal?: AbortSignal,
  ): Promise<Result> {
    signal?.throwIfAborted()
    const queue = this.#queues.get(workspace) ?? { atWork: 0, waiting: 0, lines: new Map() }
    this.#queues.set(workspace, queue)
    const line = queue.lines.get(principal) ?? { atWork: 0, waiting: new Set() }
    queue.lines.set(principal, line)
    try {
      if (this.#mayBegin(queue, line)) this.#begin(queue, line, principal)
      else await this.#wait(queue, line, principal, signal)
      try {
        return await work()
      } finally {
        queue.atWork--
        line.atWork--
        this.#callNext(queue)
      }
    } finally {
      if (line.atWork === 0 && line.waiting.size === 0) queue.lines.delete(principal)
      if (queue.lines.size === 0) this.#queues.delete(workspace)
    }
  }

  #mayBegin(queue: Queue, line: Line): boolean {
    return queue.atWork < this.#limits.atWork && line.atWork < this.#limits.atWorkEach
  }

  /** A principal that gets a turn moves behind the others. */
  #begin(queue: Queue, line: Line, principal: string): void {
    queue.lines.delete(principal)
    queue.lines.set(principal, line)
    queue.atWork++
    line.atWork++
  }

  #wait(queue: Queue, line: Line, principal: string, signal: AbortSignal | undefined): Promise<void> {
    const { waiting, waitingEach, waitMs } = this.#limits
    if (queue.waiting >= waiting || line.waiting.size >= waitingEach)
      throw busy(`${line.waiting.size} requests wait already`)
    return new Promise((resolve, reject) => {
      const leave = (reason: unknown) => {
        end()
        reject(reason)
      }
      const gone = () => leave(signal?.reason)
      const late = setTimeout(() => leave(busy(`it waited ${waitMs / 1000} s for its turn`)), waitMs)
      const turn = () => {
        end()
        this.#begin(queue, line, principal)
        resolve()
      }
      const end = () => {
        clearTimeout(late)
        signal?.removeEventListener('abort', gone)
        queue.waiting--
        line.waiting.delete(turn)
      }
      signal?.addEventListener('abort', gone)
      queue.waiting++
      line.waiting.add(turn)
    })
  }

  #callNext(queue: Queue): void {
    for (const line of queue.lines.values()) {
      const [turn] = line.waiting
      if (turn === undefined || !this.#mayBegin(queue, line)) continue
      turn()
      return
    }
  }
}

/** 503, with the time after which a retry makes sense. */
export const busy = (what: string, cause?: unknown) => problem('busy', { what, seconds: retryAfterSeconds }, { cause })
