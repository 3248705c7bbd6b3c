/** Routes of the report: figures, live figures, lists, exports, and the public definitions of figures. */
import { Type } from '@fastify/type-provider-typebox'
import { channelKeys } from '../../core/channels.ts'
import { problem } from '../../core/problems.ts'
import { figures, tooltipOf } from '../../core/report/figures.ts'
import type { App, Deps } from '../platform/http/http-server.ts'
import { onePage, pageQuery } from '../platform/http/page.ts'
import { chartRoutes } from './chart-routes.ts'
import { exportRoutes } from './export-routes.ts'
import { filtersIn } from './list-filters.ts'
import { listTab } from './lists.ts'
import { getReport, type Report } from './overview.ts'
import { FiguresSchema, ListSchema, OfActivity, OfTab, ReportSchema, tabFilters } from './schemas.ts'

export async function routes(app: App, deps: Deps): Promise<void> {
  reportRoutes(app, deps)
  listRoutes(app, deps)
  exportRoutes(app, deps)
  await chartRoutes(app, deps)
}

/** Public, because it contains no data of a workspace. */
export async function figureRoutes(app: App): Promise<void> {
  app.get(
    '/figures',
    {
      schema: {
        operationId: 'listFigures',
        summary: 'The definition of each figure of a report',
        tags: ['report'],
        security: [],
        querystring: Type.Object(
          {
            channel: Type.Optional(
              Type.Enum([...channelKeys], { description: 'whose words the tooltips use; default: sms' }),
            ),
          },
          { additionalProperties: false },
        ),
        response: { 200: FiguresSchema },
      },
    },
    async ({ query: { channel = 'sms' } }) =>
      onePage(
        figures.map(({ key, label, denominator, rateLabel }) => ({
          key,
          label,
          tooltip: tooltipOf(key, channel),
          denominator,
          rateLabel,
        })),
      ),
  )
}

function reportRoutes(app: App, { db, clock, live, stillAllowed }: Deps): void {
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
        summary: 'The report of an activity',
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
      // A HEAD request would never end.
      exposeHeadRoute: false,
      config: { unqueued: true },
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
      const watch = {
        key: `report ${workspace.id} ${params.id}`,
        event: 'report',
        poll: () => report(workspace.id, params.id),
        // `asOf` changes constantly, so it is not compared.
        sameness: (value: Report) => JSON.stringify({ ...value, asOf: '' }),
      }
      const { allowed } = request
      const untilEnded = (end: () => void) => stillAllowed.watch(allowed, end)
      return live.serve<Report>(request, reply, watch, { ...allowed, untilEnded })
    },
  )
}

function listRoutes(app: App, { db }: Deps): void {
  app.get(
    '/activities/:id/lists/:tab',
    {
      schema: {
        operationId: 'listReportTab',
        summary: 'The profiles of a figure, 25 per page',
        tags: ['report'],
        params: OfTab,
        querystring: Type.Object(
          {
            ...pageQuery,
            ...tabFilters,
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
      const { after, before, bots, ...filters } = query
      const asked = { after, before, bots, ...filtersIn(filters) }
      const page = await listTab(db, workspace.id, params.id, params.tab, asked)
      if (page === undefined) throw problem('not_found', { what: 'activity' })
      return { ...page, columns: [...page.columns] }
    },
  )
}
