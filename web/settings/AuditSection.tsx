/** Who did what, newest first. */
import { Button, Group, NativeSelect, Stack, Text } from '@mantine/core'
import { IconListDetails } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type Answer, answer, api } from '../api/client.ts'
import { paths } from '../paths.ts'
import { useWorkspace } from '../shell/me.ts'
import { DataTable, TwoLines } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { TextLink } from '../ui/links.tsx'
import { exactTime } from '../ui/time.ts'
import { actOf, detailsOf, kinds, shortId } from './auditWords.ts'

type Row = Answer<'/api/v1/workspaces/{w}/audit', 'get'>['rows'][number]

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
  const rows = pages.data?.pages.flatMap(page => page.rows)
  const names = new Map(
    (rows ?? []).flatMap(({ actor, actorName, subject, subjectName }) => [
      ...(actorName === null ? [] : [[actor, actorName] as const]),
      ...(subjectName === null ? [] : [[subject, subjectName] as const]),
    ]),
  )
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
          {
            key: 'what',
            label: 'What',
            render: row => (
              <TwoLines first={<What row={row} />} second={detailsOf(row.details, subject => names.get(subject))} />
            ),
          },
          { key: 'who', label: 'Who', below: 'plain', render: row => row.actorName ?? shortId(row.actor) },
          {
            key: 'at',
            label: 'When',
            below: 'plain',
            render: row => (
              <time dateTime={row.at} className="figures">
                {exactTime(row.at, workspace.timeZone)}
              </time>
            ),
          },
        ]}
        rows={rows}
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

function What({ row: { action, actor, subject, subjectName } }: { row: Row }) {
  const { id: workspace } = useWorkspace()
  const act = actOf(action)
  if (subject === actor) return act
  const target = subjectName === null ? undefined : pageOf(workspace, subject, action)
  return (
    <>
      {act}:{' '}
      {target ? (
        <TextLink {...target} inherit underline="always">
          {subjectName}
        </TextLink>
      ) : (
        (subjectName ?? shortId(subject))
      )}
    </>
  )
}

/** Where what was acted on is shown; undefined: nowhere of its own. */
function pageOf(workspace: number, subject: string, action: string) {
  const [, kind, id] = /^(.+) ([^ ]+)$/.exec(subject) ?? []
  if (kind === undefined || id === undefined) return undefined
  const writes = ['activity.create', 'activity.change', 'activity.restore', 'activity.test'].includes(action)
  if (kind === 'activity') return writes ? paths.edit(workspace, id) : paths.report(workspace, id)
  if (kind === 'profile') return paths.profile(workspace, Number(id))
  if (kind === 'import') return paths.import(workspace, Number(id))
  if (kind === 'gateway') return paths.gateways(workspace)
  if (kind === 'api key') return paths.apiKeys(workspace)
  return kind === 'invitation' || kind === 'user' ? paths.members(workspace) : undefined
}
