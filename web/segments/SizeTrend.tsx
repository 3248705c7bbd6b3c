/** How the size of a saved segment changed: one exact count per day, as a line and as a table. Days without a count are gaps. */
import { LineChart } from '@mantine/charts'
import { Box, Skeleton, Table, Text, useMatches } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { dayInWords } from '../../core/segments/window-words.ts'
import { valueTicks } from '../report/charts/scale.ts'
import { useWorkspace } from '../shell/me.ts'
import { ErrorState } from '../ui/ErrorState.tsx'
import { count, none, plural } from '../ui/numbers.ts'
import { Panel } from '../ui/Panel.tsx'
import { Unfold } from '../ui/Unfold.tsx'
import { type DailySize, type Segment, sizesQuery } from './queries.ts'
import { everyDay, rowsOf, type SizeRow, shortDay } from './sizeDays.ts'

const height = 220

export function SizeTrend({ segment }: { segment: Segment }) {
  const workspace = useWorkspace()
  const sizes = useQuery(sizesQuery(workspace.id, segment.id))
  const { data } = sizes
  return (
    <Panel
      title="Size by day"
      description="Homing counts the segment once per day, exactly. Of a day only the size is known, not who was in it."
    >
      {sizes.error && !data ? (
        <ErrorState error={sizes.error} onRetry={sizes.refetch} />
      ) : !data ? (
        <Skeleton height={height} aria-busy />
      ) : data.length === 0 ? (
        <Text size="sm" c="dimmed">
          {segment.archivedAt === null
            ? 'Not counted yet. The first size appears here within some minutes, and then one per day.'
            : 'An archived segment is not counted. Restore it to continue.'}
        </Text>
      ) : (
        <Trend sizes={data} name={segment.name} />
      )}
    </Panel>
  )
}

function Trend({ sizes, name }: { sizes: readonly DailySize[]; name: string }) {
  const narrow = useMatches({ base: true, sm: false })
  const days = everyDay(sizes)
  const points = days.map(({ day, size }, at) => ({ at, day, size }))
  const counted = sizes.filter(({ size }) => size !== null)
  const ticks = valueTicks(Math.max(0, ...counted.map(({ size }) => size ?? 0)), true)
  const changed = new Set(sizes.filter(({ isOther }) => isOther).map(({ day }) => day))
  const label = `Size of “${name}” by day`
  const dayAt = (at: number) => shortDay(points[at]?.day ?? '')
  return (
    <>
      {counted.length > 1 && (
        <div role="img" aria-label={`${label}: ${endsInWords(counted)}`} data-trend>
          <LineChart
            h={height}
            data={points}
            dataKey="at"
            series={[{ name: 'size', label: 'People', color: 'var(--mantine-primary-color-filled)' }]}
            curveType="linear"
            connectNulls={false}
            withDots={days.length < 40}
            gridColor="var(--homing-line)"
            strokeDasharray="0"
            accessibilityLayer={false}
            valueFormatter={count}
            referenceLines={points
              .filter(({ day }) => changed.has(day))
              .map(({ at }) => ({
                x: at,
                label: 'Conditions changed',
                // Towards the middle: at the edge it would be cut off.
                labelPosition: at > points.length / 2 ? 'insideTopRight' : 'insideTopLeft',
                color: 'var(--mantine-color-dimmed)',
              }))}
            lineProps={{ isAnimationActive: false }}
            lineChartProps={{ margin: { top: 18, right: 24, bottom: 0, left: 0 } }}
            xAxisProps={{
              type: 'number',
              domain: [0, Math.max(1, points.length - 1)],
              ticks: dayTicks(points.length, narrow ? 3 : 6),
              tickFormatter: dayAt,
              interval: 0,
              height: 30,
              padding: { left: 24, right: 24 },
            }}
            yAxisProps={{
              domain: [0, ticks.at(-1) ?? 1],
              ticks,
              interval: 0,
              width: narrow ? 48 : 64,
              allowDecimals: false,
            }}
            tooltipProps={{ labelFormatter: at => dayAt(Number(at)) }}
          />
        </div>
      )}
      {counted.length === 1 && (
        <Text size="sm">
          {plural(counted[0]?.size ?? 0, 'person', 'people')} on {dayInWords(counted[0]?.day ?? '')}. The line begins
          with the second day.
        </Text>
      )}
      <Box mt="sm">
        <Unfold label="Show figures" aria-label={`Show figures: ${label}`} unfolded={counted.length === 0}>
          <SizesTable rows={rowsOf(sizes)} label={label} />
        </Unfold>
      </Box>
    </>
  )
}

function SizesTable({ rows, label }: { rows: readonly SizeRow[]; label: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be scrollable by keyboard
    <section aria-label={label} tabIndex={0} style={{ maxHeight: 360, overflow: 'auto' }}>
      <Table stickyHeader className="figures" fz="sm" aria-label={label} horizontalSpacing="xs" maw={620}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Day</Table.Th>
            <Table.Th scope="col" ta="right">
              People
            </Table.Th>
            <Table.Th scope="col" ta="right">
              Change
            </Table.Th>
            <Table.Th scope="col">Remark</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(row => (
            <Table.Tr key={row.from}>
              <Table.Th scope="row" fw={400}>
                {row.from === row.to ? dayInWords(row.from) : `${dayInWords(row.from)} – ${dayInWords(row.to)}`}
              </Table.Th>
              <Table.Td ta="right">{count(row.size)}</Table.Td>
              <Table.Td ta="right">{row.change === null ? none : signed(row.change)}</Table.Td>
              <Table.Td>{remarkOf(row)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </section>
  )
}

const signed = (change: number) => (change > 0 ? `+${count(change)}` : change < 0 ? `−${count(-change)}` : '0')

function remarkOf({ size, why, isOther }: SizeRow): string {
  if (why === 'slow') return 'Not counted: it took longer than a minute.'
  if (why === 'broken') return 'Not counted: something that it uses was missing.'
  if (size === null) return 'Not counted.'
  return isOther ? 'The conditions changed.' : ''
}

function endsInWords(counted: readonly DailySize[]): string {
  const [newest, oldest] = [counted[0], counted.at(-1)]
  if (!newest || !oldest) return ''
  return `${count(oldest.size)} on ${dayInWords(oldest.day)}, ${count(newest.size)} on ${dayInWords(newest.day)}`
}

/** Evenly, with both ends. */
function dayTicks(length: number, most: number): number[] {
  const steps = Math.min(most - 1, length - 1)
  return [...new Set(Array.from({ length: steps + 1 }, (_, n) => Math.round((n * (length - 1)) / Math.max(1, steps))))]
}
