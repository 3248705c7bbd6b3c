/** What a process that cannot go on says last: one sentence for what can be expected of a machine, with its place where the code is wrong. */
import { writeSync } from 'node:fs'
import { Problem } from '../../core/problems.ts'
import { whyAway } from '../platform/db/database-away.ts'
import { unreachable } from '../platform/postgres/database-server.ts'
import { inLines, wordsOfServer } from '../platform/safe-error.ts'
import { portProblem } from './port.ts'

export function inOneSentence(error: unknown): string {
  const known = portProblem(error) ?? error
  if (known instanceof Problem) return known.message
  if (whyAway(known) !== undefined) return unreachable(known).message
  // The message of anything else may quote what was read: class, code and place are what helps.
  return wordsOfServer(known) ?? inLines(known)
}

/** For the process that nobody's catch saved: the same words, and the exit code that Node gives. */
export function endInWords(): void {
  process.on('uncaughtException', error => {
    writeSync(2, `${inOneSentence(error)}\n`)
    process.exit(1)
  })
}
