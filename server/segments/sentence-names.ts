/** The names that the sentences of definitions need, read once for all of them. */
import { countryName } from '../../core/country-names.ts'
import type { Names } from '../../core/segments/clauses.ts'
import { referencesOf } from '../../core/segments/references.ts'
import type { SegmentTree } from '../../core/segments/tree.ts'
import { isVisible } from '../messages/visible.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { namesOfSegments } from './saved.ts'

interface Named {
  id: number
  name: string
}

/** Of this workspace; what is gone has no name. */
export async function readNames(db: Db, workspaceId: number, trees: readonly SegmentTree[]): Promise<Names> {
  const references = trees.flatMap(referencesOf)
  const idsOf = (kind: string) => [
    ...new Set(references.filter(reference => reference.kind === kind).map(({ ref }) => Number(ref))),
  ]
  const named = async (ids: readonly number[], read: () => Promise<Named[]>) =>
    new Map(ids.length === 0 ? [] : (await read()).map(({ id, name }) => [id, name]))
  const [activityIds, linkIds] = [idsOf('activity'), idsOf('link')]
  const topics = await named(idsOf('topic'), () =>
    db.query<Named>(sql`select id, name from topics where workspace_id = ${workspaceId}`),
  )
  const gateways = await db.query<Named>(sql`select id, name from gateways where workspace_id = ${workspaceId}`)
  const segments = await namesOfSegments(db, workspaceId, idsOf('segment'))
  const activities = await named(activityIds, () =>
    db.query<Named>(
      sql`select a.id, a.name from activities a where a.workspace_id = ${workspaceId} and a.id = any(${activityIds}::bigint[]) and ${isVisible}`,
    ),
  )
  const links = await named(linkIds, () =>
    db.query<Named>(
      sql`select l.id, l.url as name from links l join activities a on a.id = l.activity_id
        where a.workspace_id = ${workspaceId} and l.id = any(${linkIds}::bigint[]) and l.kind = 'link' and ${isVisible}`,
    ),
  )
  const gatewayNames = new Map(gateways.map(({ id, name }) => [id, name]))
  return {
    topic: id => topics.get(id),
    activity: id => activities.get(id),
    link: id => links.get(id),
    segment: id => segments.get(id),
    gateway: id => gatewayNames.get(id),
    country: countryName,
  }
}
