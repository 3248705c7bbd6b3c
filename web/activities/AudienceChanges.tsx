/** Who has joined and who has left the people of an SMS since its audience was looked at, or since it was scheduled: numbers, and the first of them by name. */
import { Group, Stack, Text } from '@mantine/core'
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query'
import { answer, api } from '../api/client.ts'
import { ProfileLink } from '../profiles/ProfileLink.tsx'
import { nameOf } from '../profiles/queries.ts'
import { useWorkspace } from '../shell/me.ts'
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

export function AudienceChanges({ changes }: { changes: Changes | undefined }) {
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
          <People label="Who joined" people={changes.firstJoined} n={joined} />
          <People label="Who left" people={changes.firstLeft} n={left} />
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

function People({ label, people, n }: { label: string; people: Changes['firstJoined']; n: number }) {
  const workspace = useWorkspace()
  if (n === 0) return null
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
          {n > people.length && (
            <Text size="sm" component="li" c="dimmed" className="figures">
              {people.length === 0 ? count(n) : `And ${count(n - people.length)} more`}
            </Text>
          )}
        </Stack>
      </Unfold>
    </div>
  )
}

/** Of one that is scheduled: as the page opens, and when somebody comes back to it. */
export function ScheduledChanges({ activity, revision }: { activity: number; revision: number }) {
  const workspace = useWorkspace()
  const { data } = useQuery(changesQuery({ workspace: workspace.id, activity, revision, look: false }))
  return <AudienceChanges changes={data} />
}
