/** Who has joined and who has left the people of an SMS since its audience was looked at, or since it was scheduled: numbers, and all of them by name. */
import { Button, Group, Stack, Text } from '@mantine/core'
import { keepPreviousData, queryOptions, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { answer, api } from '../api/client.ts'
import { ProfileLink } from '../profiles/ProfileLink.tsx'
import { nameOf } from '../profiles/queries.ts'
import { useWorkspace } from '../shell/me.ts'
import { ErrorState } from '../ui/ErrorState.tsx'
import { count, plural } from '../ui/numbers.ts'
import { Time } from '../ui/Time.tsx'
import { Unfold } from '../ui/Unfold.tsx'
import type { AudienceChanges as Changes } from './queries.ts'

interface Asked {
  workspace: number
  activity: number
  revision: number
  /** remember who would get it now, where nothing is remembered yet */
  look: boolean
}

export function changesQuery({ workspace, activity, revision, look }: Asked) {
  const path = `/api/v1/workspaces/{w}/activities/{id}/${look ? 'look' : 'changes'}` as const
  return queryOptions({
    // Renewed with the other figures of the audience.
    queryKey: ['audience', workspace, activity, revision, path],
    queryFn: ({ signal }) =>
      answer(api.POST(path, { params: { path: { w: workspace, id: activity } }, body: {}, signal })),
    staleTime: 30_000,
    retry: false,
    placeholderData: keepPreviousData,
  })
}

interface Props {
  changes: Changes | undefined
  activity: number
}

export function AudienceChanges({ changes, activity }: Props) {
  if (!changes || changes.since === null) return null
  const { since, joined, left } = changes
  const when = since.kind === 'scheduled' ? 'it was scheduled' : 'these people were looked at'
  return (
    <Stack gap={6}>
      <Text size="sm" className="figures">
        {joined + left === 0 ? 'Nobody joined or left' : inWords(joined, left)} since {when},{' '}
        <Time at={since.at} exact />.
      </Text>
      {joined + left > 0 && (
        <Group gap="xs" align="flex-start">
          <People activity={activity} side="joined" people={changes.firstJoined} n={joined} />
          <People activity={activity} side="left" people={changes.firstLeft} n={left} />
        </Group>
      )}
    </Stack>
  )
}

function inWords(joined: number, left: number): string {
  const came = `${plural(joined, 'person', 'people')} joined`
  if (left === 0) return came
  return joined === 0 ? `${plural(left, 'person', 'people')} left` : `${came} and ${count(left)} left`
}

const shownMore = 200
const noPage: string | null = null

interface SideProps {
  activity: number
  side: 'joined' | 'left'
  /** the first of them */
  people: Changes['firstJoined']
  n: number
}

function People({ activity, side, people: first, n }: SideProps) {
  const workspace = useWorkspace()
  const [more, setMore] = useState(false)
  const pages = useInfiniteQuery({
    queryKey: ['audience', workspace.id, activity, 'changed', side],
    queryFn: ({ pageParam, signal }) =>
      answer(
        api.GET('/api/v1/workspaces/{w}/activities/{id}/changes', {
          params: {
            path: { w: workspace.id, id: activity },
            query: { side, limit: shownMore, ...(pageParam !== null && { after: pageParam }) },
          },
          signal,
        }),
      ),
    initialPageParam: noPage,
    getNextPageParam: page => page.next,
    enabled: more,
    retry: false,
  })
  if (n === 0) return null
  const label = side === 'joined' ? 'Who joined' : 'Who left'
  const read = pages.data?.pages
  const people = read?.flatMap(page => page.items) ?? first
  // Erased people are not named: what is left is what the pages still hold.
  const isMore = read === undefined ? n > first.length : pages.hasNextPage
  return (
    <div style={{ maxWidth: '100%' }}>
      <Unfold label={label}>
        <Stack gap={4} component="ul" m={0} p={0} aria-label={label} style={{ listStyle: 'none' }}>
          {people.map(person => (
            <Text key={person.profileId} size="sm" component="li">
              <ProfileLink workspace={workspace.id} id={person.profileId}>
                {nameOf(person)}
              </ProfileLink>
            </Text>
          ))}
          {isMore && (
            <Text size="sm" component="li" c="dimmed" className="figures">
              {people.length === 0 ? count(n) : `And ${count(n - people.length)} more`}
            </Text>
          )}
        </Stack>
        {pages.error && <ErrorState error={pages.error} onRetry={() => pages.refetch()} />}
        {isMore && (
          <Button
            size="xs"
            variant="default"
            mt={6}
            loading={pages.isFetching}
            onClick={() => (more ? void pages.fetchNextPage() : setMore(true))}
          >
            Show more
          </Button>
        )}
      </Unfold>
    </div>
  )
}

/** Of one that is scheduled: as the page opens, and when somebody comes back to it. */
export function ScheduledChanges({ activity, revision }: { activity: number; revision: number }) {
  const workspace = useWorkspace()
  const { data } = useQuery(changesQuery({ workspace: workspace.id, activity, revision, look: false }))
  return <AudienceChanges changes={data} activity={activity} />
}
