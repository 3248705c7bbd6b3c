/** Which people of the topics: those in segments and with tags, and those who are left out by them. */
import { Alert, Group, MultiSelect, SegmentedControl, Stack, TagsInput, Text } from '@mantine/core'
import { IconBell } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import type { Match } from '../../../core/activities/send-to.ts'
import { segmentsQuery } from '../../segments/queries.ts'
import { useWorkspace } from '../../shell/me.ts'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { activityQuery } from '../queries.ts'
import type { Draft } from '../useDraft.ts'

const mostTags = 100
const mostSegments = 50

export function Selection({ draft }: { draft: Draft }) {
  return (
    <>
      <Reminder draft={draft} />
      <Side draft={draft} side="include" />
      <Side draft={draft} side="exclude" />
    </>
  )
}

/** The name of the activity that the draft reminds of. */
export function useReminded(draft: Draft): string | undefined {
  const workspace = useWorkspace()
  const { reminds } = draft.fields.sendTo
  const { data } = useQuery({ ...activityQuery(workspace.id, reminds ?? 0), enabled: reminds !== null })
  return data?.name
}

function Reminder({ draft }: { draft: Draft }) {
  const name = useReminded(draft)
  const { sendTo } = draft.fields
  if (sendTo.reminds === null) return null
  return (
    <Alert
      variant="default"
      icon={<IconBell aria-hidden />}
      title={name === undefined ? 'Reminder' : `Reminder of “${name}”`}
      withCloseButton
      closeButtonLabel="Send to others, too"
      onClose={() => draft.change({ sendTo: { ...sendTo, reminds: null } })}
    >
      {sendTo.remindsWho === 'not_reached'
        ? 'Only people whom it has not reached by the time this is sent: it was not sent to them, or it bounced.'
        : 'Only people who got it and have not clicked by the time this is sent.'}
    </Alert>
  )
}

const words = {
  include: {
    title: 'Only people who are',
    segments: 'In segments',
    tags: 'With tags',
    help: 'Without a segment or a tag, everyone who has consented is selected.',
  },
  exclude: {
    title: 'Except people who are',
    segments: 'In segments',
    tags: 'With tags',
    help: 'They are not selected, whatever else they are in.',
  },
} as const

function Side({ draft, side }: { draft: Draft; side: 'include' | 'exclude' }) {
  const workspace = useWorkspace()
  const segments = useQuery(segmentsQuery(workspace.id))
  const { sendTo } = draft.fields
  const chosen = sendTo[side]
  const tags = sendTo.tags[side]
  const { title, help, ...labels } = words[side]
  const changeSegments = (change: Partial<typeof chosen>) =>
    draft.change({ sendTo: { ...sendTo, [side]: { ...chosen, ...change } } })
  const changeTags = (change: Partial<typeof tags>) =>
    draft.change({ sendTo: { ...sendTo, tags: { ...sendTo.tags, [side]: { ...tags, ...change } } } })
  const offered = (segments.data ?? []).filter(
    ({ id, archivedAt }) => archivedAt === null || chosen.segments.includes(id),
  )
  return (
    <Stack component="fieldset" gap="xs" m={0} p={0} bd="none">
      <Text component="legend" fw={500} size="sm" p={0}>
        {title}
      </Text>
      {(side === 'exclude' || sendTo.reminds === null) && (
        <Text size="xs" c="dimmed">
          {help}
        </Text>
      )}
      {segments.error ? (
        <ErrorState error={segments.error} onRetry={segments.refetch} />
      ) : (
        <WithMatch
          match={chosen.match}
          among={`${title}: ${labels.segments}`}
          shown={chosen.segments.length > 1}
          onChange={match => changeSegments({ match })}
        >
          <MultiSelect
            label={labels.segments}
            aria-label={`${title}: ${labels.segments}`}
            data={offered.map(({ id, name }) => ({ value: String(id), label: name }))}
            value={chosen.segments.map(String)}
            onChange={values => changeSegments({ segments: values.map(Number) })}
            maxValues={mostSegments}
            placeholder={chosen.segments.length === 0 ? 'Choose segments' : ''}
            nothingFoundMessage={offered.length === 0 ? 'No segments yet' : 'No segment of this name'}
            searchable
            clearable
          />
        </WithMatch>
      )}
      <WithMatch
        match={tags.match}
        among={`${title}: ${labels.tags}`}
        shown={tags.tags.length > 1}
        onChange={match => changeTags({ match })}
      >
        <TagsInput
          label={labels.tags}
          aria-label={`${title}: ${labels.tags}`}
          value={[...tags.tags]}
          onChange={values => changeTags({ tags: values })}
          maxTags={mostTags}
          placeholder={tags.tags.length === 0 ? 'Type a tag and press Enter' : ''}
          acceptValueOnBlur
          clearable
        />
      </WithMatch>
    </Stack>
  )
}

/** Any or all is asked only where it makes a difference. */
function WithMatch({
  match,
  among,
  shown,
  onChange,
  children,
}: {
  match: Match
  among: string
  shown: boolean
  onChange: (match: Match) => void
  children: React.ReactNode
}) {
  return (
    <Stack gap={4}>
      {children}
      {shown && (
        <Group gap="xs">
          <SegmentedControl
            size="xs"
            aria-label={`${among}, any or all`}
            value={match}
            onChange={value => onChange(value === 'all' ? 'all' : 'any')}
            data={[
              { value: 'any', label: 'Any of them' },
              { value: 'all', label: 'All of them' },
            ]}
          />
        </Group>
      )}
    </Stack>
  )
}
