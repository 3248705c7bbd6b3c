/** All profiles of the workspace, found by name, number, e-mail or key. */
import { Stack } from '@mantine/core'
import { IconFileImport, IconSearch, IconUsers } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { paths } from '../paths.ts'
import { useWorkspace } from '../shell/me.ts'
import { type Column, DataTable, TwoLines } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { ButtonLink, TextLink } from '../ui/links.tsx'
import { none } from '../ui/numbers.ts'
import { Page } from '../ui/Page.tsx'
import { Pager } from '../ui/Pager.tsx'
import { SearchBox } from '../ui/SearchBox.tsx'
import { Time } from '../ui/Time.tsx'
import { nameOf, type ProfileRow, profilesQuery } from './queries.ts'

const route = getRouteApi('/w/$workspace/profiles')

export function ProfilesPage() {
  const workspace = useWorkspace()
  const navigate = route.useNavigate()
  const { search, after } = route.useSearch()
  const list = useQuery(profilesQuery(workspace.id, search, after))
  return (
    <Page
      title="Profiles"
      actions={
        <ButtonLink {...paths.newImport(workspace.id)} leftSection={<IconFileImport size={16} aria-hidden />}>
          Import profiles
        </ButtonLink>
      }
    >
      <Stack gap="sm">
        <SearchBox
          label="Search profiles by name, number, e-mail or key"
          placeholder="Name, number, e-mail or key"
          value={search ?? ''}
          onChange={value => navigate({ search: value ? { search: value } : {}, replace: true })}
        />
        <DataTable
          label="Profiles"
          columns={columns(workspace.id)}
          rows={list.data?.items}
          rowKey={row => String(row.profileId)}
          onOpen={row => navigate(paths.profile(workspace.id, row.profileId))}
          error={list.error}
          onRetry={list.refetch}
          stale={list.isPlaceholderData}
          loadingRows={12}
          empty={search ? <NotFound search={search} /> : <NobodyYet workspace={workspace.id} />}
        />
        {(after || list.data?.next) && <Pager after={after} next={list.data?.next} />}
      </Stack>
    </Page>
  )
}

const columns = (workspace: number): Column<ProfileRow>[] => [
  {
    key: 'name',
    label: 'Name',
    room: 150,
    render: row => (
      <TwoLines
        first={
          <TextLink {...paths.profile(workspace, row.profileId)} inherit c="inherit" fw={500} dir="auto">
            {nameOf(row)}
          </TextLink>
        }
        second={row.externalKey ?? `Profile ${row.profileId}`}
      />
    ),
  },
  { key: 'phone', label: 'Phone', render: row => <span className="figures">{row.phone ?? none}</span> },
  {
    key: 'email',
    label: 'E-mail',
    wide: true,
    render: row => <span className="wrap-anywhere">{row.email ?? none}</span>,
  },
  { key: 'created', label: 'Created', wide: true, render: row => <Time at={row.createdAt} /> },
]

function NotFound({ search }: { search: string }) {
  return (
    <EmptyState icon={IconSearch} title={`Nobody matches “${search}”`}>
      Search for the beginning of a name, number (+46…), e-mail address or key.
    </EmptyState>
  )
}

function NobodyYet({ workspace }: { workspace: number }) {
  return (
    <EmptyState
      icon={IconUsers}
      title="Import profiles to begin"
      action={
        <ButtonLink {...paths.newImport(workspace)} variant="default" mt="xs">
          Import a list
        </ButtonLink>
      }
    >
      A list from a spreadsheet, saved as CSV, with phone numbers and who has said yes to SMS.
    </EmptyState>
  )
}
