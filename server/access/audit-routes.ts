/** Who did what in the workspace. */
import { Type } from '@fastify/type-provider-typebox'
import type { App, Deps } from '../platform/http/http-server.ts'
import { pageOf, pageQuery } from '../platform/http/page.ts'
import { listAudit } from './audit.ts'
import { ownsInstallation } from './principal.ts'

const Nullable = Type.Union([Type.String(), Type.Null()])
const AuditRow = Type.Object({
  id: Type.Integer(),
  at: Type.String({ format: 'date-time' }),
  actor: Type.String({ description: '"user ID", "key ID", "command line", "homing" or "nobody"' }),
  actorName: Nullable,
  action: Type.String({ description: 'as in "member.change"' }),
  subject: Type.String({ description: 'as in "activity 12"' }),
  subjectName: Nullable,
  details: Type.Record(Type.String(), Type.Unknown()),
})

const timeOf = (text: string | undefined) => (text === undefined ? undefined : new Date(text))

export function auditRoutes(app: App, { db }: Deps): void {
  app.get(
    '/audit',
    {
      config: { role: 'admin', peopleOnly: true },
      schema: {
        operationId: 'listAudit',
        summary: 'Who did what: acts in the workspace, and sign-ins and accounts of its members, newest first',
        tags: ['access'],
        params: Type.Object({ w: Type.Integer() }),
        querystring: Type.Object(
          {
            kind: Type.Optional(Type.String({ maxLength: 40, description: 'what is before the point of an action' })),
            action: Type.Optional(Type.String({ maxLength: 80, description: 'one action, such as "member.change"' })),
            actor: Type.Optional(Type.String({ maxLength: 100 })),
            since: Type.Optional(Type.String({ format: 'date-time', description: 'from then on' })),
            until: Type.Optional(Type.String({ format: 'date-time', description: 'before then' })),
            ...pageQuery,
          },
          { additionalProperties: false },
        ),
        response: { 200: pageOf(AuditRow) },
      },
    },
    async ({ workspace, query, principal }) =>
      listAudit(db, {
        ...query,
        since: timeOf(query.since),
        until: timeOf(query.until),
        workspaceId: workspace.id,
        all: await ownsInstallation(db, principal),
      }),
  )
}
