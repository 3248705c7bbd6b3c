/** The SMS Report of one activity: tabs at the left, live figures, and an export of each tab's list. */
import { Group, Skeleton, Stack } from '@mantine/core'
import { IconChartBar } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { notSentReason } from '../../core/audience/not-sent-reasons.ts'
import { bounceKinds, tab as tabOf } from '../../core/report/tabs.ts'
import { whoDid } from '../../core/segments/from-report.ts'
import type { SegmentTree } from '../../core/segments/tree.ts'
import { BackToList } from '../activities/lastList.tsx'
import { paths } from '../paths.ts'
import type { ReportSearch } from '../search.ts'
import { useWorkspace } from '../shell/me.ts'
import { TagButton } from '../tags/TagButton.tsx'
import { AsOf } from '../ui/AsOf.tsx'
import { activityBadge } from '../ui/activity-badge.ts'
import { EmptyState } from '../ui/EmptyState.tsx'
import { ErrorState } from '../ui/ErrorState.tsx'
import { ButtonLink } from '../ui/links.tsx'
import { Page } from '../ui/Page.tsx'
import { StatusBadge } from '../ui/StatusBadge.tsx'
import { activityLook } from '../ui/status.ts'
import { ActivityActs } from './ActivityActs.tsx'
import { Completeness } from './Completeness.tsx'
import { CreateSegmentButton, type ReportPeople } from './CreateSegment.tsx'
import { ExportList } from './export/ExportList.tsx'
import { OverviewTab } from './OverviewTab.tsx'
import { type Report, reportQuery } from './queries.ts'
import classes from './ReportPage.module.css'
import { ReportTabs } from './ReportTabs.tsx'
import { ListTab } from './tabs/ListTab.tsx'
import { useLiveReport } from './useLiveReport.ts'

// The chart library is larger than the rest of the report, so it loads only with this tab.
const ChartsTab = lazy(() => import('./charts/ChartsTab.tsx').then(({ ChartsTab: tab }) => ({ default: tab })))

const route = getRouteApi('/w/$workspace/sms/$activity/report')

export function ReportPage() {
  const workspace = useWorkspace()
  const id = Number(route.useParams().activity)
  const shown = route.useSearch()
  const { tab = 'overview', span, per = 'total' } = shown
  const report = useQuery(reportQuery(workspace.id, id))
  const liveness = useLiveReport(workspace.id, id)

  if (report.error && !report.data) {
    return (
      <Page title="SMS Report" back={<BackToList tab="sent" workspace={workspace.id} />}>
        <ErrorState error={report.error} onRetry={report.refetch} />
      </Page>
    )
  }
  const data = report.data
  if (data?.state === 'draft') return <NoReportYet workspace={workspace.id} report={data} />
  return (
    <Page
      title={data?.name ?? 'SMS Report'}
      back={<BackToList tab="sent" workspace={workspace.id} />}
      aside={
        data && <StatusBadge {...activityBadge(data.state, data.overview.frozenAt === null ? null : openOf(data))} />
      }
      description={<AsOf at={data?.asOf} liveness={liveness} />}
      actions={
        data && (
          <Group gap="xs">
            <ActivityActs workspace={workspace.id} report={data} />
            <ExportList workspace={workspace.id} report={data} shown={shown} />
          </Group>
        )
      }
    >
      <Completeness report={data} />
      <div className={classes.columns}>
        <ReportTabs workspace={workspace.id} activity={id} current={tab} figures={data?.figures} />
        <div className={classes.content}>
          {!data ? (
            <ReportSkeleton />
          ) : tab === 'overview' ? (
            <OverviewTab report={data} />
          ) : tab === 'charts' ? (
            <Suspense fallback={<ReportSkeleton />}>
              <ChartsTab workspace={workspace.id} report={data} span={span} per={per} />
            </Suspense>
          ) : (
            <ListTab key={tab} tab={tab} report={data} />
          )}
          {data && data.figures.targeted > 0 && (
            <div className={classes.bottom}>
              <CreateSegmentButton report={data} people={peopleOf(shown, data)} />
              {tab !== 'overview' && tab !== 'charts' && (
                <TagButton
                  tree={treeOf(shown, data)}
                  search={shown.search}
                  whose="everybody in the list above, less those who were erased"
                />
              )}
            </div>
          )}
        </div>
      </div>
    </Page>
  )
}

/** The people of the list, without its search. */
function treeOf(shown: ReportSearch, report: Report): SegmentTree {
  const [{ of: _, ...listed } = { figure: 'targeted' as const }] = peopleOf(shown, report)
  return whoDid({ ...listed, activity: Number(report.activity) })
}

/** The people of the tab, as it is narrowed. */
function peopleOf({ tab, link, bots, bounce, reason }: ReportSearch, { links, channel }: Report): ReportPeople[] {
  const list = tab === undefined ? undefined : tabOf(tab)
  if (list === undefined) return [{ figure: 'unique' }, { figure: 'delivered' }, { figure: 'unsubscribed' }]
  if (list.key === 'clicks')
    return [{ figure: bots ? 'visited' : 'unique', link, of: links.find(({ id }) => id === link)?.url }]
  if (list.key === 'bounced') return [{ figure: bounce ? bounceKinds[bounce] : list.figure }]
  if (list.key === 'not-sent' && reason)
    return [{ figure: list.figure, where: { reasons: [reason] }, of: notSentReason(reason, channel)?.label }]
  return [{ figure: list.figure }]
}

const openOf = ({ figures: { queued, bouncedSoftRetrying, pending } }: Report) => ({
  queued,
  retrying: bouncedSoftRetrying,
  pending,
})

function NoReportYet({ workspace, report }: { workspace: number; report: Report }) {
  return (
    <Page
      title={report.name}
      back={<BackToList tab="sent" workspace={workspace} />}
      aside={<StatusBadge look={activityLook(report.state)} />}
    >
      <EmptyState
        icon={IconChartBar}
        title="A draft has no report yet"
        action={
          <ButtonLink {...paths.edit(workspace, report.activity)} mt="xs">
            Continue editing
          </ButtonLink>
        }
      >
        Figures appear here after you schedule or send it.
      </EmptyState>
    </Page>
  )
}

function ReportSkeleton() {
  return (
    <Stack gap="lg" aria-busy>
      <Skeleton height={190} />
      <Skeleton height={330} />
    </Stack>
  )
}
