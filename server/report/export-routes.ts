/**
 * Routes of exports. A client announces an export, downloads it by a plain link, and follows or cancels it by its id. A client that needs
 * no progress downloads without announcing. An incomplete file never looks complete: its response is aborted, not ended.
 */
import { PassThrough } from 'node:stream'
import { finished } from 'node:stream/promises'
import { Type } from '@fastify/type-provider-typebox'
import type { FastifyReply } from 'fastify'
import { normalForm } from '../../core/normal-form.ts'
import { Problem, problem } from '../../core/problems.ts'
import { mayAct } from '../access/roles.ts'
import { csvSeparatorNames, usualCsv } from '../files/csv-style.ts'
import { mediaTypeOf } from '../files/write-listing.ts'
import type { App, Deps } from '../platform/http/http-server.ts'
import { Seats } from '../platform/http/seats.ts'
import { type ExportOf, type PlannedExport, planExport } from './export.ts'
import { exportLimits } from './export-limits.ts'
import { announceExport, beginExport, cancelExport, type ExportView, getExport, keepExport } from './exports.ts'
import { ExportSchema, FormatName, LinkId, OfActivity, OfExport, OfTab, TabName } from './schemas.ts'

export function exportRoutes(app: App, deps: Deps): void {
  watchRoutes(app, deps)
  downloadRoute(app, deps)
}

function watchRoutes(app: App, { db, clock }: Deps): void {
  const found = (view: ExportView | undefined): ExportView => {
    if (view === undefined) throw problem('not_found', { what: 'export' })
    return view
  }
  app.post(
    '/activities/:id/exports',
    {
      // A role that may download may also announce.
      config: { role: 'viewer' },
      schema: {
        operationId: 'announceExport',
        summary: 'Announce an export, to follow its progress and to cancel it',
        description:
          'Then download `…/export/{tab}?format={format}&export={id}`, with the same `link` if there is one, within a minute.',
        tags: ['report'],
        params: OfActivity,
        body: Type.Object(
          { tab: TabName, format: FormatName, link: Type.Optional(LinkId) },
          { additionalProperties: false },
        ),
        response: { 201: ExportSchema },
      },
    },
    async ({ workspace, params, principal, body }, reply) => {
      const of: ExportOf = { workspaceId: workspace.id, activityId: params.id, tab: body.tab, linkId: body.link }
      const now = clock.now()
      const planned = await planExport(db, of, body.format, now)
      if (planned === undefined) throw problem('not_found', { what: 'activity' })
      const asked = { of, format: body.format, expected: planned.expected, actor: principal.actor }
      const id = await announceExport(db, asked, now)
      return reply.code(201).send(found(await getExport(db, workspace.id, id, now)))
    },
  )
  app.get(
    '/exports/:id',
    {
      schema: {
        operationId: 'getExport',
        summary: 'The progress and result of an export',
        tags: ['report'],
        params: OfExport,
        response: { 200: ExportSchema },
      },
    },
    async ({ workspace, params }) => found(await getExport(db, workspace.id, params.id, clock.now())),
  )
  app.post(
    '/exports/:id/cancel',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'cancelExport',
        summary: 'Cancel an export of your own, or any as an admin; its download is aborted within two seconds',
        tags: ['report'],
        params: OfExport,
        response: { 200: ExportSchema },
      },
    },
    async ({ workspace, params, principal }) => {
      const whose = mayAct(workspace.role, 'admin') ? null : principal.actor
      return found(await cancelExport(db, workspace.id, params.id, whose, clock.now()))
    },
  )
}

function downloadRoute(app: App, { db, clock, log, stillAllowed }: Deps): void {
  const seats = new Seats(exportLimits)
  app.get(
    '/activities/:id/export/:tab',
    {
      // A HEAD request would write the whole file.
      exposeHeadRoute: false,
      config: { lane: 'exports', unqueued: true },
      schema: {
        operationId: 'exportReportTab',
        summary: 'All profiles of a tab as a file, one row per profile; columns: docs/exports.md',
        tags: ['report'],
        params: OfTab,
        querystring: Type.Object(
          {
            format: Type.Optional(FormatName),
            link: Type.Optional(LinkId),
            separator: Type.Optional(
              Type.Enum([...csvSeparatorNames], { description: 'between the cells of a CSV; default: comma' }),
            ),
            sepLine: Type.Optional(
              Type.Boolean({ description: 'begin a CSV with the line sep=…, which tells Excel the separator' }),
            ),
            export: Type.Optional(
              Type.Integer({
                minimum: 1,
                maximum: Number.MAX_SAFE_INTEGER,
                description: 'the id of an announced export',
              }),
            ),
          },
          { additionalProperties: false },
        ),
        produces: [mediaTypeOf('csv'), mediaTypeOf('xlsx'), mediaTypeOf('ndjson')].map(type => type.replace(/;.*/, '')),
      },
    },
    async ({ workspace, params, principal, query, allowed }, reply) => {
      const { format = 'csv', separator = usualCsv.separator, sepLine = usualCsv.sepLine } = query
      const of: ExportOf = { workspaceId: workspace.id, activityId: params.id, tab: params.tab, linkId: query.link }
      const planned = await planExport(db, of, format, clock.now(), { separator, sepLine })
      if (planned === undefined) throw problem('not_found', { what: 'activity' })
      // Before the slot is taken: an exception between taking it and sending would keep the slot indefinitely.
      const named = disposition(planned.fileName)
      const asked = { of, format, expected: planned.expected, actor: principal.actor }
      const id = query.export ?? (await announceExport(db, asked, clock.now()))
      await beginExport(db, id, of, format, principal.actor)
      const kept = keepExport(db, id)
      const seat = seats.take(allowed)
      if ('full' in seat) {
        const full = problem('too_many_exports', { limit: seat.limit, where: seat.full })
        await kept.failed(full, clock.now())
        throw full
      }
      const ended = new AbortController()
      const unwatch = stillAllowed.watch(allowed, () => ended.abort(problem('access_ended')))
      const until = { signal: AbortSignal.any([kept.signal, ended.signal]), tell: kept.tell }
      reply
        .header('content-type', mediaTypeOf(format))
        .header('content-disposition', named)
        .header('x-content-type-options', 'nosniff')
        .header('x-export-id', id)
      send(reply, planned, until)
        // The slot is released with the last byte, so that a client with the whole file can request the next.
        .finally(() => {
          unwatch()
          seat.free()
        })
        .then(
          async rows => {
            await kept.done(rows, clock.now())
            log.info({ activity: params.id, tab: params.tab, format, rows }, 'exported')
          },
          async (error: unknown) => {
            await kept.failed(error, clock.now())
            log.info({ activity: params.id, tab: params.tab, format, err: error }, 'export not finished')
          },
        )
        // If the database is unreachable, the row fails later by its missing heartbeat.
        .catch((error: unknown) => log.warn({ err: error, export: id }, 'export result not recorded'))
      return reply
    },
  )
}

/** Resolves when the last byte has left this process. Rejects if the file is incomplete. */
async function send(
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
function disposition(fileName: string): string {
  const plain = normalForm(fileName, 'NFKD')
    .replace(/[^\x20-\x7e]/g, '')
    .replace(/["\\]/g, '_')
  const real = encodeURIComponent(fileName).replace(
    /['()*]/g,
    sign => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${real}`
}
