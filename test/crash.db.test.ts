/** A crash of each kind, at one step for each promise. All steps, and more random moments: crash.long.test.ts. */
import { testCrashes } from './crashes.ts'

testCrashes({
  profiles: 2500,
  // What was not written is sent by the next worker; what was written is unknown; what was applied is not applied again.
  ofProcesses: ['after the intent', 'after the socket write', 'before the mark'],
  ofPostgres: ["before the answers' commit"],
  shots: 3,
})
