/** What a process that cannot go on says last: one sentence for what can be expected of a machine, with its place where the code is wrong. */
import { Problem } from '../../core/problems.ts'
import { whyAway } from '../platform/database-away.ts'
import { unreachable } from '../platform/database-server.ts'
import { portProblem } from './port.ts'

export function inOneSentence(error: unknown): string {
  const known = portProblem(error) ?? error
  if (known instanceof Problem) return known.message
  if (whyAway(known) !== undefined) return unreachable(known).message
  if (!(known instanceof Error)) return String(known)
  // The system and the database say what is wrong; anything else is a fault of ours, and its place is what helps.
  return 'code' in known && known.message !== ''
    ? known.message.replaceAll(/\s*\n\s*/g, ' ')
    : (known.stack ?? known.message)
}
