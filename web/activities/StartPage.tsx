/** The SMS start page: drafts, and activities that are scheduled, being sent or sent. A selection raises the bottom bar. */

import { Box, Group, Tabs } from '@mantine/core'
import { IconMail, IconPlus } from '@tabler/icons-react'
import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import type { ContentChannel } from '../../core/activities/content.ts'
import { sorts } from '../../core/activities/sorts.ts'
import { isInWizard } from '../../core/activities/states.ts'
import { channels } from '../../core/channels.ts'
import { downloads, paths } from '../paths.ts'
import type { StartSearch } from '../search.ts'
import { narrow } from '../search.ts'
import { ActButton } from '../shell/may.tsx'
import { useWorkspace } from '../shell/me.ts'
import { AsOf, type Liveness } from '../ui/AsOf.tsx'
import { DataTable } from '../ui/DataTable.tsx'
import { download } from '../ui/download.ts'
import { notifyProblem } from '../ui/ErrorState.tsx'
import { ExportMenu } from '../ui/ExportMenu.tsx'
import { Page } from '../ui/Page.tsx'
import { Pager } from '../ui/Pager.tsx'
import { SearchBox } from '../ui/SearchBox.tsx'
import { CreditsLine } from './CreditsLine.tsx'
import { draftColumns, sentColumns } from './columns.tsx'
import { EmptyList } from './EmptyList.tsx'
import { ListFilters } from './ListFilters.tsx'
import { rememberList } from './lastList.tsx'
import { type ActivityList, type ActivityRow, activitiesQuery, moves, useActs } from './queries.ts'
import { SelectionBar } from './SelectionBar.tsx'
import { noteMade } from './untouchedDrafts.ts'

const route = getRouteApi('/w/$workspace/sms')
const nothing: ReadonlySet<string> = new Set()

export function StartPage() {
  const workspace = useWorkspace()
  const navigate = route.useNavigate()
  const place = route.useSearch()
  const { tab = 'sent', search, sort, after, before } = place
  const narrowed = tab === 'sent' ? { state: place.state, from: place.from, to: place.to } : {}
  const list = useQuery(activitiesQuery(workspace.id, { tab, search, ...narrowed, sort, after, before }))
  const { create } = useActs(workspace.id)
  useEffect(() => rememberList(workspace.id, place), [workspace.id, place])

  // A selection belongs to the page of the list that it was made on.
  const here = JSON.stringify([workspace.id, place])
  const [selection, setSelection] = useState({ here, keys: nothing })
  const selected = selection.here === here ? selection.keys : nothing
  const select = (keys: ReadonlySet<string>) => setSelection({ here, keys })
  const { data } = list
  const rows = data?.items
  const liveness = livenessOf(list)
  // Nothing to narrow or to export.
  const bare =
    rows?.length === 0 && !search && !after && !before && Object.values(narrowed).every(value => value === undefined)
  const chosen = (rows ?? []).filter(row => selected.has(String(row.id)))

  const open = (row: ActivityRow) =>
    navigate(isInWizard(row.state) ? paths.edit(workspace.id, row.id) : paths.report(workspace.id, row.id))
  const startNew = (channel: ContentChannel = 'sms') =>
    create.mutate(
      { name: `Untitled ${channels[channel].words.message}`, channel },
      {
        onSuccess: activity => {
          noteMade(activity.id)
          void navigate(paths.edit(workspace.id, activity.id))
        },
        onError: notifyProblem,
      },
    )

  return (
    <Page
      title="SMS"
      description={<CreditsLine workspace={workspace.id} />}
      actions={
        <>
          <ActButton
            operation="createActivity"
            variant="default"
            leftSection={<IconMail size={16} aria-hidden />}
            onClick={() => startNew('email')}
            loading={create.isPending}
          >
            New e-mail
          </ActButton>
          <ActButton
            operation="createActivity"
            leftSection={<IconPlus size={16} aria-hidden />}
            onClick={() => startNew()}
            loading={create.isPending}
          >
            New SMS
          </ActButton>
        </>
      }
    >
      <Tabs
        value={tab}
        onChange={value => navigate({ search: { tab: value === 'drafts' ? 'drafts' : 'sent' } })}
        keepMounted={false}
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="drafts">Drafts</Tabs.Tab>
          <Tabs.Tab value="sent">Scheduled & Sent</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value={tab}>
          <Group mb="md" gap="xs">
            <SearchBox
              label="Search SMS by name or sender"
              placeholder="Search by name or sender"
              value={search ?? ''}
              onChange={value =>
                navigate({ search: narrow<StartSearch>({ search: value || undefined }), replace: true })
              }
            />
            {tab === 'sent' && !bare && <ListFilters {...narrowed} />}
            <Box ml={{ base: 0, xs: 'auto' }} display={bare ? 'none' : undefined}>
              <ExportMenu
                variant="default"
                holds={
                  narrowed.state || narrowed.from || search
                    ? 'The SMS shown, with figures and costs'
                    : 'All SMS of this list, with figures and costs'
                }
                onChoose={(format, csv) =>
                  download(downloads.activities(workspace.id, { tab, search, ...narrowed, sort, format, ...csv }))
                }
              />
            </Box>
          </Group>
          <DataTable
            label={tab === 'drafts' ? 'Drafts' : 'Scheduled and sent SMS'}
            columns={tab === 'drafts' ? draftColumns(workspace.id) : sentColumns(workspace.id)}
            rows={rows}
            rowKey={row => String(row.id)}
            rowName={row => row.name}
            onOpen={open}
            selected={selected}
            onSelect={select}
            sort={sort ?? '-when'}
            onSort={value => navigate({ search: narrow<StartSearch>({ sort: sorts.find(known => known === value) }) })}
            error={list.error}
            onRetry={list.refetch}
            stale={list.isPlaceholderData}
            empty={
              <EmptyList
                workspace={workspace.id}
                tab={tab}
                search={search}
                narrowed={Object.values(narrowed).some(value => value !== undefined)}
                paged={after !== undefined || before !== undefined}
                onStart={() => startNew()}
              />
            }
          />
          {(data?.previous || data?.next || liveness) && (
            <Box mt="md">
              <Pager page={data} beside={liveness && <AsOf at={data?.asOf} liveness={liveness} />} />
            </Box>
          )}
        </Tabs.Panel>
      </Tabs>
      {/* The bar covers the last rows: this is room to scroll them clear of it. */}
      <Box h={56} />
      <SelectionBar workspace={workspace.id} rows={chosen} onClear={() => select(nothing)} />
    </Page>
  )
}

type List = UseQueryResult<ActivityList>

/** Says that the figures move, while they do; and how old they are once the server does not answer; else nothing. */
function livenessOf({ data, isError, failureCount, fetchStatus }: List): Liveness | undefined {
  if (!data || data.items.length === 0) return undefined
  if (isError || failureCount > 0 || fetchStatus === 'paused') return 'disconnected'
  return data.items.some(row => moves(row, Date.parse(data.asOf))) ? 'live' : undefined
}
