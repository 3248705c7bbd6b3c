/** A worker thread that reads entries of a list and answers with what COPY reads. Started by run-segment-list.ts. */
import { parentPort, workerData } from 'node:worker_threads'
import { type EntryPlan, type EntryRequest, readEntries } from './list-entries.ts'

const plan: EntryPlan = workerData
parentPort?.on('message', (request: EntryRequest) => {
  const answer = readEntries(plan, request)
  parentPort?.postMessage(answer, [answer.copy.buffer])
})
