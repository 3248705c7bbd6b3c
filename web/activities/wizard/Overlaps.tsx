/** Which other messages the same people get: an estimate at once, then exactly; and how to leave them out of one of the two. */
import { Anchor, List, Stack, Text } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { channels } from '../../../core/channels.ts'
import { frequencyFor, spanInWords } from '../../../core/frequency.ts'
import { answer, api } from '../../api/client.ts'
import { paths } from '../../paths.ts'
import { useBusinessClock } from '../../shell/installation.ts'
import { useWorkspace } from '../../shell/me.ts'
import { TextLink } from '../../ui/links.tsx'
import { count, plural } from '../../ui/numbers.ts'
import { Time } from '../../ui/Time.tsx'
import type { Overlaps as Counted } from '../queries.ts'
import type { Draft } from '../useDraft.ts'

type Other = Counted['others'][number]

const messageOf = (draft: Draft) => channels[draft.content.channel].words.message

function useOverlaps(draft: Draft, activity: number): Counted | undefined {
  const workspace = useWorkspace()
  const ready = draft.state.kind === 'saved' && draft.fields.sendTo.topics.length > 0
  const query = (estimate: boolean) => ({
    // Renewed with the other figures of the audience.
    queryKey: ['audience', workspace.id, activity, draft.revision, 'overlaps', estimate],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      answer(
        api.POST('/api/v1/workspaces/{w}/activities/{id}/overlaps', {
          params: { path: { w: workspace.id, id: activity } },
          body: { estimate },
          signal,
        }),
      ),
    staleTime: 10_000,
    retry: false,
  })
  const estimate = useQuery({ ...query(true), enabled: ready, placeholderData: keepPreviousData })
  // Also where the estimate has found nobody: an eighth of a few people is none.
  const some = estimate.data !== undefined && !estimate.isPlaceholderData && estimate.data.others.length > 0
  const exact = useQuery({ ...query(false), enabled: ready && some })
  return merged(estimate.data, some ? exact.data : undefined)
}

/** What could not be counted in time stays an estimate. */
function merged(estimate: Counted | undefined, exact: Counted | undefined): Counted | undefined {
  if (exact === undefined) return estimate
  const others = exact.others.map(
    other =>
      (other.people === null && estimate?.others.find(({ id, people }) => id === other.id && people !== 0)) || other,
  )
  return { ...exact, others }
}

/** `offers`: with what can be done about it. */
export function Overlaps({ draft, activity, offers = false }: { draft: Draft; activity: number; offers?: boolean }) {
  const overlaps = useOverlaps(draft, activity)
  const others = overlaps?.others.filter(({ people }) => people !== 0)
  if (!overlaps || !others || others.length === 0) return null
  return (
    <Stack gap={6}>
      <Text size="sm" fw={500}>
        Also in another {messageOf(draft)}
      </Text>
      <List size="sm" spacing={6} className="figures">
        {others.map(other => (
          <List.Item key={other.id} className="wrap-anywhere">
            <Line other={other} />
            {offers && other.people !== null && <Offer draft={draft} other={other} />}
          </List.Item>
        ))}
      </List>
      {overlaps.more > 0 && (
        <Text size="sm" c="dimmed" className="figures">
          {plural(overlaps.more, `other ${messageOf(draft)} is`, `other ${messageOf(draft)} are`)} scheduled or being
          sent, and not compared.
        </Text>
      )}
    </Stack>
  )
}

function Line({ other: { id, name, state, sendAt, people, range } }: { other: Other }) {
  const workspace = useWorkspace()
  const link = (
    <TextLink {...paths.report(workspace.id, id)} inherit underline="always">
      {name}
    </TextLink>
  )
  const when =
    state === 'scheduled' && sendAt ? (
      <>
        scheduled for <Time at={sendAt} exact />
      </>
    ) : state === 'paused' ? (
      'which is paused'
    ) : (
      'which is being sent'
    )
  if (people === null)
    return (
      <>
        “{link}”, {when}: how many of these people get it could not be counted in time.
      </>
    )
  return (
    <>
      {range && 'About '}
      {count(people)} of these people also get “{link}”, {when}.
    </>
  )
}

/** The later one of the two can leave out whom the earlier one was sent to. */
function Offer({ draft, other }: { draft: Draft; other: Other }) {
  const now = useBusinessClock()()
  const { sendTo, sendAt } = draft.fields
  const mine = sendAt ? Date.parse(sendAt) : now
  const theirs = other.sendAt ? Date.parse(other.sendAt) : now
  if (theirs > mine)
    return (
      <Text size="sm" c="dimmed">
        This one is sent first. Turn on Frequency in the other one to leave them out there.
      </Text>
    )
  const frequency = frequencyFor(mine - theirs)
  if (frequency === null) return null
  if (sendTo.frequency !== null && sendTo.frequency.hours >= frequency.hours)
    return (
      <Text size="sm" c="dimmed">
        Frequency leaves them out here when this one starts.
      </Text>
    )
  return (
    <Anchor
      component="button"
      type="button"
      size="sm"
      onClick={() => draft.change({ sendTo: { ...sendTo, frequency } })}
    >
      Leave out people who were sent another {messageOf(draft)} in the last {spanInWords(frequency)}
    </Anchor>
  )
}
