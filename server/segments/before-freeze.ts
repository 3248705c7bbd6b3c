/**
 * Which activities still have to find their people, and what do these name? Each activity whose people are not written yet: a draft, a scheduled
 * one, one that is starting, and one that is paused or has failed before its start. It names what its Send to names; from scheduling on also what
 * its frozen version names, whatever has become of the segments since. A request that deletes or renames
 * something that can be named is checked by this.
 */
import { statesBeforeStart } from '../../core/activities/states.ts'
import { type Sql, sql } from '../platform/db/sql.ts'

/**
 * Activities `a`, each with the version `v` by which it starts; a draft gets a new one when it is scheduled. A cancelled activity never starts
 * again, and a failed one has sent nothing.
 */
export const fromBeforeFreeze = (workspaceId: number): Sql =>
  sql`from activities a left join activity_versions v on v.activity_id = a.id and v.version = a.version and a.state <> 'draft'
    where a.workspace_id = ${workspaceId} and a.kind = 'sending' and a.deleted_at is null and a.frozen_at is null
      and a.state = any(${['draft', ...statesBeforeStart]}::text[])`

/** The frozen tree of `v` has a node for which this JSON path filter holds. */
export const inFrozenTree = (filter: string, vars: Readonly<Record<string, unknown>>): Sql =>
  sql`jsonb_path_exists(v.settings, ${`$.sendTo.selection.tree.**.items[*] ? (${filter})`}::jsonpath, ${JSON.stringify(vars)}::jsonb)`
