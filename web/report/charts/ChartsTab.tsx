/** Charts: figures over time, rates by country, gateway and device, and delivery times. A chart without data is left out. */
import '@mantine/charts/styles.css'
import { Skeleton, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ChartSpan } from '../../../core/report/curves.ts'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { breakdownsQuery, type Report } from '../queries.ts'
import { CurvesPanel, type Per } from './CurvesPanel.tsx'
import { LatencyPanel } from './LatencyPanel.tsx'
import { Countries, Devices, Errors, Gateways } from './Outcomes.tsx'
import { useFollowing } from './useFollowing.ts'

interface Props {
  workspace: number
  report: Report
  span: ChartSpan | undefined
  per: Per
}

export function ChartsTab({ workspace, report, span, per }: Props) {
  useFollowing(workspace, report)
  const { data, error, refetch } = useQuery(breakdownsQuery(workspace, report))
  return (
    <Stack gap="lg">
      <CurvesPanel workspace={workspace} report={report} span={span} per={per} />
      {error && !data ? (
        <ErrorState error={error} onRetry={refetch} />
      ) : !data ? (
        <Skeleton height={240} aria-busy />
      ) : (
        <>
          {data.countries.length > 0 && <Countries rows={data.countries} report={report} />}
          {data.gateways.length > 0 && <Gateways rows={data.gateways} report={report} />}
          {data.errors.length > 0 && <Errors rows={data.errors} report={report} />}
          {data.latency && <LatencyPanel latency={data.latency} gateways={data.gateways} />}
          {data.devices.length > 0 && <Devices rows={data.devices} report={report} />}
        </>
      )}
    </Stack>
  )
}
