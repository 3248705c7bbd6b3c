/** One list of the report: 25 profiles per page, searchable by name, number, e-mail or key. A row opens the Profile View. */
import { Group, Stack, Switch, Tooltip } from '@mantine/core'
import { IconSearch, IconUsers } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { Channel } from '../../../core/channels.ts'
import { tooltipOf } from '../../../core/report/figures.ts'
import { columnsOf, type TabKey, tab as tabOf, visitsTab } from '../../../core/report/tabs.ts'
import { paths } from '../../paths.ts'
import type { ReportSearch } from '../../search.ts'
import { narrow } from '../../search.ts'
import { useWorkspace } from '../../shell/me.ts'
import { DataTable } from '../../ui/DataTable.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Pager } from '../../ui/Pager.tsx'
import { SearchBox } from '../../ui/SearchBox.tsx'
import { useReturn } from '../../ui/useReturn.ts'
import { listQuery, type Report } from '../queries.ts'
import { AfterClick } from './AfterClick.tsx'
import { listColumns } from './columns.tsx'
import { LinksTable } from './LinksTable.tsx'
import { BounceFilter, ListNote, OrderSwitch } from './ListControls.tsx'
import { Reasons } from './Reasons.tsx'

const route = getRouteApi('/w/$workspace/sms/$activity/report')

export function ListTab({ tab, report }: { tab: TabKey; report: Report }) {
  const workspace = useWorkspace()
  const navigate = route.useNavigate()
  const { search, after, before, sort, link, bots, bounce, reason } = route.useSearch()
  const narrowing = {
    ...(tab === 'clicks' && { link, bots }),
    ...(tab === 'bounced' && { bounce }),
    ...(tab === 'not-sent' && { reason }),
  }
  const list = useQuery(
    listQuery(workspace.id, Number(report.activity), tab, { search, after, before, sort, ...narrowing }),
  )
  const { focusKey, leave } = useReturn()
  const words = tab === 'clicks' && bots ? visitsTab : tabOf(tab)
  if (!words) return null
  const chosenLink = report.links.find(({ id }) => id === link)
  const { items, partial = false } = list.data ?? {}
  return (
    <Stack gap="lg">
      {tab === 'clicks' && <LinksTable report={report} chosen={link} bots={bots} />}
      {tab === 'clicks' && <AfterClick activity={Number(report.activity)} />}
      {tab === 'not-sent' && <Reasons report={report} chosen={reason} />}
      <Stack gap="sm">
        <Group justify="space-between">
          <SearchBox
            label="Search profiles by name, number, e-mail or key"
            placeholder="Name, number, e-mail or key"
            value={search ?? ''}
            onChange={value =>
              navigate({
                search: narrow<ReportSearch>({ search: value || undefined }),
                replace: true,
                resetScroll: false,
              })
            }
          />
          <Group gap="sm">
            {tab === 'clicks' && <BotsSwitch shown={bots === true} channel={report.channel} />}
            {tab === 'bounced' && <BounceFilter report={report} chosen={bounce} />}
            <OrderSwitch tab={words} sort={sort} rows={report.figures[words.figure]} />
          </Group>
        </Group>
        <DataTable
          label={chosenLink ? `Profiles who clicked ${chosenLink.url}` : `${words.label}: profiles`}
          columns={listColumns(words.key, list.data?.columns ?? columnsOf(words, report.channel), {
            workspace: workspace.id,
            channel: report.channel,
          })}
          rows={items}
          rowKey={row => String(row.profileId)}
          onOpen={row => navigate(paths.profile(workspace.id, row.profileId))}
          onLeave={row => leave(String(row.profileId))}
          focusKey={focusKey}
          error={list.error}
          onRetry={list.refetch}
          stale={list.isPlaceholderData}
          loadingRows={10}
          empty={
            partial ? (
              <NobodyYetHere />
            ) : search ? (
              <NotFound search={search} />
            ) : bounce || reason ? (
              <NobodyChosen />
            ) : (
              <NobodyYet figureLabel={words.label} tooltip={tooltipOf(words.figure, report.channel)} />
            )
          }
        />
        <Pager
          page={list.data}
          beside={
            <ListNote
              total={list.data?.total?.n}
              partial={partial}
              bots={words === visitsTab}
              figureNow={report.figures[words.figure]}
              readAt={list.dataUpdatedAt}
              refresh={list.refetch}
            />
          }
        />
      </Stack>
    </Stack>
  )
}

/** Its state is in the address, so that a page with bots can be shared. */
function BotsSwitch({ shown, channel }: { shown: boolean; channel: Channel }) {
  const navigate = route.useNavigate()
  return (
    <Tooltip label={tooltipOf('botClicks', channel)} multiline w={280} position="top-end">
      <Switch
        label="Show suspected bots"
        checked={shown}
        onChange={({ currentTarget: { checked } }) =>
          navigate({
            search: narrow<ReportSearch>({ bots: checked || undefined }),
            replace: true,
            resetScroll: false,
          })
        }
      />
    </Tooltip>
  )
}

/** An empty page of a list that was searched only in part. */
function NobodyYetHere() {
  return (
    <EmptyState icon={IconSearch} title="No match in this part of the list">
      There may be matches further on. Select Next to search the rest.
    </EmptyState>
  )
}

function NobodyChosen() {
  return (
    <EmptyState icon={IconUsers} title="No profiles of this kind">
      Choose another kind, or all.
    </EmptyState>
  )
}

function NotFound({ search }: { search: string }) {
  return (
    <EmptyState icon={IconSearch} title={`No profile matches “${search}”`}>
      Enter the beginning of a name, number (+46…), e-mail address or key.
    </EmptyState>
  )
}

function NobodyYet({ figureLabel, tooltip }: { figureLabel: string; tooltip: string }) {
  return (
    <EmptyState icon={IconUsers} title={`${figureLabel}: no profiles yet`}>
      {tooltip}
    </EmptyState>
  )
}
