/**
 * What a scheduled activity will reach and cost, where nobody looked at its audience when it was scheduled: over the API, by the command line,
 * by a planned reminder. It is counted afterwards in the background, one activity at a time, so that scheduling answers at once.
 */
import { Problem } from '../../core/problems.ts'
import type { Database } from '../platform/db/database.ts'
import { int, orNull, rowsNamed, text } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'
import { countActivityAudience } from './activity-audience.ts'

export interface EstimateInput {
  db: Database
  now: () => Date
  url: string
  /** of workspaces without their own */
  linkUrl: string
  signal: AbortSignal
}

interface Uncounted {
  id: number
  workspaceId: number
  revision: number
  linkDomain: string | null
}

const uncountedRows = rowsNamed('activities-uncounted', {
  id: int,
  workspaceId: int,
  revision: int,
  linkDomain: orNull(text),
})

/** Looks for what was scheduled and not counted. What could not be counted is tried again when it has changed, or by another process. */
export class ScheduledEstimates {
  readonly #input: EstimateInput
  /** id -> the revision that could not be counted */
  readonly #failed = new Map<number, number>()

  constructor(input: EstimateInput) {
    this.#input = input
  }

  /** Returns how many were counted. Throws what is not a Problem; the activity is passed over from then on. */
  async count(): Promise<number> {
    const { db, now, url, linkUrl, signal } = this.#input
    let counted = 0
    for (const { id, workspaceId, revision, linkDomain } of await this.#find()) {
      if (signal.aborted) break
      const context = { workspaceId, actor: 'homing', url, linkUrl: linkDomain ?? linkUrl, now: now() }
      try {
        const { queued, credits } = await countActivityAudience(db, context, id, { signal })
        await db.run(sql`
          update activity_versions v set estimated_people = ${queued}, estimated_credits = ${credits}
          from activities a
          where a.id = ${id} and a.workspace_id = ${workspaceId} and a.revision = ${revision} and a.state = 'scheduled'
            and v.activity_id = a.id and v.version = a.version and v.estimated_people is null`)
        counted++
      } catch (error) {
        if (signal.aborted) break
        this.#failed.set(id, revision)
        if (!(error instanceof Problem)) throw error
      }
    }
    return counted
  }

  async #find(): Promise<Uncounted[]> {
    const found = await this.#input.db.query<Uncounted>(
      sql`select a.id, a.workspace_id as "workspaceId", a.revision, w.link_domain as "linkDomain"
        from activities a
        join workspaces w on w.id = a.workspace_id
        join activity_versions v on v.activity_id = a.id and v.version = a.version
        where a.state = 'scheduled' and a.kind <> 'test' and a.deleted_at is null and v.estimated_people is null
        order by a.send_at, a.id`,
      uncountedRows,
    )
    const open = new Set(found.map(({ id }) => id))
    for (const id of this.#failed.keys()) if (!open.has(id)) this.#failed.delete(id)
    return found.filter(({ id, revision }) => this.#failed.get(id) !== revision)
  }
}
