/** Several activities side by side, each counted up to the same time since sending, with the significance of differences. */
import '@mantine/charts/styles.css'
import { Skeleton, Stack, Table, Text } from '@mantine/core'
import { IconArrowsDiff } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { type FigureKey, figure } from '../../../core/report/figures.ts'
import { paths } from '../../paths.ts'
import { useWorkspace } from '../../shell/me.ts'
import { BackLink } from '../../ui/BackLink.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { TextLink } from '../../ui/links.tsx'
import { count, none } from '../../ui/numbers.ts'
import { Page } from '../../ui/Page.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { StatusBadge } from '../../ui/StatusBadge.tsx'
import { activityLook, figureLooks, ink } from '../../ui/status.ts'
import { RateBar } from '../charts/RateBar.tsx'
import { RateTable } from '../charts/RateTable.tsx'
import { sinceWords } from '../charts/scale.ts'
import { type Comparison, compareQuery } from '../queries.ts'
import { Chooser } from './Chooser.tsx'
import { readIds } from './ids.ts'
import { RatesOverTime } from './RatesOverTime.tsx'
import { verdictWords } from './verdicts.ts'

const route = getRouteApi('/w/$workspace/sms/compare')

export function ComparePage() {
  const workspace = useWorkspace()
  const { ids: written, span } = route.useSearch()
  const ids = readIds(written)
  const { data: latest, error, refetch } = useQuery(compareQuery(workspace.id, ids, span))
  const data = ids.length > 0 ? latest : undefined
  return (
    <Page title="Compare" back={<BackLink {...paths.sms(workspace.id, { tab: 'sent' })}>SMS</BackLink>}>
      <Chooser workspace={workspace.id} ids={ids} names={new Map(data?.activities.map(({ id, name }) => [id, name]))} />
      {ids.length === 0 ? (
        <EmptyState icon={IconArrowsDiff} title="Nothing to compare yet">
          Add two or more activities above to compare them by time since sending.
        </EmptyState>
      ) : error ? (
        <ErrorState error={error} onRetry={refetch} />
      ) : !data ? (
        <Skeleton height={320} aria-busy />
      ) : (
        <Compared comparison={data} workspace={workspace.id} />
      )}
    </Page>
  )
}

type Activity = Comparison['activities'][number]

/**
 * Soft bounces of a recent activity are still retried, while those of an older one may have been delivered. So bounces are compared
 * only when all activities have settled.
 */
const settledMinutes = 72 * 60

/** The rates that are compared; their words are in the table of figures. */
const rates: readonly { key: FigureKey; n: (of: Activity) => number; d: (of: Activity) => number }[] = [
  { key: 'delivered', n: ({ counts }) => counts.delivered, d: ({ counts }) => counts.sent },
  { key: 'unique', n: ({ counts }) => counts.unique, d: ({ counts }) => counts.delivered },
  { key: 'bounced', n: ({ counts }) => counts.bounced, d: ({ counts }) => counts.sent },
  { key: 'unsubscribed', n: ({ counts }) => counts.unsubscribed, d: ({ counts }) => counts.delivered },
]

function Compared({ comparison, workspace }: { comparison: Comparison; workspace: number }) {
  const { activities } = comparison
  const sent = activities.filter(({ sentSince }) => sentSince !== null)
  const settled = (comparison.comparedAt ?? 0) >= settledMinutes
  return (
    <Stack gap="lg">
      <Panel title="Side by side" description={agesInWords(comparison)}>
        <SideBySide comparison={comparison} workspace={workspace} />
      </Panel>
      {sent.length > 0 && (
        <>
          <RatesOverTime
            title="Delivered over time"
            description="The share of Sent that was delivered by this time after sending."
            comparison={comparison}
            n="delivered"
            d="sent"
          />
          <RatesOverTime
            title="CTR over time"
            description="The share of Delivered that had clicked by this time after sending."
            comparison={comparison}
            n="unique"
            d="delivered"
          />
        </>
      )}
      {sent.length > 1 &&
        rates
          .filter(({ key }) => key !== 'bounced' || settled)
          .map(({ key, n, d }) => {
            const { rateLabel, label, denominator } = figure(key)
            const base = figure(denominator ?? 'sent').label
            return (
              <RateTable
                key={key}
                title={rateLabel ?? label}
                description={verdictWords(
                  sent.map(({ name }) => name),
                  sent.map(one => ({ n: n(one), d: d(one) })),
                )}
                first="Activity"
                counts={[base, label]}
                rate="Rate, with 95% interval"
                rows={sent.map(one => ({
                  key: String(one.id),
                  name: <span className="wrap-anywhere">{one.name}</span>,
                  counts: [d(one), n(one)],
                  bar: <RateBar n={n(one)} d={d(one)} color={ink(figureLooks[key].color)} />,
                }))}
              />
            )
          })}
      {sent.length > 1 && !settled && (
        <Text c="dimmed" size="sm">
          Bounces are compared once all of them are {sinceWords(settledMinutes)} old: until then soft bounces are
          retried.
        </Text>
      )}
      {activities.length === 1 && (
        <Text c="dimmed" size="sm">
          Add another activity above to compare.
        </Text>
      )}
    </Stack>
  )
}

/** "Compared at 2 h after sending, the age of “Autumn”, the youngest." */
function agesInWords({ comparedAt, activities }: Comparison): string {
  if (comparedAt === null) return 'None of these activities has been sent yet.'
  const ages = activities.flatMap(({ age }) => age ?? [])
  const youngest = activities.find(({ age }) => age === comparedAt)
  const at = `Compared at ${sinceWords(comparedAt)} after sending`
  return ages.some(age => age !== comparedAt)
    ? `${at}, the age of the most recent, “${youngest?.name ?? ''}”. Later results of the others are left out.`
    : `${at}.`
}

function SideBySide({ comparison, workspace }: { comparison: Comparison; workspace: number }) {
  const shown = ['sent', 'delivered', 'clicks', 'unique'] as const
  const { activities } = comparison
  const ids = activities.map(({ id }) => id)
  return (
    <Table.ScrollContainer minWidth={680}>
      <Table aria-label="Activities" fz="sm" horizontalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Activity</Table.Th>
            <Table.Th scope="col">State</Table.Th>
            <Table.Th scope="col" ta="right">
              Age
            </Table.Th>
            {shown.map(key => (
              <Table.Th key={key} scope="col" ta="right">
                {figure(key).label}
              </Table.Th>
            ))}
            <Table.Td />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {activities.map(({ id, name, state, age, counts }) => (
            <Table.Tr key={id}>
              <Table.Th scope="row" fw={400} className="wrap-anywhere">
                <TextLink {...paths.report(workspace, id)} size="sm">
                  {name}
                </TextLink>
              </Table.Th>
              <Table.Td>
                <StatusBadge look={activityLook(state)} />
              </Table.Td>
              <Table.Td ta="right" className="figures" style={{ whiteSpace: 'nowrap' }}>
                {age === null ? 'Not sent yet' : sinceWords(age)}
              </Table.Td>
              {shown.map(key => (
                <Table.Td key={key} ta="right" className="figures">
                  {age === null ? none : count(key === 'clicks' ? counts.clicked : counts[key])}
                </Table.Td>
              ))}
              <Table.Td ta="right">
                <TextLink
                  {...paths.compare(
                    workspace,
                    ids.filter(other => other !== id),
                  )}
                  size="sm"
                  style={{ whiteSpace: 'nowrap' }}
                  aria-label={`Remove ${name}`}
                >
                  Remove
                </TextLink>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}
