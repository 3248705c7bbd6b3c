/** Alarms over HTTP: what a person should look at now. */
import { Type } from '@fastify/type-provider-typebox'
import { mayAct } from '../access/roles.ts'
import type { App, Deps } from '../platform/http/http-server.ts'
import { onePage, pageOf } from '../platform/http/page.ts'
import { alarmKinds, listAlarms } from './alarms.ts'

const IdOrNull = Type.Union([Type.Integer(), Type.Null()])
const AlarmView = Type.Object({
  id: Type.Integer(),
  kind: Type.String({ description: `one of: ${alarmKinds.join(', ')}` }),
  sentence: Type.String({ description: 'what is wrong' }),
  fix: Type.String({ description: 'what to do' }),
  detail: Type.String({ description: 'the same in the words of an operator; for admins' }),
  raisedAt: Type.String({ format: 'date-time' }),
  gatewayId: IdOrNull,
  activityId: IdOrNull,
})

export async function routes(app: App, { db }: Deps): Promise<void> {
  app.get(
    '/alarms',
    {
      schema: {
        operationId: 'listAlarms',
        summary: 'What prevents sending and counting now, the oldest first',
        tags: ['operate'],
        params: Type.Object({ w: Type.Integer() }),
        response: { 200: pageOf(AlarmView) },
      },
    },
    async ({ workspace }) =>
      onePage(
        (await listAlarms(db, workspace.id)).map(({ subject, raisedAt, ...alarm }) => ({
          ...alarm,
          detail: mayAct(workspace.role, 'admin')
            ? alarm.detail
            : 'Admins of this workspace see the technical details.',
          raisedAt: raisedAt.toISOString(),
          gatewayId: idIn(subject, 'gateway'),
          activityId: idIn(subject, 'activity'),
        })),
      ),
  )
}

/** "gateway 3" -> 3 */
function idIn(subject: string, what: string): number | null {
  const [word, id] = subject.split(' ')
  return word === what ? Number(id) : null
}
