/**
 * Gives each request its database pool and its turn. A route that reads uses the pool of reads, one that changes something the pool of writes,
 * unless it says otherwise (`config.lane`). A request waits for its turn (fair-queue.ts) without a connection. When the client of a read
 * disconnects, its statement ends in the database too.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { FastifyRequest, RouteHandlerMethod } from 'fastify'
import type { Database } from '../db/database.ts'
import type { Lanes } from '../db/pools.ts'
import { type Requester, type TurnLimits, Turns } from '../fair-queue.ts'
import { abortOnDisconnect } from './abort-on-disconnect.ts'
import type { App } from './http-server.ts'

export type RequestLane = 'reads' | 'writes' | 'counts' | 'exports'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Default: reads for GET, else writes. */
    lane?: RequestLane
    /** Takes no turn, because it lasts as long as the client takes (upload, download, stream); it has its own limits. */
    unqueued?: boolean
  }
}

const limits: Readonly<Record<RequestLane, TurnLimits>> = {
  reads: { atWork: 4, atWorkEach: 3, waiting: 400, waitingEach: 200, waitMs: 10_000 },
  writes: { atWork: 3, atWorkEach: 2, waiting: 200, waitingEach: 100, waitMs: 5_000 },
  counts: { atWork: 2, atWorkEach: 2, waiting: 40, waitingEach: 40, waitMs: 60_000 },
  exports: { atWork: 4, atWorkEach: 3, waiting: 40, waitingEach: 20, waitMs: 10_000 },
}

interface Under {
  db: Database
  signal: AbortSignal | undefined
}

export interface RequestLanes {
  /** The database for routes: the pool of the current request's lane. */
  db: Database
  /** Routes of `app` and its children take turns; a change checks `stillMay` when its turn comes. */
  guard(
    app: App,
    requesterOf: (request: FastifyRequest) => Requester,
    stillMay: (request: FastifyRequest) => Promise<void>,
  ): void
}

export function makeRequestLanes(lanes: Lanes): RequestLanes {
  const current = new AsyncLocalStorage<Under>()
  const db = () => current.getStore()?.db ?? lanes.writes
  const turns = new Map((Object.keys(limits) as RequestLane[]).map(lane => [lane, new Turns(limits[lane])]))
  const guarded = new WeakSet<RouteHandlerMethod>()
  return {
    db: {
      query: (statement, name) => db().query(statement, name, current.getStore()?.signal),
      run: (statement, name) => db().run(statement, name),
      get max() {
        return db().max
      },
      tx: work => db().tx(work),
      connect: () => db().connect(),
      end: async () => {},
    },
    guard(app, requesterOf, stillMay) {
      app.addHook('onRoute', route => {
        const { handler } = route
        // Fastify derives HEAD from GET.
        if (guarded.has(handler)) return
        const reads = [route.method].flat().every(method => method === 'GET' || method === 'HEAD')
        const { lane = reads ? 'reads' : 'writes', unqueued = false } = route.config ?? {}
        const turn: RouteHandlerMethod = async function turn(request, reply) {
          const run = (signal?: AbortSignal) =>
            current.run({ db: lanes[lane], signal }, async () => {
              // Its body may have taken minutes since it was authorized.
              if (!reads) await stillMay(request)
              return handler.call(this, request, reply)
            })
          if (unqueued) return run()
          const wanted = abortOnDisconnect(reply)
          return turns.get(lane)?.run(requesterOf(request), () => run(reads ? wanted : undefined), wanted)
        }
        guarded.add(turn)
        route.handler = turn
      })
    },
  }
}
