/**
 * Rechecks access during long responses, every few seconds: a revoked key, a removed member and an ended session lose the response in progress
 * too, in every process. One check serves all that the same principal has open.
 */
import type { Requester } from '../fair-queue.ts'

export interface Allowed extends Requester {
  /** differs if one check cannot answer for another: another session of the same person */
  key: string
  /** Rejects if the database does not answer: nothing ends then. */
  check(): Promise<boolean>
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Whether the principal may still do what this request does; on routes under /workspaces/:w. */
    allowed: Allowed
  }
}

export interface StillAllowed {
  /** `end` is called once when access is lost. Call the returned function when the response is over. */
  watch(allowed: Allowed, end: () => void): () => void
}

interface Watched {
  check: () => Promise<boolean>
  ends: Set<() => void>
}

const lookMs = 3_000

export function makeStillAllowed(everyMs = lookMs): StillAllowed {
  const watched = new Map<string, Watched>()
  let timer: NodeJS.Timeout | undefined
  const look = async () => {
    for (const [key, { check, ends }] of [...watched]) {
      if (await check().catch(() => true)) continue
      watched.delete(key)
      for (const end of ends) end()
    }
    plan()
  }
  const plan = () => {
    timer = watched.size === 0 ? undefined : setTimeout(() => void look(), everyMs).unref()
  }
  return {
    watch({ key, check }, end) {
      const entry = watched.get(key) ?? { check, ends: new Set() }
      watched.set(key, entry)
      entry.ends.add(end)
      if (timer === undefined) plan()
      return () => {
        entry.ends.delete(end)
        if (entry.ends.size === 0 && watched.get(key) === entry) watched.delete(key)
      }
    },
  }
}
