/** The members of a saved segment as a file, live or frozen, within the limits of all exports. */
import { Type } from '@fastify/type-provider-typebox'
import { usualCsv } from '../files/csv-style.ts'
import type { App, Deps } from '../platform/http/http-server.ts'
import type { Seats } from '../platform/http/seats.ts'
import { planMembersExport } from '../segments/export-segment.ts'
import { getSegment, treeOf } from '../segments/saved.ts'
import { fileStyle, produced } from './schemas.ts'
import { sendAtOnce } from './send-file.ts'

export function segmentExportRoute(app: App, deps: Deps, seats: Seats): void {
  const { db, clock } = deps
  app.get(
    '/segments/:id/export',
    {
      // A HEAD request would write the whole file.
      exposeHeadRoute: false,
      config: { lane: 'exports', unqueued: true },
      schema: {
        operationId: 'exportSegment',
        summary: 'The profiles that are in a segment now as a file, one row per profile; columns: docs/exports.md',
        tags: ['segments'],
        params: Type.Object({ w: Type.Integer(), id: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }) }),
        querystring: Type.Object(fileStyle, { additionalProperties: false }),
        produces: produced,
      },
    },
    async ({ workspace, params, principal, query, allowed }, reply) => {
      const { format = 'csv', separator = usualCsv.separator, sepLine = usualCsv.sepLine } = query
      const now = clock.now()
      const segment = await getSegment(db, workspace.id, params.id)
      const write = await planMembersExport(
        db,
        { name: segment.name, tree: treeOf(segment) },
        { workspaceId: workspace.id, now },
        format,
        { separator, sepLine },
      )
      const planned = { fileName: fileNameOf(segment.name, format), expected: null, write }
      const act = { action: 'segment.export', subject: `segment ${segment.id}`, details: { format } }
      await sendAtOnce(deps, seats, { reply, planned, format, act, workspaceId: workspace.id, principal, allowed, now })
      return reply
    },
  )
}

/** Without characters that a file system refuses. */
const fileNameOf = (name: string, format: string) =>
  `${[...name.replace(/[^\p{L}\p{N} ._-]/gu, '_')].slice(0, 100).join('')}.${format}`
