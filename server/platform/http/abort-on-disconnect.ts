/** Aborts expensive queries when the client disconnects. */
import type { FastifyReply } from 'fastify'
import { problem } from '../../../core/problems.ts'

/** The signal aborts if the connection closes before the whole response is sent. */
export function abortOnDisconnect({ raw }: Pick<FastifyReply, 'raw'>): AbortSignal {
  const disconnected = new AbortController()
  const onClose = () => {
    if (!raw.writableFinished) disconnected.abort(problem('client_disconnected'))
  }
  // The socket may have closed during authentication; 'close' does not fire a second time.
  if (raw.destroyed) onClose()
  else raw.once('close', onClose)
  return disconnected.signal
}
