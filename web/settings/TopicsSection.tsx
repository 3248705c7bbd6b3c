/** The topics that profiles can subscribe to. */
import { Group, Modal, Skeleton, Stack, Text } from '@mantine/core'
import { IconTag } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { type Answer, answer, api } from '../api/client.ts'
import { ActButton, ReadOnlyNote, useMay } from '../shell/may.tsx'
import { useWorkspace } from '../shell/me.ts'
import { EmptyState } from '../ui/EmptyState.tsx'
import { ErrorState, notifyDone, notifyProblem } from '../ui/ErrorState.tsx'
import { plural } from '../ui/numbers.ts'
import { Panel } from '../ui/Panel.tsx'
import { NameForm } from './NameForm.tsx'
import { topicCountsQuery, topicsQuery } from './queries.ts'

export function TopicsSection() {
  const workspace = useWorkspace()
  const queries = useQueryClient()
  const topics = useQuery(topicsQuery(workspace.id))
  const counts = useQuery(topicCountsQuery(workspace.id))
  const may = useMay()
  const add = useMutation({
    mutationFn: (name: string) =>
      answer(api.POST('/api/v1/workspaces/{w}/topics', { params: { path: { w: workspace.id } }, body: { name } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['topics', workspace.id] }),
  })
  return (
    <Stack>
      <Text size="sm" c="dimmed" maw={560}>
        A topic is what people consent to, such as “Offers” or “Service news”. An SMS is sent only to profiles that have
        consented to one of its topics.
      </Text>
      <Panel title="Topics">
        <Stack gap="lg">
          {topics.error && !topics.data && <ErrorState error={topics.error} onRetry={topics.refetch} />}
          {topics.isPending && <Skeleton height={60} />}
          {topics.data?.length === 0 && (
            <EmptyState icon={IconTag} title="No topics yet">
              Add one here, or import a file with a consent column.
            </EmptyState>
          )}
          {topics.data && topics.data.length > 0 && (
            <Stack gap="sm">
              {topics.data.map(topic => (
                <TopicRow key={topic.id} topic={topic} profiles={counts.data && (counts.data.get(topic.id) ?? 0)} />
              ))}
            </Stack>
          )}
          {add.error && <ErrorState error={add.error} />}
          {may('createTopic') ? (
            <NameForm
              label="New topic"
              placeholder="Offers"
              act="Add topic"
              busy={add.isPending}
              onSubmit={add.mutateAsync}
            />
          ) : (
            <ReadOnlyNote operation="createTopic" />
          )}
        </Stack>
      </Panel>
    </Stack>
  )
}

type Topic = Answer<'/api/v1/workspaces/{w}/topics', 'get'>['items'][number]

/** `profiles`: how many consent; undefined: not known yet. */
function TopicRow({ topic, profiles }: { topic: Topic; profiles: number | undefined }) {
  const { id, name, archivedAt } = topic
  const workspace = useWorkspace()
  const queries = useQueryClient()
  const [renaming, setRenaming] = useState(false)
  const change = useMutation({
    mutationFn: (body: { name?: string; archived?: boolean }) =>
      answer(api.PATCH('/api/v1/workspaces/{w}/topics/{id}', { params: { path: { w: workspace.id, id } }, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['topics', workspace.id] }),
  })
  const isArchived = archivedAt !== null
  const archive = () =>
    change
      .mutateAsync({ archived: !isArchived })
      .then(
        () =>
          notifyDone(
            isArchived
              ? `“${name}” is offered again.`
              : `“${name}” is not offered for new SMS. Scheduled SMS keep it, and opt-outs stay.`,
          ),
        notifyProblem,
      )
  return (
    <Group justify="space-between" gap="sm">
      <Group gap="xs" wrap="nowrap">
        <IconTag size={16} aria-hidden />
        <Text size="sm" className="wrap-anywhere">
          {name}
          {isArchived && (
            <Text span inherit c="dimmed">
              {' '}
              (archived)
            </Text>
          )}
        </Text>
      </Group>
      <Group gap="sm">
        <Text size="sm" c="dimmed" className="figures">
          {profiles === undefined ? '' : plural(profiles, 'profile')}
        </Text>
        <ActButton
          operation="changeTopic"
          size="compact-sm"
          variant="default"
          aria-label={`Rename ${name}`}
          onClick={() => setRenaming(true)}
        >
          Rename
        </ActButton>
        <ActButton
          operation="changeTopic"
          size="compact-sm"
          variant="default"
          aria-label={`${isArchived ? 'Restore' : 'Archive'} ${name}`}
          loading={change.isPending}
          onClick={archive}
        >
          {isArchived ? 'Restore' : 'Archive'}
        </ActButton>
      </Group>
      <Modal
        opened={renaming}
        onClose={() => setRenaming(false)}
        title={`Rename “${name}”`}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <Stack>
          <Text size="sm">Consents, opt-outs and SMS follow the topic. Imports by name use the new name.</Text>
          <NameForm
            label="New name"
            placeholder={name}
            act="Rename topic"
            busy={change.isPending}
            onSubmit={next => change.mutateAsync({ name: next }).then(() => setRenaming(false))}
          />
          {change.error && <ErrorState error={change.error} />}
        </Stack>
      </Modal>
    </Group>
  )
}
