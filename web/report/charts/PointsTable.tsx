/** The figures of a chart as a table, for copying and for screen readers. Intervals in which nothing happened are left out. */
import { Box, Table } from '@mantine/core'
import { Unfold } from '../../ui/Unfold.tsx'
import { eventful } from './eventful.ts'
import type { ChartLine, TimePoint } from './lines.ts'
import { sinceWords } from './scale.ts'

interface Props {
  label: string
  lines: readonly ChartLine[]
  points: readonly TimePoint[]
  /** Each value is of its interval; else a sum up to its point. */
  steps?: boolean
  format: (value: number) => string
}

export function PointsTable({ label, lines, points, steps = false, format }: Props) {
  const names = lines.map(({ name }) => name)
  return (
    <Box mt="sm">
      <Unfold label="Show figures" aria-label={`Show figures: ${label}`}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be scrollable by keyboard */}
        <section aria-label={label} tabIndex={0} style={{ maxHeight: 360, overflow: 'auto' }}>
          <Table stickyHeader className="figures" fz="sm" aria-label={label} horizontalSpacing="xs">
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">After sending</Table.Th>
                {lines.map(line => (
                  <Table.Th key={line.name} scope="col" ta="right">
                    {line.label}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {eventful(points, names, steps).map(point => (
                <Table.Tr key={point.minutes}>
                  <Table.Th scope="row" fw={400}>
                    {sinceWords(point.minutes)}
                  </Table.Th>
                  {lines.map(({ name }) => (
                    <Table.Td key={name} ta="right">
                      {format(point[name] ?? 0)}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </section>
      </Unfold>
    </Box>
  )
}
