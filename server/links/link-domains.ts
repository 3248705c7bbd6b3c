/** The hosts at which short links of workspaces are or were: nothing else is served there. In memory, so that a click needs no query. */
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'

const refreshMs = 5_000

export interface LinkDomains {
  has(host: string): boolean
  /** Reads them again. Rejects if the database does not answer; the known ones stay. */
  load(): Promise<void>
  stop(): void
}

export function makeLinkDomains(db: Db): LinkDomains {
  let hosts: ReadonlySet<string> = new Set()
  const load = async () => {
    const rows = await db.query<{ domain: string }>(sql`select domain from link_domains`, 'link-domains')
    hosts = new Set(rows.map(({ domain }) => new URL(domain).hostname))
  }
  let loading = false
  const timer = setInterval(() => {
    if (loading) return
    loading = true
    load()
      .catch(() => {}) // again in five seconds
      .finally(() => {
        loading = false
      })
  }, refreshMs)
  timer.unref()
  return { has: host => hosts.has(host), load, stop: () => clearInterval(timer) }
}
