/** All profiles of the workspace, searchable by name, number, e-mail or key. */
import { Group, Stack, Text, Tooltip } from '@mantine/core'
import { IconFileImport, IconSearch, IconUsers } from '@tabler/icons-react'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { countryName } from '../../core/country-names.ts'
import { phoneFaults } from '../../core/phone.ts'
import { everybody } from '../../core/segments/tree.ts'
import { paths } from '../paths.ts'
import { type ListSearch, narrow } from '../search.ts'
import { ActButton, ActLink } from '../shell/may.tsx'
import { useWorkspace } from '../shell/me.ts'
import { TagButton } from '../tags/TagButton.tsx'
import { type Column, DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { none, plural } from '../ui/numbers.ts'
import { Page } from '../ui/Page.tsx'
import { Pager } from '../ui/Pager.tsx'
import { SearchBox } from '../ui/SearchBox.tsx'
import { StatusBadge } from '../ui/StatusBadge.tsx'
import { barredLooks, consentLooks } from '../ui/status.ts'
import { Time } from '../ui/Time.tsx'
import { ProfileFormDialog } from './ProfileForm.tsx'
import { ProfileLink } from './ProfileLink.tsx'
import { addProfile, nameOf, type ProfileEdits, type ProfileRow, profilesQuery } from './queries.ts'

const route = getRouteApi('/w/$workspace/profiles')

export function ProfilesPage() {
  const workspace = useWorkspace()
  const navigate = route.useNavigate()
  const place = route.useSearch()
  const { search } = place
  const list = useQuery(profilesQuery(workspace.id, place))
  const queries = useQueryClient()
  const [adding, setAdding] = useState(false)
  const add = async (change: ProfileEdits) => {
    const { profile } = await addProfile(workspace.id, change)
    await queries.invalidateQueries({ queryKey: ['profiles', workspace.id] })
    await navigate(paths.profile(workspace.id, profile.profileId))
  }
  return (
    <Page
      title="Profiles"
      actions={
        <Group gap="sm">
          <ActButton operation="addProfile" variant="default" onClick={() => setAdding(true)}>
            Add profile
          </ActButton>
          <ActLink
            operation="startImport"
            {...paths.newImport(workspace.id)}
            leftSection={<IconFileImport size={16} aria-hidden />}
          >
            Import profiles
          </ActLink>
        </Group>
      }
    >
      <Stack gap="sm">
        <Group justify="space-between">
          <SearchBox
            label="Search profiles by name, number, e-mail or key"
            placeholder="Name, number, e-mail or key"
            value={search ?? ''}
            onChange={value => navigate({ search: narrow<ListSearch>({ search: value || undefined }), replace: true })}
          />
          {list.data && list.data.items.length > 0 && (
            <TagButton
              tree={everybody}
              search={search}
              whose={search ? `all profiles found by “${search}”` : 'all profiles of the workspace'}
            />
          )}
        </Group>
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
        {list.data && (list.data.previous || list.data.next || list.data.items.length > 0) && (
          <Pager
            page={list.data}
            beside={
              <Text size="sm" c="dimmed" className="figures">
                {totalOf(list.data.total)}
              </Text>
            }
          />
        )}
      </Stack>
      <ProfileFormDialog opened={adding} onClose={() => setAdding(false)} onSave={add} />
    </Page>
  )
}

/** An estimate is rounded, so that it does not look exact. */
function totalOf(total: { n: number; exact: boolean } | null): string {
  if (total === null) return ''
  if (total.exact) return plural(total.n, 'profile')
  const digits = 10 ** (Math.floor(Math.log10(total.n)) - 1)
  return `about ${plural(Math.round(total.n / digits) * digits, 'profile')}`
}

const columns = (workspace: number): Column<ProfileRow>[] => [
  {
    key: 'name',
    label: 'Name',
    room: 150,
    render: row => (
      <ProfileLink workspace={workspace} id={row.profileId}>
        {nameOf(row)}
      </ProfileLink>
    ),
  },
  { key: 'phone', label: 'Phone', below: 'plain', render: phoneOf },
  { key: 'country', label: 'Country', wide: true, render: row => (row.country ? countryName(row.country) : none) },
  {
    key: 'email',
    label: 'E-mail',
    wide: true,
    room: 190,
    render: row => <span className="wrap-anywhere">{row.email ?? none}</span>,
  },
  {
    key: 'key',
    label: 'Key',
    wide: true,
    room: 100,
    render: row => <bdi className="wrap-anywhere">{row.externalKey ?? none}</bdi>,
  },
  { key: 'consent', label: 'Consent', room: 110, render: row => <ConsentSummary row={row} /> },
  { key: 'created', label: 'Created', wide: true, render: row => <Time at={row.createdAt} /> },
]

/** By precedence: an opt-out of the number, a closed number, then the topics with consent. */
function ConsentSummary({ row: { consents, optedOut: out, closed: shut } }: { row: ProfileRow }) {
  if (out) return <StatusBadge look={barredLooks.optedOut} />
  if (shut) return <StatusBadge look={barredLooks.closed} />
  const topics = consents.filter(one => one.granted).map(one => one.topic)
  if (topics.length === 0) return consents.length > 0 ? <StatusBadge look={consentLooks.no} /> : none
  const [first = ''] = topics
  return (
    <StatusBadge
      look={{ ...consentLooks.yes, label: topics.length === 1 ? first : `${first} + ${topics.length - 1}` }}
    />
  )
}

function NotFound({ search }: { search: string }) {
  return (
    <EmptyState icon={IconSearch} title={`No profile matches “${search}”`}>
      Search for the beginning of a name, number (+46…), e-mail address or key.
    </EmptyState>
  )
}

function NobodyYet({ workspace }: { workspace: number }) {
  return (
    <EmptyState
      icon={IconUsers}
      title="No profiles yet"
      action={
        <ActLink operation="startImport" {...paths.newImport(workspace)} variant="default" mt="xs">
          Import a list
        </ActLink>
      }
    >
      Import a list from Excel, a CSV file or contacts, with phone numbers and consent to SMS.
    </EmptyState>
  )
}

/** A given text that is no number is shown as it was given, with the reason. */
function phoneOf({ phone, phoneGiven, phoneFault }: ProfileRow) {
  if (phone !== null || phoneGiven === null) return <span className="figures">{phone ?? none}</span>
  return (
    <Tooltip label={`The number ${phoneFaults[phoneFault ?? 'not_valid']}.`}>
      <Text span inherit c="dimmed" td="line-through" className="wrap-anywhere">
        {phoneGiven}
      </Text>
    </Tooltip>
  )
}
