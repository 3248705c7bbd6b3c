/**
 * Checks batches in worker threads and returns the results in the order of the file, with at most a few batches under way: memory is
 * constant, and the reader waits for the checkers.
 */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { type CheckAnswer, type CheckRequest, checkBatch } from './check-batch.ts'
import type { BoundMapping } from './check-row.ts'

/** Smaller files are checked in this thread: starting another one takes 0.2 s. */
const smallBytes = 256 * 1024
/** A thread needs 40 MB; without limits, its garbage grows to several times that before it is collected. */
const resourceLimits = { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 128 }

export interface Checker<Request = CheckRequest, Answer = CheckAnswer> {
  check(request: Request): Promise<Answer>
  /** Batches under way at once. */
  readonly width: number
  close(): Promise<void>
}

export function openChecker(plan: BoundMapping, bytes: number): Checker {
  // Either the sources or the compiled files of the package.
  const file = new URL(import.meta.url.endsWith('.ts') ? './check-worker.ts' : './check-worker.js', import.meta.url)
  return openPool({ bytes, file, plan, check: request => checkBatch(plan, request) })
}

export interface PoolInput<Request, Answer> {
  /** Of the list. */
  bytes: number
  /** The code of a thread, which gets `plan` as its data. */
  file: URL
  plan: unknown
  /** What a thread does, for a small list in this one. */
  check: (request: Request) => Answer
}

export function openPool<Request, Answer>({
  bytes,
  file,
  plan,
  check,
}: PoolInput<Request, Answer>): Checker<Request, Answer> {
  if (bytes < smallBytes) return { width: 1, check: async request => check(request), close: async () => {} }
  // One core is left to the reader and PostgreSQL: on two cores, a second thread gains nothing (30 k rows/s either way).
  const threads = Array.from({ length: Math.max(1, Math.min(2, availableParallelism() - 1)) }, () =>
    openThread<Request, Answer>(file, plan),
  )
  let turn = 0
  return {
    width: threads.length * 2,
    check: request => {
      const thread = threads[turn++ % threads.length]
      if (thread === undefined) throw new Error('no worker thread')
      return thread.check(request)
    },
    close: async () => {
      await Promise.all(threads.map(thread => thread.close()))
    },
  }
}

/** Results in the order of the requests. Reads ahead by the checker's width. */
export async function* checkInOrder<Request, Answer>(
  requests: AsyncIterable<Request>,
  checker: Checker<NoInfer<Request>, Answer>,
): AsyncGenerator<{ request: Request; answer: Answer }> {
  const waiting: { request: Request; answer: Promise<Answer> }[] = []
  const take = async () => {
    const first = waiting.shift()
    if (first === undefined) throw new Error('nothing is waiting')
    return { request: first.request, answer: await first.answer }
  }
  for await (const request of requests) {
    const answer = checker.check(request)
    answer.catch(() => {}) // the error is thrown when its turn comes
    waiting.push({ request, answer })
    if (waiting.length >= checker.width) yield await take()
  }
  while (waiting.length > 0) yield await take()
}

interface Waiting<Answer> {
  resolve: (answer: Answer) => void
  reject: (error: Error) => void
}

/** A thread answers in the order of its requests. */
function openThread<Request, Answer>(file: URL, plan: unknown) {
  const worker = new Worker(file, { workerData: plan, resourceLimits })
  const asked: Waiting<Answer>[] = []
  let broken: Error | undefined
  const fail = (error: Error) => {
    broken = error
    for (const { reject } of asked.splice(0)) reject(error)
  }
  worker.on('message', (answer: Answer) => asked.shift()?.resolve(answer))
  worker.on('error', fail)
  worker.on('exit', code => fail(new Error(`a worker thread of a list ended (code ${code})`)))
  return {
    check: (request: Request) =>
      new Promise<Answer>((resolve, reject) => {
        if (broken) return reject(broken)
        asked.push({ resolve, reject })
        worker.postMessage(request)
      }),
    close: async () => {
      await worker.terminate()
    },
  }
}
