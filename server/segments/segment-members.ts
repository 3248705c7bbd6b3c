/** Who is in a segment: how many, which, and why somebody is or is not. All of it from the one condition of compile.ts. */
import { type Estimate, estimateCount, sampledBuckets, sampledShare } from '../../core/audience/sample.ts'
import { problem } from '../../core/problems.ts'
import { nodesOf, type SegmentTree } from '../../core/segments/tree.ts'
import { bucketsFrom, everyBucket } from '../platform/db/buckets.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { eachRow } from '../platform/db/each-row.ts'
import { join, raw, type Sql, sql } from '../platform/db/sql.ts'
import { cursorOf } from '../platform/http/cursor.ts'
import { type Page, type PageRequest, stretchOf, turnPage } from '../platform/http/page.ts'
import { type CompiledSegment, compile, compileNodes } from './compile.ts'
import { type Asking, readTreeSurroundings } from './surroundings.ts'

export interface SegmentCount {
  n: number
  /** null: exact. Else the truth lies within these, 19 times of 20. */
  range: Estimate | null
  /** business time */
  asOf: Date
}

/** Of the profiles of a workspace, those for whom the condition holds. */
export function membersIn(workspaceId: number, condition: CompiledSegment, buckets: Sql = everyBucket): Sql {
  return sql`from profiles p where p.workspace_id = ${workspaceId} and p.bucket = ${buckets} and p.erased_at is null and (${condition(buckets)})`
}

/**
 * The planner estimates each join of people and facts at 1/256 of its rows, since the bucket follows from the id. From the second join on it
 * would probe an index for each person, which takes three times as long as a hash.
 */
export const segmentSettings = {
  enable_nestloop: 'off',
  work_mem: '64MB',
  jit: 'off',
  max_parallel_workers_per_gather: '0',
}

/** A sample with fewer says little, and rare members are quickly counted. */
const leastInSample = 100

/** Rejects with the signal's reason where that is aborted: the statement has ended by then. */
export async function countMembers(
  db: Database,
  tree: SegmentTree,
  asking: Asking,
  { sampled = false, signal }: { sampled?: boolean; signal?: AbortSignal } = {},
): Promise<SegmentCount> {
  const condition = compile(tree, await readTreeSurroundings(db, tree, asking))
  const counted = async (parts: readonly Sql[]) => {
    let n = 0
    const statements = parts.map(
      buckets => sql`select count(*)::bigint as n ${membersIn(asking.workspaceId, condition, buckets)}`,
    )
    await eachRow<{ n: number }>(db, statements, row => (n += row.n), {
      ...(signal && { signal }),
      settings: segmentSettings,
    })
    return n
  }
  if (sampled) {
    const n = await counted([bucketsFrom(0, sampledBuckets - 1)])
    if (n >= leastInSample) {
      const range = estimateCount(n, sampledShare)
      return { n: range.value, range, asOf: asking.now }
    }
  }
  return { n: await counted([bucketsFrom(0, 127), bucketsFrom(128)]), range: null, asOf: asking.now }
}

export interface SegmentMember {
  profileId: number
  externalKey: string | null
  firstName: string | null
  lastName: string | null
  phone: string | null
  email: string | null
  country: string | null
}

const cursor = cursorOf('segment-members', { bucket: 'id', profileId: 'id' })
const keyOf = ({ profileId }: { profileId: number }) => ({ bucket: profileId & 255, profileId })

/** In the order of the keys: a page reads about as many profiles as it takes to find its rows. */
export async function listSegmentMembers(
  db: Db,
  tree: SegmentTree,
  asking: Asking,
  { limit, ...request }: PageRequest & { limit: number },
): Promise<Page<SegmentMember>> {
  const condition = compile(tree, await readTreeSurroundings(db, tree, asking))
  const { read, ...cursors } = await turnPage(
    cursor,
    request,
    async (from, backwards) => {
      const beyond =
        from === undefined
          ? raw('true')
          : sql`(p.bucket, p.profile_id) ${raw(backwards ? '<' : '>')} (${from.bucket}::int, ${from.profileId}::bigint)`
      const way = raw(backwards ? 'desc' : 'asc')
      const rows = await db.query<SegmentMember>(sql`
        select p.profile_id as "profileId", p.external_key as "externalKey", p.first_name as "firstName", p.last_name as "lastName",
          p.phone, p.email, p.country ${membersIn(asking.workspaceId, condition)} and ${beyond}
        order by p.bucket ${way}, p.profile_id ${way} limit ${limit + 1}`)
      return stretchOf(rows, limit, backwards, keyOf)
    },
    keyOf,
  )
  return { items: read.rows, ...cursors, total: null }
}

/** Each node of the tree by its place, and whether it holds for the person. */
export async function explainMember(
  db: Db,
  tree: SegmentTree,
  asking: Asking,
  profileId: number,
): Promise<{ isMember: boolean; nodes: { where: string; holds: boolean }[] }> {
  const surroundings = await readTreeSurroundings(db, tree, asking)
  const bucket = sql`any(array[${profileId & 255}::int])`
  const nodes = [...nodesOf(tree.root)]
  const conditions = compileNodes(
    nodes.map(({ node }) => node),
    surroundings,
    bucket,
  )
  const [row] = await db.query<{ holds: boolean[] }>(
    sql`select array[${join(
      conditions.map(condition => sql`(${condition}) is true`),
      ', ',
    )}] as holds from profiles p
      where p.bucket = ${profileId & 255} and p.profile_id = ${profileId} and p.workspace_id = ${asking.workspaceId} and p.erased_at is null`,
  )
  if (row === undefined) throw problem('not_found', { what: 'profile' })
  return {
    isMember: row.holds[0] ?? false,
    nodes: nodes.map(({ where }, i) => ({ where, holds: row.holds[i] ?? false })),
  }
}
