/** One list of the report: 25 profiles a page, found by name, number, e-mail or key; a row opens the Profile View. */
import { Group, Stack, Switch, Tooltip } from '@mantine/core'
import { IconSearch, IconUsers } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { figure } from '../../../core/report/figures.ts'
import { type TabKey, tab as tabOf, visitsTab } from '../../../core/report/tabs.ts'
import { paths } from '../../paths.ts'
import { useWorkspace } from '../../shell/me.ts'
import { DataTable } from '../../ui/DataTable.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { plural } from '../../ui/numbers.ts'
import { Pager } from '../../ui/Pager.tsx'
import { SearchBox } from '../../ui/SearchBox.tsx'
import { listQuery, type Report } from '../queries.ts'
import { listColumns } from './columns.tsx'
import { LinksTable } from './LinksTable.tsx'
import { Reasons } from './Reasons.tsx'

const route = getRouteApi('/w/$workspace/sms/$activity/report')

export function ListTab({ tab, report }: { tab: TabKey; report: Report }) {
  const workspace = useWorkspace()
  const navigate = route.useNavigate()
  const { search, after, link, bots } = route.useSearch()
  const list = useQuery(listQuery(workspace.id, Number(report.activity), tab, { search, after, link, bots }))
  const words = tab === 'clicks' && bots ? visitsTab : tabOf(tab)
  if (!words) return null
  const chosenLink = report.links.find(({ id }) => id === link)
  const total = search || link || bots ? list.data?.total : report.figures[words.figure]
  return (
    <Stack gap="lg">
      {tab === 'clicks' && <LinksTable report={report} chosen={link} bots={bots} />}
      {tab === 'not-sent' && <Reasons report={report} />}
      <Stack gap="sm">
        <Group justify="space-between">
          <SearchBox
            label="Search profiles by name, number, e-mail or key"
            placeholder="Name, number, e-mail or key"
            value={search ?? ''}
            onChange={value =>
              navigate({
                search: ({ search: _, after: __, ...rest }) => ({ ...rest, ...(value && { search: value }) }),
                replace: true,
                resetScroll: false,
              })
            }
          />
          {tab === 'clicks' && <BotsSwitch shown={bots === true} />}
        </Group>
        <DataTable
          label={chosenLink ? `Profiles who clicked ${chosenLink.url}` : `${words.label}: profiles`}
          columns={listColumns(words.key, list.data?.columns ?? words.columns, workspace.id)}
          rows={list.data?.items}
          rowKey={row => String(row.profileId)}
          onOpen={row => navigate(paths.profile(workspace.id, row.profileId))}
          error={list.error}
          onRetry={list.refetch}
          stale={list.isPlaceholderData}
          loadingRows={10}
          empty={
            search ? (
              <NotFound search={search} />
            ) : (
              <NobodyYet figureLabel={words.label} tooltip={figure(words.figure).tooltip} />
            )
          }
        />
        <Pager after={after} next={list.data?.next} summary={total == null ? '' : plural(total, 'profile')} />
      </Stack>
    </Stack>
  )
}

/** Its state stands in the address, so that a page with bots can be sent to a colleague. */
function BotsSwitch({ shown }: { shown: boolean }) {
  const navigate = route.useNavigate()
  return (
    <Tooltip label={figure('botClicks').tooltip} multiline w={280} position="top-end">
      <Switch
        label="Show suspected bots"
        checked={shown}
        onChange={({ currentTarget: { checked } }) =>
          navigate({
            search: ({ bots: _, after: __, ...rest }) => ({ ...rest, ...(checked && { bots: true }) }),
            replace: true,
            resetScroll: false,
          })
        }
      />
    </Tooltip>
  )
}

function NotFound({ search }: { search: string }) {
  return (
    <EmptyState icon={IconSearch} title={`Nobody here matches “${search}”`}>
      Search for the beginning of a name, number (+46…), e-mail address or key.
    </EmptyState>
  )
}

function NobodyYet({ figureLabel, tooltip }: { figureLabel: string; tooltip: string }) {
  return (
    <EmptyState icon={IconUsers} title={`${figureLabel}: nobody so far`}>
      {tooltip}
    </EmptyState>
  )
}
