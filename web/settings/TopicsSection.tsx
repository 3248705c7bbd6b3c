/** The topics that profiles can subscribe to. */
import { List, Skeleton, Stack, Text } from '@mantine/core'
import { IconTag } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { answer, api } from '../api/client.ts'
import { useWorkspace } from '../shell/me.ts'
import { EmptyState } from '../ui/EmptyState.tsx'
import { ErrorState } from '../ui/ErrorState.tsx'
import { Panel } from '../ui/Panel.tsx'
import { NameForm } from './NameForm.tsx'
import { topicsQuery } from './queries.ts'

export function TopicsSection() {
  const workspace = useWorkspace()
  const queries = useQueryClient()
  const topics = useQuery(topicsQuery(workspace.id))
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
            <List listStyleType="none" spacing={6} size="sm">
              {topics.data.map(({ id, name }) => (
                <List.Item key={id} icon={<IconTag size={16} aria-hidden />}>
                  {name}
                </List.Item>
              ))}
            </List>
          )}
          {add.error && <ErrorState error={add.error} />}
          <NameForm
            label="New topic"
            placeholder="Offers"
            act="Add topic"
            busy={add.isPending}
            onSubmit={add.mutateAsync}
          />
        </Stack>
      </Panel>
    </Stack>
  )
}
