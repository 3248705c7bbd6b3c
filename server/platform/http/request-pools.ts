/**
 * Over which connections does a route reach the database, and when is its turn? A route that reads has those of reads, one that changes
 * something those of writes, unless it says otherwise (`config.lane`). It waits for its turn (fair-queue.ts) before it has any; what a reader
 * no longer waits for is ended in the database too.
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
    /** Has no turn, because it lasts as long as the other side takes (an upload, a download, a stream), and limits of its own. */
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
  /** The database as routes see it: of the lane of the request that asks. */
  db: Database
  /** Routes of `app` and its children get their turns; what changes something asks `stillMay` when its turn has come. */
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
        // HEAD is made of GET.
        if (guarded.has(handler)) return
        const reads = [route.method].flat().every(method => method === 'GET' || method === 'HEAD')
        const { lane = reads ? 'reads' : 'writes', unqueued = false } = route.config ?? {}
        const turn: RouteHandlerMethod = async function turn(request, reply) {
          const run = (signal?: AbortSignal) =>
            current.run({ db: lanes[lane], signal }, async () => {
              // Since it was let in, its body may have taken minutes.
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
