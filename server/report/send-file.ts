/** Sends a planned export as the response. An incomplete file never looks complete: its response is aborted, not ended. */
import { PassThrough } from 'node:stream'
import { finished } from 'node:stream/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { normalForm } from '../../core/normal-form.ts'
import { Problem, problem } from '../../core/problems.ts'
import { type Act, audit } from '../access/audit.ts'
import { type Format, mediaTypeOf } from '../files/write-listing.ts'
import type { Deps } from '../platform/http/http-server.ts'
import type { Seats } from '../platform/http/seats.ts'
import type { PlannedExport } from './export-tab.ts'
import type { keepExport } from './exports.ts'

interface AtOnce extends Pick<FastifyRequest, 'principal' | 'allowed'> {
  reply: FastifyReply
  planned: PlannedExport
  format: Format
  /** recorded before the first byte */
  act: Omit<Act, 'workspaceId' | 'actor'>
  workspaceId: number
  now: Date
}

/** A file that was not announced: without a progress to follow, within the same limits. Throws too_many_exports. */
export async function sendAtOnce(
  { db, log, stillAllowed }: Deps,
  seats: Seats,
  { reply, planned, format, act, workspaceId, principal, allowed, now }: AtOnce,
): Promise<void> {
  // Before the seat is taken: an exception between taking it and sending would keep the seat indefinitely.
  const named = disposition(planned.fileName)
  const seat = seats.take(allowed)
  if ('full' in seat) throw problem('too_many_exports', { limit: seat.limit, where: seat.full })
  const ended = new AbortController()
  const unwatch = stillAllowed.watch(allowed, () => ended.abort(problem('access_ended')))
  try {
    await audit(db, { workspaceId, actor: principal.actor, ...act }, now)
  } catch (error) {
    unwatch()
    seat.free()
    throw error
  }
  reply
    .header('content-type', mediaTypeOf(format))
    .header('content-disposition', named)
    .header('x-content-type-options', 'nosniff')
  send(reply, planned, { signal: ended.signal, tell() {} })
    .finally(() => {
      unwatch()
      seat.free()
    })
    .then(
      rows => log.info({ subject: act.subject, format, rows }, 'exported'),
      (error: unknown) => log.info({ subject: act.subject, format, err: error }, 'export not finished'),
    )
}

/** Resolves when the last byte has left this process. Rejects if the file is incomplete. */
export async function send(
  reply: FastifyReply,
  planned: PlannedExport,
  { signal, tell }: Pick<ReturnType<typeof keepExport>, 'signal' | 'tell'>,
): Promise<number> {
  const out = new PassThrough()
  const { socket } = reply.raw
  const left = finished(reply.raw)
  // A client that disconnects before the first byte also ends it.
  left.catch(() => out.destroy())
  reply.send(out)
  try {
    const { rows } = await planned.write(out, { signal, onRows: tell })
    out.end()
    await left
    return rows
  } catch (error) {
    // A client that stopped reading was disconnected by platform/http/stalled-response.ts, which gives the reason.
    const cut = socket?.errored instanceof Problem ? socket.errored : problem('export_cut', {}, { cause: error })
    const reason: unknown = signal.aborted ? signal.reason : reply.raw.destroyed ? cut : error
    out.destroy(reason instanceof Error ? reason : undefined)
    throw reason
  }
}

/** RFC 6266: an ASCII name for old clients, and the real name. */
export function disposition(fileName: string): string {
  const plain = normalForm(fileName, 'NFKD')
    .replace(/[^\x20-\x7e]/g, '')
    .replace(/["\\]/g, '_')
  const real = encodeURIComponent(fileName).replace(
    /['()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${real}`
}
