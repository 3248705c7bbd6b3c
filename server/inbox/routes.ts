/** What came in and became no fact, over HTTP: how much of it there is, and each record as it came. */
import { Type } from '@fastify/type-provider-typebox'
import type { App, Deps } from '../platform/http/http-server.ts'
import { pageQuery, pageWith } from '../platform/http/page.ts'
import type { AnyKind } from './record-kind.ts'
import { retryAll } from './set-aside.ts'
import { countUnmatched, listUnmatched, maskNumber, unmatchedStates } from './unmatched.ts'

const pageSize = 50
const dayMs = 24 * 3_600_000
const Nullable = Type.Union([Type.String(), Type.Null()])
const OfWorkspace = Type.Object({ w: Type.Integer() })

const UnmatchedView = Type.Object({
  id: Type.String({ description: 'its key in the inbox: source-seq' }),
  state: Type.String({ description: `one of: ${unmatchedStates.join(', ')}` }),
  kind: Type.String(),
  label: Type.String({ description: 'the kind in words, such as “Delivery receipt”' }),
  gatewayId: Type.Union([Type.Integer(), Type.Null()]),
  gateway: Nullable,
  at: Type.String({ format: 'date-time' }),
  reference: Type.Union([Type.String(), Type.Null()], {
    description: 'the id that the sender gave the record: for a receipt, the id of the SMS at the gateway',
  }),
  ofInstallation: Type.Boolean({
    description: 'of no workspace, as a click whose link is not known; every workspace sees it, without its content',
  }),
  number: Type.String({ description: 'the end of the number only' }),
  tries: Type.Integer(),
  nextTryAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
  why: Nullable,
  raw: Type.Union([Type.String(), Type.Null()], {
    description:
      'the record as it is kept, as JSON text; null: of the installation, shown by `homing unmatched --json` only',
  }),
})
const UnmatchedPage = pageWith(UnmatchedView, {
  counts: Type.Object(
    { unmatched: Type.Integer(), unreadable: Type.Integer(), setAside: Type.Integer() },
    { description: 'receipts without a message and unreadable deliveries of the last 24 hours; all records set aside' },
  ),
})

export async function routes(app: App, { db, clock }: Deps, kinds: readonly AnyKind[]): Promise<void> {
  app.get(
    '/unmatched',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'listUnmatched',
        summary:
          'Receipts that match no message, deliveries that cannot be read, records that cannot be applied; the newest first',
        tags: ['operate'],
        params: OfWorkspace,
        querystring: Type.Object({
          state: Type.Optional(Type.Enum([...unmatchedStates])),
          ...pageQuery,
        }),
        response: { 200: UnmatchedPage },
      },
    },
    async ({ workspace, query: { state, ...asked } }) => {
      const page = await listUnmatched(db, {
        ...asked,
        workspaceId: workspace.id,
        state,
        kinds,
        limit: pageSize,
      })
      const counts = await countUnmatched(db, new Date(clock.now().getTime() - dayMs))
      const own = counts.filter(({ workspaceId }) => workspaceId === workspace.id || workspaceId === null)
      const sum = (key: 'unmatched' | 'unreadable' | 'setAside') => own.reduce((total, row) => total + row[key], 0)
      return {
        ...page,
        counts: { unmatched: sum('unmatched'), unreadable: sum('unreadable'), setAside: sum('setAside') },
        items: page.items.map(({ source, seq, at, nextTryAt, body, number, reference, why, workspaceId, ...row }) => ({
          ...row,
          id: `${source}-${seq}`,
          at: at.toISOString(),
          nextTryAt: nextTryAt?.toISOString() ?? null,
          ofInstallation: workspaceId === null,
          // What belongs to no workspace may be of anyone: its people are not shown to the others.
          // A reason quotes values behind its first colon (failures.ts).
          why: workspaceId === null ? (why?.split(':')[0] ?? null) : why,
          reference: workspaceId === null ? null : reference,
          number: workspaceId === null ? '' : maskNumber(number),
          raw: workspaceId === null ? null : JSON.stringify(body),
        })),
      }
    },
  )
  app.post(
    '/unmatched/retry',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'retryUnmatched',
        summary: 'Try again at once what was set aside or given up: after an upgrade, or a fault that is over',
        tags: ['operate'],
        params: OfWorkspace,
        response: { 200: Type.Object({ records: Type.Integer() }) },
      },
    },
    async ({ workspace, principal }) => ({
      records: await retryAll(db, { workspaceId: workspace.id, actor: principal.actor }, clock.now()),
    }),
  )
}
