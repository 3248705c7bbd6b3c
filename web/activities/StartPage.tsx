/** The SMS start page: drafts, and what is scheduled, under way and sent. A selection raises the bottom bar. */
import { Button, Group, Tabs } from '@mantine/core'
import { IconMessage2, IconPlus, IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { paths } from '../paths.ts'
import { useWorkspace } from '../shell/me.ts'
import { type Column, DataTable, TwoLines } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { notifyProblem } from '../ui/ErrorState.tsx'
import { TextLink } from '../ui/links.tsx'
import { count, credits, none, percent } from '../ui/numbers.ts'
import { Page } from '../ui/Page.tsx'
import { Pager } from '../ui/Pager.tsx'
import { SearchBox } from '../ui/SearchBox.tsx'
import { StatusBadge } from '../ui/StatusBadge.tsx'
import { activityLooks } from '../ui/status.ts'
import { Time } from '../ui/Time.tsx'
import { type ActivityRow, activitiesQuery, allows, sorts, useActs } from './queries.ts'
import { SelectionBar } from './SelectionBar.tsx'

const route = getRouteApi('/w/$workspace/sms')

export function StartPage() {
  const workspace = useWorkspace()
  const navigate = route.useNavigate()
  const { tab = 'sent', search, sort, after } = route.useSearch()
  const list = useQuery(activitiesQuery(workspace.id, { tab, search, sort, after }))
  const [selected, setSelected] = useState<Set<string>>(new Set())
  const { create } = useActs(workspace.id)

  const open = (row: ActivityRow) =>
    navigate(allows('edit', row.state) ? paths.edit(workspace.id, row.id) : paths.report(workspace.id, row.id))
  const startNew = () =>
    create.mutate('Untitled SMS', {
      onSuccess: activity => navigate(paths.edit(workspace.id, activity.id)),
      onError: notifyProblem,
    })
  const chosen = (list.data?.items ?? []).filter(row => selected.has(String(row.id)))

  return (
    <Page
      title="SMS"
      actions={
        <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={startNew} loading={create.isPending}>
          New SMS
        </Button>
      }
    >
      <Tabs
        value={tab}
        onChange={value => {
          setSelected(new Set())
          void navigate({ search: { tab: value === 'drafts' ? 'drafts' : 'sent' } })
        }}
        keepMounted={false}
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="drafts">Drafts</Tabs.Tab>
          <Tabs.Tab value="sent">Scheduled & Sent</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value={tab}>
          <Group mb="md">
            <SearchBox
              label="Search SMS by name or sender"
              placeholder="Search by name or sender"
              value={search ?? ''}
              onChange={value =>
                navigate({ search: { tab, ...(sort && { sort }), ...(value && { search: value }) }, replace: true })
              }
            />
          </Group>
          <DataTable
            label={tab === 'drafts' ? 'Drafts' : 'Scheduled and sent SMS'}
            columns={tab === 'drafts' ? draftColumns(workspace.id) : sentColumns(workspace.id)}
            rows={list.data?.items}
            rowKey={row => String(row.id)}
            rowName={row => row.name}
            onOpen={open}
            selected={selected}
            onSelect={setSelected}
            sort={sort ?? '-when'}
            onSort={value =>
              navigate({ search: ({ after: _, ...rest }) => ({ ...rest, sort: sorts.find(known => known === value) }) })
            }
            error={list.error}
            onRetry={list.refetch}
            stale={list.isPlaceholderData}
            empty={
              search ? <NothingFound search={search} /> : <NothingYet drafts={tab === 'drafts'} onStart={startNew} />
            }
          />
          {(after || list.data?.next) && <Pager after={after} next={list.data?.next} />}
        </Tabs.Panel>
      </Tabs>
      <SelectionBar workspace={workspace.id} rows={chosen} onClear={() => setSelected(new Set())} />
    </Page>
  )
}

function name(workspace: number): Column<ActivityRow> {
  return {
    key: 'name',
    label: 'Name',
    room: 170,
    sortable: true,
    render: row => (
      <TwoLines
        first={
          <TextLink
            {...(allows('edit', row.state) ? paths.edit(workspace, row.id) : paths.report(workspace, row.id))}
            fw={500}
            inherit
            c="inherit"
          >
            {row.name}
          </TextLink>
        }
        second={row.sender ? `From ${row.sender}` : 'No sender yet'}
      />
    ),
  }
}

const when: Column<ActivityRow> = {
  key: 'when',
  label: 'When',
  wide: true,
  sortable: true,
  render: row => <Time at={row.when} />,
}

const draftColumns = (workspace: number): Column<ActivityRow>[] => [
  name(workspace),
  { ...when, label: 'Last change', wide: false },
]

const sentColumns = (workspace: number): Column<ActivityRow>[] => [
  name(workspace),
  { key: 'state', label: 'State', sortable: true, render: row => <StatusBadge look={activityLooks[row.state]} /> },
  { key: 'recipients', label: 'Recipients', figure: true, wide: true, render: row => count(row.recipients) },
  { key: 'delivered', label: 'Delivered', figure: true, render: row => percent(row.deliveredRate) },
  { key: 'ctr', label: 'CTR', figure: true, wide: true, render: row => percent(row.ctr) },
  {
    key: 'credits',
    label: 'Credits',
    figure: true,
    wide: true,
    render: row => (row.credits ? credits(row.credits) : none),
  },
  when,
]

function NothingYet({ drafts, onStart }: { drafts: boolean; onStart: () => void }) {
  return (
    <EmptyState
      icon={IconMessage2}
      title={drafts ? 'No drafts' : 'Nothing scheduled or sent yet'}
      action={
        <Button variant="default" mt="xs" onClick={onStart}>
          Write an SMS
        </Button>
      }
    >
      {drafts
        ? 'A draft is saved by itself from its first sign on, and waits here.'
        : 'Write an SMS, choose whom it goes to, and follow here how it does.'}
    </EmptyState>
  )
}

function NothingFound({ search }: { search: string }) {
  return (
    <EmptyState icon={IconSearch} title={`Nothing is called “${search}”`}>
      Search for a part of a name, or for the beginning of a sender.
    </EmptyState>
  )
}
