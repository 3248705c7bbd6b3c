/** Crashes at every step, and at random moments. */
import { type PointName, testCrashes } from './crashes.ts'

const all: readonly PointName[] = [
  'before the intent',
  'after the intent',
  'after the socket write',
  "before the answers' commit",
  'before the mark',
]

testCrashes({ profiles: 4000, ofProcesses: all, ofPostgres: all, shots: 10 })
