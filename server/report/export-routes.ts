/**
 * Routes of exports. A client announces an export, downloads it by a plain link, and follows or cancels it by its id. A client that needs
 * no progress downloads without announcing. An incomplete file never looks complete: its response is aborted, not ended.
 */
import { Type } from '@fastify/type-provider-typebox'
import { sorts } from '../../core/activities/sorts.ts'
import { problem } from '../../core/problems.ts'
import { mayAct } from '../access/roles.ts'
import { listFilters as activityFilters } from '../activities/list-query.ts'
import { usualCsv } from '../files/csv-style.ts'
import { mediaTypeOf } from '../files/write-listing.ts'
import type { App, Deps } from '../platform/http/http-server.ts'
import { Seats } from '../platform/http/seats.ts'
import { planActivitiesExport } from './export-activities.ts'
import { exportLimits } from './export-limits.ts'
import { segmentExportRoute } from './export-segment-route.ts'
import { type ExportOf, planExport } from './export-tab.ts'
import { announceExport, beginExport, cancelExport, type ExportView, getExport, keepExport } from './exports.ts'
import { filtersIn } from './list-filters.ts'
import {
  ExportSchema,
  FormatName,
  fileStyle,
  OfActivity,
  OfExport,
  OfTab,
  produced,
  TabName,
  tabFilters,
} from './schemas.ts'
import { disposition, send, sendAtOnce } from './send-file.ts'

export function exportRoutes(app: App, deps: Deps): void {
  const seats = new Seats(exportLimits)
  watchRoutes(app, deps)
  downloadRoute(app, deps, seats)
  activitiesRoute(app, deps, seats)
  segmentExportRoute(app, deps, seats)
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
          'Then download `…/export/{tab}?format={format}&export={id}`, with the same filters if there are any, within a minute.',
        tags: ['report'],
        params: OfActivity,
        body: Type.Object({ tab: TabName, format: FormatName, ...tabFilters }, { additionalProperties: false }),
        response: { 201: ExportSchema },
      },
    },
    async ({ workspace, params, principal, body }, reply) => {
      const { tab, format, ...filters } = body
      const of: ExportOf = { workspaceId: workspace.id, activityId: params.id, tab, ...filtersIn(filters) }
      const now = clock.now()
      const planned = await planExport(db, of, format, now)
      if (planned === undefined) throw problem('not_found', { what: 'activity' })
      const asked = { of, format, expected: planned.expected, actor: principal.actor }
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

function downloadRoute(app: App, { db, clock, log, stillAllowed }: Deps, seats: Seats): void {
  app.get(
    '/activities/:id/export/:tab',
    {
      // A HEAD request would write the whole file.
      exposeHeadRoute: false,
      config: { lane: 'exports', unqueued: true },
      schema: {
        operationId: 'exportReportTab',
        summary: 'The profiles of a tab as a file, one row per profile; columns: docs/exports.md',
        tags: ['report'],
        params: OfTab,
        querystring: Type.Object(
          {
            ...fileStyle,
            ...tabFilters,
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
        produces: produced,
      },
    },
    async ({ workspace, params, principal, query, allowed }, reply) => {
      const { format = 'csv', separator = usualCsv.separator, sepLine = usualCsv.sepLine, export: announced } = query
      const of: ExportOf = {
        workspaceId: workspace.id,
        activityId: params.id,
        tab: params.tab,
        ...filtersIn(query),
      }
      const planned = await planExport(db, of, format, clock.now(), { separator, sepLine })
      if (planned === undefined) throw problem('not_found', { what: 'activity' })
      // Before the slot is taken: an exception between taking it and sending would keep the slot indefinitely.
      const named = disposition(planned.fileName)
      const asked = { of, format, expected: planned.expected, actor: principal.actor }
      const id = announced ?? (await announceExport(db, asked, clock.now()))
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

/** A list of hundreds of rows: it is written at once, without a progress to follow. */
function activitiesRoute(app: App, deps: Deps, seats: Seats): void {
  const { db, clock } = deps
  app.get(
    '/activities/export',
    {
      exposeHeadRoute: false,
      config: { lane: 'exports', unqueued: true },
      schema: {
        operationId: 'exportActivities',
        summary: 'The list of SMS as a file, with figures and costs; columns: docs/exports.md',
        tags: ['activities'],
        params: Type.Object({ w: Type.Integer() }),
        querystring: Type.Object(
          {
            tab: Type.Optional(Type.Enum(['drafts', 'sent'])),
            ...activityFilters,
            sort: Type.Optional(Type.Enum([...sorts])),
            ...fileStyle,
          },
          { additionalProperties: false },
        ),
        produces: produced,
      },
    },
    async ({ workspace, principal, query, allowed }, reply) => {
      const {
        format = 'csv',
        separator = usualCsv.separator,
        sepLine = usualCsv.sepLine,
        tab = 'sent',
        ...list
      } = query
      const now = clock.now()
      const planned = await planActivitiesExport(db, workspace.id, { tab, ...list }, format, now, {
        separator,
        sepLine,
      })
      const act = { action: 'activity.export_list', subject: 'activities', details: { format, rows: planned.expected } }
      await sendAtOnce(deps, seats, { reply, planned, format, act, workspaceId: workspace.id, principal, allowed, now })
      return reply
    },
  )
}
