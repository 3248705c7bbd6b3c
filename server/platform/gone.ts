/** Is whoever asked still there? What is worth seconds of the database is not finished for nobody. */
import type { FastifyReply } from 'fastify'
import { problem } from '../../core/problems.ts'

/** Aborts where the connection ends before the answer has left. */
export function whileWanted({ raw }: Pick<FastifyReply, 'raw'>): AbortSignal {
  const gone = new AbortController()
  raw.once('close', () => {
    if (!raw.writableFinished) gone.abort(problem('asker_gone'))
  })
  return gone.signal
}
