/** Several activities side by side: what each did, figure by figure. */
import { Skeleton, Table } from '@mantine/core'
import { IconArrowsDiff } from '@tabler/icons-react'
import { useQueries } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { type FigureKey, figure, rateOf } from '../../../core/report/figures.ts'
import { paths } from '../../paths.ts'
import { useWorkspace } from '../../shell/me.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { ButtonLink, TextLink } from '../../ui/links.tsx'
import { count, percent } from '../../ui/numbers.ts'
import { Page } from '../../ui/Page.tsx'
import { type Report, reportQuery } from '../queries.ts'
import { readIds } from './ids.ts'

const route = getRouteApi('/w/$workspace/sms/compare')
const shown: readonly FigureKey[] = ['sent', 'delivered', 'bounced', 'unique', 'unsubscribed']

export function ComparePage() {
  const workspace = useWorkspace()
  const ids = readIds(route.useSearch().ids)
  const reports = useQueries({ queries: ids.map(id => reportQuery(workspace.id, id)) })
  const failed = reports.find(({ error }) => error)
  const found = reports.flatMap(({ data }) => (data ? [data] : []))
  return (
    <Page
      title="Compare"
      back={
        <TextLink {...paths.sms(workspace.id, { tab: 'sent' })} size="sm" w="fit-content">
          ← SMS
        </TextLink>
      }
    >
      {ids.length === 0 ? (
        <EmptyState
          icon={IconArrowsDiff}
          title="Nothing to compare yet"
          action={
            <ButtonLink {...paths.sms(workspace.id, { tab: 'sent' })} mt="xs">
              Choose activities
            </ButtonLink>
          }
        >
          Select two or more activities on the start page, then Compare.
        </EmptyState>
      ) : failed ? (
        <ErrorState error={failed.error} onRetry={failed.refetch} />
      ) : found.length < ids.length ? (
        <Skeleton height={160} aria-busy />
      ) : (
        <SideBySide reports={found} workspace={workspace.id} />
      )}
    </Page>
  )
}

function SideBySide({ reports, workspace }: { reports: readonly Report[]; workspace: number }) {
  return (
    <Table.ScrollContainer minWidth={640}>
      <Table aria-label="Figures of each activity">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Activity</Table.Th>
            {shown.map(key => (
              <Table.Th key={key} scope="col" ta="right">
                {figure(key).label}
              </Table.Th>
            ))}
            <Table.Th aria-label="Leave out" />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {reports.map(report => (
            <Table.Tr key={report.activity}>
              <Table.Th scope="row">
                <TextLink {...paths.report(workspace, report.activity)}>{report.name}</TextLink>
              </Table.Th>
              {shown.map(key => (
                <Table.Td key={key} ta="right" className="figures">
                  {count(report.figures[key])}
                  {figure(key).denominator !== 'targeted' && <> · {percent(rateOf(key, report.figures))}</>}
                </Table.Td>
              ))}
              <Table.Td ta="right">
                <TextLink
                  {...paths.compare(workspace, without(reports, report))}
                  size="sm"
                  aria-label={`Leave out ${report.name}`}
                >
                  Leave out
                </TextLink>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

function without(reports: readonly Report[], one: Report): number[] {
  return reports.filter(report => report !== one).map(({ activity }) => Number(activity))
}
