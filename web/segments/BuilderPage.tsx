/** The builder of segments: a new one, one that a page or an address has prepared, or a saved one. */
import { Alert, Skeleton, Stack } from '@mantine/core'
import { IconAlertCircle } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { everybody } from '../../core/segments/tree.ts'
import { paths } from '../paths.ts'
import { attributesQuery } from '../settings/queries.ts'
import { useWorkspace } from '../shell/me.ts'
import { BackLink } from '../ui/BackLink.tsx'
import { ErrorState } from '../ui/ErrorState.tsx'
import { ButtonLink } from '../ui/links.tsx'
import { Page } from '../ui/Page.tsx'
import { FrozenSegment } from './FrozenSegment.tsx'
import { readGiven } from './from.ts'
import { segmentQuery, treeOf } from './queries.ts'
import { SegmentBuilder } from './SegmentBuilder.tsx'

const newRoute = getRouteApi('/w/$workspace/segments/new')
const route = getRouteApi('/w/$workspace/segments/$segment')

export function NewSegmentPage() {
  const workspace = useWorkspace()
  const { from, name = '' } = newRoute.useSearch()
  const attributes = useQuery(attributesQuery(workspace.id))
  const given = readGiven(from)
  if (given && 'problem' in given) {
    return (
      <Page title="New segment" back={<Back />}>
        <Alert
          role="alert"
          variant="default"
          icon={<IconAlertCircle color="var(--mantine-color-error)" />}
          title="The conditions in this address cannot be used."
        >
          {given.problem} Nothing was saved or counted.{' '}
          <ButtonLink {...paths.newSegment(workspace.id)} size="compact-sm" variant="default">
            Start an empty segment
          </ButtonLink>
        </Alert>
      </Page>
    )
  }
  if (attributes.error) return <Failed error={attributes.error} onRetry={attributes.refetch} />
  if (!attributes.data) return <Loading />
  const tree = given?.tree ?? everybody
  // Another address begins another segment.
  return <SegmentBuilder key={JSON.stringify([tree, name])} start={{ name, tree }} attributes={attributes.data} />
}

export function SegmentPage() {
  const workspace = useWorkspace()
  const id = Number(route.useParams().segment)
  // The newest from the server each time the page opens; from then on the tree is the page's.
  const segment = useQuery({ ...segmentQuery(workspace.id, id), staleTime: 0, refetchOnWindowFocus: false })
  const attributes = useQuery(attributesQuery(workspace.id))
  const error = segment.error ?? attributes.error
  if (error) return <Failed error={error} onRetry={() => void segment.refetch()} />
  if (!segment.data || !attributes.data || (segment.isFetching && !segment.isFetchedAfterMount)) return <Loading />
  if (segment.data.frozen) return <FrozenSegment segment={segment.data} />
  return (
    <SegmentBuilder
      key={id}
      start={{ name: segment.data.name, tree: treeOf(segment.data) }}
      saved={segment.data}
      attributes={attributes.data}
    />
  )
}

function Back() {
  const workspace = useWorkspace()
  return <BackLink {...paths.segments(workspace.id)}>Segments</BackLink>
}

function Failed({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <Page title="Segment" back={<Back />}>
      <ErrorState error={error} onRetry={onRetry} />
    </Page>
  )
}

function Loading() {
  return (
    <Page title="Segment" back={<Back />}>
      <Stack gap="lg" aria-busy>
        <Skeleton height={90} />
        <Skeleton height={320} />
      </Stack>
    </Page>
  )
}
