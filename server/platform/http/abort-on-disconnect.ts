/** Is whoever asked still there? What is worth seconds of the database is not finished for nobody. */
import type { FastifyReply } from 'fastify'
import { problem } from '../../../core/problems.ts'

/** Aborts where the connection ends before the answer has left. */
export function whileWanted({ raw }: Pick<FastifyReply, 'raw'>): AbortSignal {
  const gone = new AbortController()
  const look = () => {
    if (!raw.writableFinished) gone.abort(problem('asker_gone'))
  }
  // Who left while it was looked up who they are: the end of their connection is not told again.
  if (raw.destroyed) look()
  else raw.once('close', look)
  return gone.signal
}
