/** One change of tags: what it does, how far it is, what it did, and its undo. */
import { Badge, Group, Progress, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { ActButton } from '../shell/may.tsx'
import { useWorkspace } from '../shell/me.ts'
import { ErrorState, notifyProblem } from '../ui/ErrorState.tsx'
import { isOpenTagging, type Tagging, taggingQuery, useTagActs, useTagsChanged } from './queries.ts'
import { taggingChange, taggingOutcome } from './taggingWords.ts'

/** Follows it until it is over. */
export function TaggingProgress({ id }: { id: number }) {
  const workspace = useWorkspace()
  const tagging = useQuery(taggingQuery(workspace.id, id))
  useTagsChanged(workspace.id, tagging.data !== undefined && isOpenTagging(tagging.data))
  if (tagging.error && !tagging.data) return <ErrorState error={tagging.error} onRetry={tagging.refetch} />
  return tagging.data ? <TaggingLine tagging={tagging.data} /> : null
}

export function TaggingLine({ tagging }: { tagging: Tagging }) {
  const workspace = useWorkspace()
  const { undo } = useTagActs(workspace.id)
  return (
    <Stack gap={6}>
      <Group justify="space-between" gap="sm" align="flex-start">
        <TagChange add={tagging.add} remove={tagging.remove} />
        {tagging.canUndo && (
          <ActButton
            operation="undoTagging"
            size="compact-sm"
            variant="default"
            loading={undo.isPending}
            aria-label={`${tagging.state === 'running' ? 'Stop and undo' : 'Undo'}: ${taggingChange(tagging)}`}
            onClick={() => undo.mutate(tagging.id, { onError: notifyProblem })}
          >
            {tagging.state === 'running' ? 'Stop and undo' : tagging.state === 'undone' ? 'Undo the rest' : 'Undo'}
          </ActButton>
        )}
      </Group>
      {isOpenTagging(tagging) && <Progress value={tagging.done * 100} aria-label={taggingOutcome(tagging)} />}
      <Text size="sm" c="dimmed" className="figures" role="status">
        {taggingOutcome(tagging)}
      </Text>
      {tagging.undoAfter !== null && (tagging.state === 'done' || tagging.state === 'failed') && (
        <Text size="sm" c="dimmed">
          To undo it, undo the later change of the same tags first.
        </Text>
      )}
      {tagging.problem && (
        <Text size="sm" c="var(--mantine-color-error)">
          {tagging.problem}
        </Text>
      )}
    </Stack>
  )
}

export function TagChange({ add, remove }: Pick<Tagging, 'add' | 'remove'>) {
  return (
    <Group gap={6} style={{ minWidth: 0, flex: '1 1 180px' }}>
      {add.length > 0 && <Text size="sm">Add</Text>}
      {add.map(tag => (
        <TagBadge key={tag} tag={tag} />
      ))}
      {remove.length > 0 && <Text size="sm">{add.length > 0 ? 'and remove' : 'Remove'}</Text>}
      {remove.map(tag => (
        <TagBadge key={tag} tag={tag} />
      ))}
    </Group>
  )
}

export function TagBadge({ tag }: { tag: string }) {
  return (
    <Badge variant="default" radius="sm" tt="none" fw={500} maw="100%" title={tag}>
      <bdi>{tag}</bdi>
    </Badge>
  )
}
