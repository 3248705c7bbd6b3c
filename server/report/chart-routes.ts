/** Routes of curves, breakdowns and comparisons. */
import { Type } from '@fastify/type-provider-typebox'
import { problem } from '../../core/problems.ts'
import { mostCompared } from '../../core/report/curves.ts'
import type { App, Deps } from '../platform/http/http-server.ts'
import { getBreakdowns } from './breakdowns.ts'
import { BreakdownsSchema, ComparisonSchema, CurvesSchema, PastSchema, SpanName } from './chart-schemas.ts'
import { compareActivities } from './compare.ts'
import { getPast } from './past.ts'
import { getCurves } from './series.ts'

const OfActivity = Type.Object({
  w: Type.Integer(),
  id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
})

export async function chartRoutes(app: App, { db, clock }: Deps): Promise<void> {
  app.get(
    '/activities/:id/series',
    {
      schema: {
        operationId: 'getReportSeries',
        summary: 'The figures of an activity over the time since sending, in at most 120 points',
        tags: ['report'],
        params: OfActivity,
        querystring: Type.Object({ span: Type.Optional(SpanName) }, { additionalProperties: false }),
        response: { 200: CurvesSchema },
      },
    },
    async ({ workspace, params, query }) => {
      const found = await getCurves(db, workspace.id, params.id, clock.now(), query.span)
      if (found === undefined) throw problem('not_found', { what: 'activity' })
      return found
    },
  )
  app.get(
    '/activities/:id/breakdowns',
    {
      schema: {
        operationId: 'getReportBreakdowns',
        summary: 'Delivery by country, gateway and error, delivery times, and clicks by device',
        tags: ['report'],
        params: OfActivity,
        response: { 200: BreakdownsSchema },
      },
    },
    async ({ workspace, params }) => {
      const found = await getBreakdowns(db, workspace.id, params.id, clock.now())
      if (found === undefined) throw problem('not_found', { what: 'activity' })
      return found
    },
  )
  app.get(
    '/activities/:id/past',
    {
      schema: {
        operationId: 'getPastRates',
        summary: 'The usual rates of the workspace: medians of the last ten activities before this one',
        tags: ['report'],
        params: OfActivity,
        response: { 200: PastSchema },
      },
    },
    async ({ workspace, params }) => {
      const found = await getPast(db, workspace.id, params.id, clock.now())
      if (found === undefined) throw problem('not_found', { what: 'activity' })
      return found
    },
  )
  app.get(
    '/activities/compare',
    {
      schema: {
        operationId: 'compareActivities',
        summary: 'Several activities, each counted up to the same time since sending',
        tags: ['report'],
        params: Type.Object({ w: Type.Integer() }),
        querystring: Type.Object(
          {
            ids: Type.String({
              maxLength: 200,
              pattern: '^[1-9][0-9]{0,14}(,[1-9][0-9]{0,14})*$',
              description: `1 to ${mostCompared} ids of activities: 1,2,3`,
            }),
            span: Type.Optional(SpanName),
          },
          { additionalProperties: false },
        ),
        response: { 200: ComparisonSchema },
      },
    },
    async ({ workspace, query }) => {
      const ids = [...new Set(query.ids.split(',').map(Number))]
      if (ids.length > mostCompared)
        throw problem('invalid_input', { where: 'ids', what: `has more than ${mostCompared} activities` })
      return compareActivities(db, workspace.id, ids, clock.now(), query.span)
    },
  )
}
