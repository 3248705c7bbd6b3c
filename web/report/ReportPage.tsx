/** The SMS Report of one activity: tabs at the left, live figures, and an export of each tab's list. */
import { Skeleton, Stack } from '@mantine/core'
import { IconChartBar } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { BackToList } from '../activities/lastList.tsx'
import { paths } from '../paths.ts'
import { useWorkspace } from '../shell/me.ts'
import { AsOf } from '../ui/AsOf.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { ErrorState } from '../ui/ErrorState.tsx'
import { ButtonLink } from '../ui/links.tsx'
import { Page } from '../ui/Page.tsx'
import { StatusBadge } from '../ui/StatusBadge.tsx'
import { activityLook } from '../ui/status.ts'
import { Completeness } from './Completeness.tsx'
import { ExportMenu } from './export/ExportMenu.tsx'
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
  const { tab = 'overview', span, per = 'total', link } = route.useSearch()
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
      aside={data && <StatusBadge look={activityLook(data.state)} />}
      description={<AsOf at={data?.asOf} liveness={liveness} />}
      actions={data && <ExportMenu workspace={workspace.id} report={data} tab={tab} link={link} />}
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
        </div>
      </div>
    </Page>
  )
}

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
