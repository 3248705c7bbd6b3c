/** The last message of a process that cannot continue: one sentence for a failure of the machine, plus the stack if our code is wrong. */
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
  // Any other message may quote its input: class, code and stack are safe.
  return wordsOfServer(known) ?? inLines(known)
}

/** For uncaught errors: the same message, and Node's exit code. */
export function endInWords(): void {
  process.on('uncaughtException', error => {
    writeSync(2, `${inOneSentence(error)}\n`)
    process.exit(1)
  })
}
