/** A worker thread that checks batches of rows and answers with what COPY reads. Started by pool.ts. */
import { parentPort, workerData } from 'node:worker_threads'
import { type CheckRequest, checkBatch } from './check-batch.ts'
import type { BoundMapping } from './check-row.ts'

const plan: BoundMapping = workerData
parentPort?.on('message', (request: CheckRequest) => {
  const answer = checkBatch(plan, request)
  parentPort?.postMessage(answer, [answer.copy.buffer])
})
