/** The names of what trees name, for their sentences: read once for all trees of a page. */
import { useQuery } from '@tanstack/react-query'
import { countryName } from '../../core/country-names.ts'
import type { Names } from '../../core/segments/clauses.ts'
import { referencesOf } from '../../core/segments/references.ts'
import { conditionsOf, type SegmentTree } from '../../core/segments/tree.ts'
import { gatewaysQuery, topicsQuery } from '../settings/queries.ts'
import { useWorkspace } from '../shell/me.ts'
import { namesQuery, segmentsQuery } from './queries.ts'

export interface KnownNames extends Names {
  /** of the activities that the trees name, and of links that they name */
  links: readonly { id: number; activityId: number; url: string }[]
  /** A name may still be missing because it is being read. */
  isLoading: boolean
}

const nameIn = (rows: readonly { id: number; name: string }[] | undefined, id: number) =>
  rows?.find(row => row.id === id)?.name

const mostNamed = 2000

export function useNames(trees: readonly SegmentTree[]): KnownNames {
  const workspace = useWorkspace()
  const topics = useQuery(topicsQuery(workspace.id))
  const segments = useQuery(segmentsQuery(workspace.id))
  const asksGateways = trees.some(tree =>
    [...conditionsOf(tree)].some(({ condition }) => condition.kind === 'event' && condition.where?.gateways),
  )
  const gateways = useQuery({ ...gatewaysQuery(workspace.id), refetchInterval: false, enabled: asksGateways })
  const references = trees.flatMap(referencesOf)
  const idsOf = (kind: string) =>
    [...new Set(references.filter(reference => reference.kind === kind).map(({ ref }) => Number(ref)))]
      .toSorted((a, b) => a - b)
      .slice(0, mostNamed)
  const named = useQuery(namesQuery(workspace.id, idsOf('activity'), idsOf('link')))
  return {
    topic: id => nameIn(topics.data, id),
    segment: id => nameIn(segments.data, id),
    gateway: id => nameIn(gateways.data, id),
    activity: id => nameIn(named.data?.activities, id),
    link: id => named.data?.links.find(link => link.id === id)?.url,
    country: countryName,
    links: named.data?.links ?? [],
    isLoading: topics.isLoading || segments.isLoading || named.isLoading || gateways.isLoading,
  }
}
