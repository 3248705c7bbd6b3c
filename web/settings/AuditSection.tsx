/** Who did what, newest first. */
import { Group, NativeSelect, Stack, Text } from '@mantine/core'
import { IconListDetails } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { type Answer, answer, api } from '../api/client.ts'
import { paths } from '../paths.ts'
import type { AuditSearch } from '../search.ts'
import { narrow } from '../search.ts'
import { useWorkspace } from '../shell/me.ts'
import { DataTable, TwoLines } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { TextLink } from '../ui/links.tsx'
import { Pager } from '../ui/Pager.tsx'
import { exactTime } from '../ui/time.ts'
import { actOf, detailsOf, kinds, shortId } from './auditWords.ts'

type Row = Answer<'/api/v1/workspaces/{w}/audit', 'get'>['items'][number]

const route = getRouteApi('/w/$workspace/settings/audit')

export function AuditSection() {
  const workspace = useWorkspace()
  const navigate = route.useNavigate()
  const { kind, after, before } = route.useSearch()
  const query = { ...(kind && { kind }), ...(after ? { after } : before && { before }) }
  const page = useQuery({
    queryKey: ['audit', workspace.id, query],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/workspaces/{w}/audit', { params: { path: { w: workspace.id }, query }, signal })),
    placeholderData: keepPreviousData,
  })
  const rows = page.data?.items
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
          Actions in this workspace, and sign-ins and account changes of its members. Kept for 400 days.
        </Text>
        <NativeSelect
          label="Filter"
          data={kinds}
          value={kind ?? ''}
          onChange={({ currentTarget: { value } }) =>
            navigate({ search: narrow<AuditSearch>({ kind: value || undefined }), replace: true, resetScroll: false })
          }
        />
      </Group>
      <DataTable
        label="Audit"
        columns={[
          {
            key: 'what',
            label: 'Action',
            render: row => (
              <TwoLines first={<What row={row} />} second={detailsOf(row.details, subject => names.get(subject))} />
            ),
          },
          { key: 'who', label: 'User', below: 'plain', render: row => row.actorName ?? shortId(row.actor) },
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
        error={page.error}
        onRetry={page.refetch}
        stale={page.isPlaceholderData}
        empty={
          <EmptyState icon={IconListDetails} title="No actions of this kind yet">
            Actions appear here when someone performs them.
          </EmptyState>
        }
      />
      {(page.data?.next || page.data?.previous) && <Pager page={page.data} />}
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

/** The page of the subject; undefined: it has none. */
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
