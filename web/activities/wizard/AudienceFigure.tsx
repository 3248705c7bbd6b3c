/** How many people Send to reaches, how many it leaves out and why, and what it costs: asked again after each change. */
import { Group, Skeleton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { answer, api } from '../../api/client.ts'
import { ReasonBars } from '../../report/tabs/Reasons.tsx'
import { useWorkspace } from '../../shell/me.ts'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { count, credits, plural } from '../../ui/numbers.ts'
import type { Draft } from '../useDraft.ts'

/** The audience of what is saved: null while something is not. */
export function useAudience(draft: Draft, activity: number) {
  const workspace = useWorkspace()
  const { revision, state, flush, fields } = draft
  return useQuery({
    queryKey: ['audience', workspace.id, activity, revision],
    queryFn: async () => {
      await flush()
      return answer(
        api.POST('/api/v1/workspaces/{w}/activities/{id}/audience', {
          params: { path: { w: workspace.id, id: activity } },
          body: {},
        }),
      )
    },
    enabled: state.kind === 'saved' && fields.sendTo.topics.length > 0,
    staleTime: 10_000,
  })
}

export function AudienceFigure({ audience }: { audience: ReturnType<typeof useAudience> }) {
  const { data, error, refetch, isFetching } = audience
  if (error && !data) return <ErrorState error={error} onRetry={refetch} />
  if (!data) {
    return (
      <Stack gap="xs" aria-busy>
        <Skeleton height={34} width={180} />
        <Skeleton height={16} width={260} />
        <Skeleton height={90} />
      </Stack>
    )
  }
  const reasons = Object.entries(data.notSentReasons)
    .filter(([, n]) => n > 0)
    .sort(([, a], [, b]) => b - a)
  return (
    <Stack gap="md" style={{ opacity: isFetching ? 0.55 : 1, transition: 'opacity 120ms' }} aria-busy={isFetching}>
      <div>
        <Group gap={8} align="baseline">
          <Text fz={28} fw={600} lh={1.3} className="figures">
            {count(data.queued)}
          </Text>
          <Text>{data.queued === 1 ? 'person gets this SMS' : 'people get this SMS'}</Text>
        </Group>
        <Text size="sm" c="dimmed" className="figures">
          {plural(data.parts, 'part')}, {credits(data.credits)} credits
        </Text>
      </div>
      {data.notSent > 0 && (
        <div>
          <Text size="sm" mb={8} className="figures">
            {count(data.notSent)} of {count(data.targeted)} selected are left out:
          </Text>
          <ReasonBars rows={reasons} total={data.notSent} />
        </div>
      )}
    </Stack>
  )
}
