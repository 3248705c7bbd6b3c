/** The report by HTTP: figures, live figures, lists, exports; and, for anybody, what each figure means. */
import { PassThrough } from 'node:stream'
import { Type } from '@fastify/type-provider-typebox'
import { problem } from '../../core/problems.ts'
import { figures } from '../../core/report/figures.ts'
import { audit } from '../access/audit.ts'
import type { App, Deps } from '../platform/http.ts'
import { chartRoutes } from './chart-routes.ts'
import { planExport } from './export.ts'
import { listTab } from './lists.ts'
import { getReport, type Report } from './overview.ts'
import { FiguresSchema, ListSchema, ReportSchema, TabName } from './schemas.ts'

const OfActivity = Type.Object({
  w: Type.Integer(),
  id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
})
const OfTab = Type.Object({ ...OfActivity.properties, tab: TabName })

/** Each export holds a connection as long as its reader takes: more than these of one process wait for nobody. */
const EXPORTS_AT_ONCE = 2

export async function routes(app: App, deps: Deps): Promise<void> {
  reportRoutes(app, deps)
  listRoutes(app, deps)
  exportRoutes(app, deps)
  await chartRoutes(app, deps)
}

/** Public: no workspace in it. */
export async function figureRoutes(app: App): Promise<void> {
  app.get(
    '/figures',
    {
      schema: {
        operationId: 'listFigures',
        summary: 'What each figure of a report means',
        tags: ['report'],
        security: [],
        response: { 200: FiguresSchema },
      },
    },
    async () =>
      figures.map(({ key, label, tooltip, denominator, rateLabel }) => ({
        key,
        label,
        tooltip,
        denominator,
        rateLabel,
      })),
  )
}

function reportRoutes(app: App, { db, clock, live }: Deps): void {
  const report = async (workspaceId: number, activityId: number): Promise<Report> => {
    const found = await getReport(db, workspaceId, activityId, clock.now())
    if (found === undefined) throw problem('not_found', { what: 'activity' })
    return found
  }
  app.get(
    '/activities/:id/report',
    {
      schema: {
        operationId: 'getReport',
        summary: 'What an activity has done so far',
        tags: ['report'],
        params: OfActivity,
        response: { 200: ReportSchema },
      },
    },
    async ({ workspace, params }) => report(workspace.id, params.id),
  )
  app.get(
    '/activities/:id/live',
    {
      schema: {
        operationId: 'watchReport',
        summary: 'The report whenever it changes, as Server-Sent Events of the name "report"',
        tags: ['report'],
        params: OfActivity,
        produces: ['text/event-stream'],
      },
    },
    async (request, reply) => {
      const { workspace, params } = request
      return live.serve<Report>(request, reply, {
        key: `report ${workspace.id} ${params.id}`,
        event: 'report',
        poll: () => report(workspace.id, params.id),
        // The time it is as of moves by itself.
        sameness: value => JSON.stringify({ ...value, asOf: '' }),
      })
    },
  )
}

function listRoutes(app: App, { db }: Deps): void {
  app.get(
    '/activities/:id/lists/:tab',
    {
      schema: {
        operationId: 'listReportTab',
        summary: 'The profiles behind a figure, 25 a page',
        tags: ['report'],
        params: OfTab,
        querystring: Type.Object(
          {
            after: Type.Optional(Type.String({ maxLength: 200, description: '`next` of the page before' })),
            search: Type.Optional(
              Type.String({ maxLength: 200, description: 'how the number, e-mail, name, last name or key begins' }),
            ),
            link: Type.Optional(Type.Integer({ minimum: 1, description: 'clicks: who clicked this link' })),
            bots: Type.Optional(
              Type.Boolean({ description: 'clicks: also the profiles whose links only suspected bots visited' }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 200: ListSchema },
      },
    },
    async ({ workspace, params, query }) => {
      const { after, search, link, bots } = query
      const page = await listTab(db, workspace.id, params.id, params.tab, {
        after: after || undefined,
        search,
        linkId: link,
        bots,
      })
      if (page === undefined) throw problem('not_found', { what: 'activity' })
      return { ...page, columns: [...page.columns] }
    },
  )
}

function exportRoutes(app: App, { db, clock, log }: Deps): void {
  let running = 0
  app.get(
    '/activities/:id/export/:tab',
    {
      schema: {
        operationId: 'exportReportTab',
        summary: 'All profiles of a tab as a file: CSV in UTF-8 with BOM, one row a profile',
        tags: ['report'],
        params: OfTab,
        querystring: Type.Object({ format: Type.Optional(Type.Enum(['csv'])) }, { additionalProperties: false }),
        produces: ['text/csv'],
      },
    },
    async ({ workspace, params, principal }, reply) => {
      const planned = await planExport(db, workspace.id, params.id, params.tab)
      if (planned === undefined) throw problem('not_found', { what: 'activity' })
      if (running >= EXPORTS_AT_ONCE) throw problem('too_many_exports', { limit: EXPORTS_AT_ONCE })
      await audit(
        db,
        {
          workspaceId: workspace.id,
          actor: principal.actor,
          action: 'activity.export',
          subject: `activity ${params.id}`,
          details: { tab: params.tab },
        },
        clock.now(),
      )
      running++
      const out = new PassThrough()
      // Who goes away before the first byte ends it too.
      reply.raw.once('close', () => out.destroy())
      planned
        .write(out)
        .then(
          ({ rows }) => {
            out.end()
            log.info({ activity: params.id, tab: params.tab, rows }, 'exported')
          },
          (error: Error) => out.destroy(error),
        )
        .finally(() => running--)
      return reply
        .header('content-type', 'text/csv; charset=utf-8')
        .header('content-disposition', disposition(planned.fileName))
        .header('x-content-type-options', 'nosniff')
        .send(out)
    },
  )
}

/** RFC 6266: a plain name for old readers, the real one beside it. */
function disposition(fileName: string): string {
  const plain = fileName
    .normalize('NFKD')
    .replace(/[^\x20-\x7e]/g, '')
    .replace(/["\\]/g, '_')
  const real = encodeURIComponent(fileName).replace(
    /['()*]/g,
    sign => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${real}`
}
