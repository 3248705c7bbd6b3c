/** All imports, newest first. */
import { Stack } from '@mantine/core'
import { IconFileImport } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { paths } from '../paths.ts'
import { ActLink } from '../shell/may.tsx'
import { useWorkspace } from '../shell/me.ts'
import { type Column, DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { TextLink } from '../ui/links.tsx'
import { count } from '../ui/numbers.ts'
import { Page } from '../ui/Page.tsx'
import { Pager } from '../ui/Pager.tsx'
import { StatusBadge } from '../ui/StatusBadge.tsx'
import { importLooks } from '../ui/status.ts'
import { Time } from '../ui/Time.tsx'
import { type Import, importsQuery } from './queries.ts'

const route = getRouteApi('/w/$workspace/imports')

export function ImportsPage() {
  const workspace = useWorkspace()
  const navigate = route.useNavigate()
  const list = useQuery(importsQuery(workspace.id, route.useSearch()))
  return (
    <Page
      title="Imports"
      actions={
        <ActLink
          operation="startImport"
          {...paths.newImport(workspace.id)}
          leftSection={<IconFileImport size={16} aria-hidden />}
        >
          Import profiles
        </ActLink>
      }
    >
      <Stack gap="sm">
        <DataTable
          label="Imports"
          columns={columns(workspace.id)}
          rows={list.data?.items}
          rowKey={row => String(row.id)}
          onOpen={row => navigate(paths.import(workspace.id, row.id))}
          error={list.error}
          onRetry={list.refetch}
          stale={list.isPlaceholderData}
          empty={
            <EmptyState
              icon={IconFileImport}
              title="No imports yet"
              action={
                <ActLink operation="startImport" {...paths.newImport(workspace.id)} variant="default" mt="xs">
                  Import a list
                </ActLink>
              }
            >
              Import a list from Excel, a CSV file or contacts. Importing it again updates existing profiles and adds
              new ones.
            </EmptyState>
          }
        />
        {(list.data?.next || list.data?.previous) && <Pager page={list.data} />}
      </Stack>
    </Page>
  )
}

const columns = (workspace: number): Column<Import>[] => [
  {
    key: 'file',
    label: 'File',
    room: 130,
    render: row => (
      <TextLink {...paths.import(workspace, row.id)} inherit c="inherit" fw={500} className="wrap-anywhere">
        {row.fileName ?? `Import ${row.id}`}
      </TextLink>
    ),
  },
  { key: 'state', label: 'State', render: row => <StatusBadge look={importLooks[row.state]} /> },
  { key: 'rows', label: 'Rows', figure: true, render: row => count(row.rowsRead) },
  { key: 'created', label: 'Created', figure: true, wide: true, render: row => count(row.created) },
  { key: 'updated', label: 'Updated', figure: true, wide: true, render: row => count(row.updated) },
  { key: 'rejected', label: 'Rejected', figure: true, render: row => count(row.rejected) },
  { key: 'when', label: 'When', wide: true, render: row => <Time at={row.createdAt} /> },
]
