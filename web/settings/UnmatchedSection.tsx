/** For operators: records of gateways that match no message, or could not be read or applied. */
import { Button, Code, Group, Stack, Text } from '@mantine/core'
import { IconCircleCheck } from '@tabler/icons-react'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import { type Answer, answer, api } from '../api/client.ts'
import { OnlyFor } from '../shell/may.tsx'
import { useWorkspace } from '../shell/me.ts'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { notifyDone, notifyProblem } from '../ui/ErrorState.tsx'
import { count, none, plural } from '../ui/numbers.ts'
import { Pager } from '../ui/Pager.tsx'
import { Time } from '../ui/Time.tsx'

const path = '/api/v1/workspaces/{w}/unmatched'
type Row = Answer<typeof path, 'get'>['items'][number]

const states: Record<string, string> = {
  unmatched: 'No message yet',
  given_up: 'No message in 30 days',
  unreadable: 'Cannot be read',
  set_aside: 'Cannot be applied',
}

export const UnmatchedSection = () => (
  <OnlyFor operation="listUnmatched">
    <Unmatched />
  </OnlyFor>
)

function Unmatched() {
  const workspace = useWorkspace()
  const queries = useQueryClient()
  const { after, before } = useSearch({ from: '/w/$workspace/settings/unmatched' })
  const query = after ? { after } : before ? { before } : {}
  const page = useQuery({
    queryKey: ['unmatched', workspace.id, query],
    queryFn: ({ signal }) => answer(api.GET(path, { params: { path: { w: workspace.id }, query }, signal })),
    placeholderData: keepPreviousData,
  })
  const retry = useMutation({
    mutationFn: () => answer(api.POST(`${path}/retry`, { params: { path: { w: workspace.id } } })),
    onSuccess: ({ records }) => {
      notifyDone(`${plural(records, 'record')} retried.`)
      return queries.invalidateQueries({ queryKey: ['unmatched', workspace.id] })
    },
    onError: notifyProblem,
  })
  const counts = page.data?.counts
  const canRetry =
    (counts?.setAside ?? 0) > 0 ||
    page.data?.items.some(({ state }) => state === 'set_aside' || state === 'given_up') === true
  return (
    <Stack>
      <Group justify="space-between" align="flex-start">
        <Text size="sm" c="dimmed" maw={560}>
          Receipts that match no message, deliveries that cannot be read, and records that could not be applied, also
          those of the whole installation, such as clicks. They do not delay other records. Homing retries to match
          receipts for 30 days. Ask your provider whether another system sends over the same account, or whether its
          message ids have another format. Retry applies to records that could not be applied and to receipts that were
          given up.
        </Text>
        <Button variant="default" disabled={!canRetry} loading={retry.isPending} onClick={() => retry.mutate()}>
          Retry
        </Button>
      </Group>
      {counts && (
        <Text size="sm" className="figures">
          In the last 24 hours: {count(counts.unmatched)} still without a message after 5 attempts,{' '}
          {count(counts.unreadable)} unreadable. Not applied: {count(counts.setAside)}.
        </Text>
      )}
      <DataTable
        label="Unmatched"
        columns={[
          { key: 'at', label: 'Received', render: row => <Time at={row.at} /> },
          { key: 'state', label: 'State', render: row => states[row.state] ?? row.state },
          { key: 'kind', label: 'Record', wide: true, render: row => row.label },
          {
            key: 'gateway',
            label: 'Gateway',
            wide: true,
            render: row => row.gateway ?? (row.ofInstallation ? 'Whole installation' : none),
          },
          {
            key: 'id',
            label: 'Reference',
            wide: true,
            render: row => <span className="wrap-anywhere">{row.reference ?? none}</span>,
          },
          { key: 'number', label: 'Number', wide: true, render: row => row.number || none },
          { key: 'tries', label: 'Attempts', wide: true, figure: true, render: row => row.tries },
          { key: 'raw', label: 'Raw record', render: row => <Raw row={row} /> },
        ]}
        rows={page.data?.items}
        rowKey={row => row.id}
        loadingRows={3}
        stale={page.isPlaceholderData}
        error={page.error}
        onRetry={page.refetch}
        empty={
          <EmptyState icon={IconCircleCheck} title="Nothing unmatched">
            All incoming records belong to a message.
          </EmptyState>
        }
      />
      <Pager page={page.data} />
    </Stack>
  )
}

function Raw({ row }: { row: Row }) {
  return (
    <details>
      <summary>{row.why ?? 'Show'}</summary>
      {row.raw === null ? (
        <Text size="sm" c="dimmed">
          It belongs to no workspace, so its content is shown on the server only: <Code>homing unmatched --json</Code>
        </Text>
      ) : (
        <Code block className="wrap-anywhere" style={{ whiteSpace: 'pre-wrap' }}>
          {row.raw}
        </Code>
      )}
    </details>
  )
}
