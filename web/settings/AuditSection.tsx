/** Who did what, newest first. */
import { Anchor, Stack, Text } from '@mantine/core'
import { IconListDetails } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { type Answer, answer, api } from '../api/client.ts'
import { paths } from '../paths.ts'
import type { AuditSearch } from '../search.ts'
import { narrow } from '../search.ts'
import { OnlyFor } from '../shell/may.tsx'
import { useWorkspace } from '../shell/me.ts'
import { DataTable, TwoLines } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { TextLink } from '../ui/links.tsx'
import { Pager } from '../ui/Pager.tsx'
import { exactTime } from '../ui/time.ts'
import { AuditFilters, type FilterChange, queryOf } from './AuditFilters.tsx'
import { actOf, actorOf, detailsOf, shortId } from './auditWords.ts'

type Row = Answer<'/api/v1/workspaces/{w}/audit', 'get'>['items'][number]

const route = getRouteApi('/w/$workspace/settings/audit')

export const AuditSection = () => (
  <OnlyFor operation="listAudit">
    <AuditList />
  </OnlyFor>
)

function AuditList() {
  const workspace = useWorkspace()
  const navigate = route.useNavigate()
  const { action, actor, from, to, after, before } = route.useSearch()
  const filters = { action, actor, from, to }
  const filter = (change: FilterChange) =>
    navigate({ search: narrow<AuditSearch>(change), replace: true, resetScroll: false })
  const query = { ...queryOf(filters, workspace.timeZone), ...(after ? { after } : before && { before }) }
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
      <Text size="sm" c="dimmed" maw={520}>
        Actions in this workspace, and sign-ins and account changes of its members. Kept for 400 days.
      </Text>
      <AuditFilters filters={filters} actorName={names.get(actor ?? '')} onChange={filter} />
      <DataTable
        label="Audit"
        columns={[
          {
            key: 'what',
            label: 'Action',
            render: row => (
              <TwoLines
                first={<What row={row} />}
                second={detailsOf(withoutName(row), subject => names.get(subject))}
              />
            ),
          },
          {
            key: 'who',
            label: 'User',
            below: 'plain',
            render: row => (
              <Anchor
                component="button"
                type="button"
                inherit
                c="inherit"
                ta="left"
                className="wrap-anywhere"
                aria-label={`Show only actions of ${row.actorName ?? actorOf(row.actor)}`}
                onClick={() => filter({ actor: row.actor })}
              >
                {row.actorName ?? actorOf(row.actor)}
              </Anchor>
            ),
          },
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
          <EmptyState icon={IconListDetails} title="No actions found">
            {Object.values(filters).some(Boolean)
              ? 'No action matches the filters. Clear them to see all.'
              : 'Actions appear here when someone performs them.'}
          </EmptyState>
        }
      />
      {(page.data?.next || page.data?.previous) && <Pager page={page.data} />}
    </Stack>
  )
}

/** Without the name that the action says already. */
function withoutName({ details, subjectName }: Row): Row['details'] {
  const { name, ...others } = details
  return name === subjectName ? others : details
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
