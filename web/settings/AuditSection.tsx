/** Who did what, newest first. */
import { Button, Group, NativeSelect, Stack, Text } from '@mantine/core'
import { IconListDetails } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { answer, api } from '../api/client.ts'
import { useWorkspace } from '../shell/me.ts'
import { DataTable, TwoLines } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { Time } from '../ui/Time.tsx'
import { actOf, detailsOf, kinds } from './auditWords.ts'

export function AuditSection() {
  const workspace = useWorkspace()
  const [kind, setKind] = useState('')
  const pages = useInfiniteQuery({
    queryKey: ['audit', workspace.id, kind],
    queryFn: ({ pageParam }) => {
      const query = { ...(kind !== '' && { kind }), ...(pageParam !== null && { before: pageParam }) }
      return answer(api.GET('/api/v1/workspaces/{w}/audit', { params: { path: { w: workspace.id }, query } }))
    },
    initialPageParam: null as string | null,
    getNextPageParam: last => last.next,
  })
  return (
    <Stack>
      <Group justify="space-between" align="flex-end">
        <Text size="sm" c="dimmed" maw={520}>
          Acts in this workspace, and sign-ins and accounts of its members. Kept for 400 days.
        </Text>
        <NativeSelect label="Show" data={kinds} value={kind} onChange={event => setKind(event.currentTarget.value)} />
      </Group>
      <DataTable
        label="Audit"
        columns={[
          { key: 'at', label: 'When', render: row => <Time at={row.at} /> },
          {
            key: 'who',
            label: 'Who',
            render: row => <TwoLines first={row.actorName ?? row.actor} second={row.actorName ? row.actor : ''} />,
          },
          {
            key: 'what',
            label: 'What',
            render: row => (
              <TwoLines
                first={`${actOf(row.action)}${row.subject === row.actor ? '' : `: ${row.subjectName ?? row.subject}`}`}
                second={detailsOf(row.details)}
              />
            ),
          },
        ]}
        rows={pages.data?.pages.flatMap(page => page.rows)}
        rowKey={row => String(row.id)}
        error={pages.error}
        onRetry={pages.refetch}
        empty={
          <EmptyState icon={IconListDetails} title="Nothing of this kind yet">
            Acts appear here as soon as they are done.
          </EmptyState>
        }
      />
      {pages.hasNextPage && (
        <Group justify="center">
          <Button variant="default" loading={pages.isFetchingNextPage} onClick={() => pages.fetchNextPage()}>
            Show older ones
          </Button>
        </Group>
      )}
    </Stack>
  )
}
