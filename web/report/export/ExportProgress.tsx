/** Progress of an export, with a button to cancel it, and its outcome. Rendered outside the pages' providers. */
import { Button, Group, Progress, Stack, Text, VisuallyHidden } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { queryClient } from '../../api/queryClient.ts'
import { notifyProblem } from '../../ui/ErrorState.tsx'
import { count, plural } from '../../ui/numbers.ts'
import { cancelExport, type Export, exportQuery, isOpenExport } from './queries.ts'

interface Props {
  workspace: number
  id: number
  onAgain: () => void
}

export function ExportProgress({ workspace, id, onAgain }: Props) {
  const query = exportQuery(workspace, id)
  const { data } = useQuery(query, queryClient)
  const cancel = useMutation(
    {
      mutationFn: () => cancelExport(workspace, id),
      onSuccess: cancelled => queryClient.setQueryData(query.queryKey, cancelled),
      onError: notifyProblem,
    },
    queryClient,
  )
  if (!data) return null
  const open = isOpenExport(data.state)
  return (
    <Stack gap={6}>
      {/* Only the turns of it are read out, not each second. */}
      <VisuallyHidden role="status">{open ? 'The export is running.' : endings[data.state]}</VisuallyHidden>
      {open ? (
        <Progress value={shareOf(data) * 100} aria-label="Share of profiles written" transitionDuration={300} />
      ) : null}
      <Group justify="space-between" gap="xs" wrap="nowrap" mih={30}>
        <Text size="sm" c="var(--mantine-color-text)" className="figures">
          {!open
            ? wordsOf(data)
            : data.rowsExpected === null
              ? plural(data.rowsWritten, 'profile')
              : `${count(data.rowsWritten)} of ${plural(data.rowsExpected, 'profile')}`}
        </Text>
        {open && (
          <Button size="compact-sm" variant="default" loading={cancel.isPending} onClick={() => cancel.mutate()}>
            Cancel
          </Button>
        )}
        {(data.state === 'failed' || data.state === 'cancelled') && (
          <Button size="compact-sm" variant="default" onClick={onAgain} style={{ flexShrink: 0 }}>
            Try again
          </Button>
        )}
      </Group>
    </Stack>
  )
}

const endings = {
  waiting: '',
  running: '',
  done: 'The export is complete.',
  failed: 'The export failed.',
  cancelled: 'The export was cancelled.',
}

function wordsOf({ state, rowsWritten, problem }: Export): string {
  if (state === 'done') return `Done: ${plural(rowsWritten, 'profile')}.`
  if (state === 'cancelled') return 'Cancelled. The file is incomplete.'
  return problem ?? 'The export failed.'
}

/** The list may have grown since the request, so the share stays below 100% until the export is done. Of a search it is unknown. */
function shareOf({ rowsWritten, rowsExpected }: Export): number {
  return rowsExpected === null || rowsExpected === 0 ? 0 : Math.min(0.99, rowsWritten / rowsExpected)
}
