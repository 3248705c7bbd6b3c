/** What came in and became no fact, over HTTP: how much of it there is, and each record as it came. */
import { Type } from '@fastify/type-provider-typebox'
import { problem } from '../../core/problems.ts'
import type { App, Deps } from '../platform/http/http-server.ts'
import { retryAll } from './set-aside.ts'
import {
  type After,
  countUnmatched,
  listUnmatched,
  maskNumber,
  type UnmatchedState,
  unmatchedStates,
} from './unmatched.ts'

const pageSize = 50
const dayMs = 24 * 3_600_000
const Nullable = Type.Union([Type.String(), Type.Null()])
const OfWorkspace = Type.Object({ w: Type.Integer() })

const UnmatchedView = Type.Object({
  id: Type.String({ description: 'its key in the inbox: source-seq' }),
  state: Type.String({ description: `one of: ${unmatchedStates.join(', ')}` }),
  kind: Type.String(),
  gatewayId: Type.Union([Type.Integer(), Type.Null()]),
  gateway: Nullable,
  at: Type.String({ format: 'date-time' }),
  providerId: Nullable,
  number: Type.String({ description: 'the end of the number only' }),
  tries: Type.Integer(),
  nextTryAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
  why: Nullable,
  raw: Type.String({ description: 'the record as it is kept, as JSON text' }),
})
const UnmatchedPage = Type.Object({
  counts: Type.Object(
    { unmatched: Type.Integer(), unreadable: Type.Integer(), setAside: Type.Integer() },
    { description: 'receipts without a message and unreadable deliveries of the last 24 hours; all records set aside' },
  ),
  rows: Type.Array(UnmatchedView),
  next: Nullable,
})

export async function routes(app: App, { db, clock }: Deps): Promise<void> {
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
          state: Type.Optional(Type.Union(unmatchedStates.map(state => Type.Literal(state)))),
          after: Type.Optional(Type.String({ maxLength: 60 })),
        }),
        response: { 200: UnmatchedPage },
      },
    },
    async ({ workspace, query }) => {
      const rows = await listUnmatched(db, {
        workspaceId: workspace.id,
        state: query.state as UnmatchedState | undefined,
        after: query.after === undefined ? undefined : readAfter(query.after),
        limit: pageSize + 1,
      })
      const counts = await countUnmatched(db, new Date(clock.now().getTime() - dayMs))
      const own = counts.filter(({ workspaceId }) => workspaceId === workspace.id)
      const sum = (key: 'unmatched' | 'unreadable' | 'setAside') => own.reduce((total, row) => total + row[key], 0)
      const page = rows.slice(0, pageSize)
      const last = page.at(-1)
      return {
        counts: { unmatched: sum('unmatched'), unreadable: sum('unreadable'), setAside: sum('setAside') },
        rows: page.map(({ source, seq, at, nextTryAt, body, number, ...row }) => ({
          ...row,
          id: `${source}-${seq}`,
          at: at.toISOString(),
          nextTryAt: nextTryAt?.toISOString() ?? null,
          providerId: providerIdOf(body),
          number: maskNumber(number),
          raw: JSON.stringify(body),
        })),
        next: rows.length > pageSize && last !== undefined ? `${last.at.getTime()}_${last.source}_${last.seq}` : null,
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
    async ({ workspace }) => ({ records: await retryAll(db, workspace.id) }),
  )
}

function readAfter(text: string): After {
  const found = /^(\d{1,15})_(\d{1,15})_(\d{1,15})$/.exec(text)
  if (found === null) throw problem('invalid_input', { where: 'after', what: 'is no cursor of this list' })
  return { at: new Date(Number(found[1])), source: Number(found[2]), seq: Number(found[3]) }
}

const providerIdOf = (body: unknown): string | null =>
  typeof body === 'object' && body !== null && 'providerId' in body ? String(body.providerId).slice(0, 100) : null
