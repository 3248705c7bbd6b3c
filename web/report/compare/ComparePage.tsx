/** Several activities side by side, each counted up to the same time since sending, with the significance of differences. */
import '@mantine/charts/styles.css'
import { Group, Skeleton, Stack, Table, Text } from '@mantine/core'
import { IconArrowsDiff, IconScale } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { type FigureKey, figure } from '../../../core/report/figures.ts'
import { paths } from '../../paths.ts'
import { useWorkspace } from '../../shell/me.ts'
import { BackLink } from '../../ui/BackLink.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { TextLink } from '../../ui/links.tsx'
import { count, money, none } from '../../ui/numbers.ts'
import { Page } from '../../ui/Page.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { StatusBadge } from '../../ui/StatusBadge.tsx'
import { activityLook, figureLooks, ink } from '../../ui/status.ts'
import { RateBar } from '../charts/RateBar.tsx'
import { RateTable } from '../charts/RateTable.tsx'
import { sinceWords } from '../charts/scale.ts'
import { type Comparison, compareQuery } from '../queries.ts'
import { Chooser } from './Chooser.tsx'
import classes from './Compare.module.css'
import { readIds } from './ids.ts'
import { RatesOverTime } from './RatesOverTime.tsx'
import { betterWords, verdictWords } from './verdicts.ts'

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
      {sent.length > 1 && <Better sent={sent} minutes={comparison.comparedAt ?? 0} />}
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
                  bar: <RateBar n={n(one)} d={d(one)} color={ink(figureLooks[key].color)} compared />,
                }))}
              />
            )
          })}
      {sent.length > 1 && !settled && (
        <Text c="dimmed" size="sm">
          Bounces are compared when all of them are {settledMinutes / 1440} days old. Until then, soft bounces are
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

function Better({ sent, minutes }: { sent: readonly Activity[]; minutes: number }) {
  const { title, words } = betterWords(sent, minutes)
  return (
    <Panel>
      <Group wrap="nowrap" align="flex-start" gap="md" role="status">
        <IconScale size={24} aria-hidden className={classes.scale} />
        <div>
          <Text fw={600} size="lg" className="wrap-anywhere">
            {title}
          </Text>
          <Text size="sm" className="figures">
            {words}
          </Text>
        </div>
      </Group>
    </Panel>
  )
}

/** "Compared at 2 h after sending, the age of “Autumn”, the youngest." */
function agesInWords({ comparedAt, activities }: Comparison): string {
  if (comparedAt === null) return 'None of these activities has been sent yet.'
  const ages = activities.flatMap(({ age }) => age ?? [])
  const youngest = activities.find(({ age }) => age === comparedAt)
  const at = `Compared at ${sinceWords(comparedAt)} after sending`
  return ages.some(age => age !== comparedAt)
    ? `${at}, the age of the most recent, “${youngest?.name ?? ''}”. Later results of the others are left out. The cost is what was charged until now.`
    : `${at}.`
}

const shown = ['sent', 'delivered', 'clicks', 'unique'] as const

function SideBySide({ comparison, workspace }: { comparison: Comparison; workspace: number }) {
  const { activities } = comparison
  const others = (id: number) => activities.flatMap(activity => (activity.id === id ? [] : activity.id))
  const remove = ({ id, name }: Activity) => (
    <TextLink
      {...paths.compare(workspace, others(id))}
      size="sm"
      style={{ whiteSpace: 'nowrap' }}
      aria-label={`Remove ${name}`}
    >
      Remove
    </TextLink>
  )
  const named = ({ id, name }: Activity) => (
    <TextLink {...paths.report(workspace, id)} size="sm" className="wrap-anywhere">
      {name}
    </TextLink>
  )
  const labels = [...shown.map(key => figure(key).label), 'Cost', 'Cost per click']
  return (
    <>
      <Table aria-label="Activities" fz="sm" horizontalSpacing="xs" visibleFrom="md">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Activity</Table.Th>
            <Table.Th scope="col">State</Table.Th>
            <Table.Th scope="col" ta="right">
              Age
            </Table.Th>
            {labels.map(label => (
              <Table.Th key={label} scope="col" ta="right">
                {label}
              </Table.Th>
            ))}
            <Table.Td />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {activities.map(activity => (
            <Table.Tr key={activity.id}>
              <Table.Th scope="row" fw={400}>
                {named(activity)}
              </Table.Th>
              <Table.Td>
                <StatusBadge look={activityLook(activity.state)} />
              </Table.Td>
              <Table.Td ta="right" className="figures" style={{ whiteSpace: 'nowrap' }}>
                {ageOf(activity)}
              </Table.Td>
              {valuesOf(activity).map((value, at) => (
                <Table.Td key={labels[at]} ta="right" className="figures" style={{ whiteSpace: 'nowrap' }}>
                  {value}
                </Table.Td>
              ))}
              <Table.Td ta="right">{remove(activity)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Stack component="ul" aria-label="Activities" gap="md" m={0} p={0} hiddenFrom="md" className={classes.cards}>
        {activities.map(activity => {
          const values = valuesOf(activity)
          return (
            <li key={activity.id}>
              <Group justify="space-between" wrap="nowrap" align="flex-start">
                {named(activity)}
                {remove(activity)}
              </Group>
              <Group gap="sm" mb={6}>
                <StatusBadge look={activityLook(activity.state)} />
                <Text size="sm" c="dimmed">
                  {ageOf(activity)}
                </Text>
              </Group>
              <dl className={classes.figures}>
                {labels.map((label, at) => (
                  <div key={label}>
                    <dt>{label}</dt>
                    <dd>{values[at]}</dd>
                  </div>
                ))}
              </dl>
            </li>
          )
        })}
      </Stack>
    </>
  )
}

const ageOf = ({ age }: Activity) => (age === null ? 'Not sent yet' : sinceWords(age))

/** In the order of the labels. */
function valuesOf({ age, counts, cost, currency, simulated }: Activity): string[] {
  if (age === null) return [...shown, 'cost', 'perClick'].map(() => none)
  const perClick = counts.clicked > 0 ? (Number(cost) / counts.clicked).toFixed(4) : null
  return [
    ...shown.map(key => count(key === 'clicks' ? counts.clicked : counts[key])),
    `${money(cost, currency)}${simulated ? ' (simulated)' : ''}`,
    perClick === null ? none : money(perClick, currency),
  ]
}
