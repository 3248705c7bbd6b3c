/** A table of rates: name, counts, and the rate as a bar with its interval. */
import { Table, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { count } from '../../ui/numbers.ts'
import { Panel } from '../../ui/Panel.tsx'

interface Props {
  title: string
  description?: string
  first: string
  counts: readonly string[]
  rate: string
  rows: readonly { key: string; name: ReactNode; counts: readonly number[]; bar: ReactNode }[]
}

export function RateTable({ title, description, first, counts, rate, rows }: Props) {
  return (
    <Panel title={title} {...(description && { description })}>
      <Table aria-label={title} fz="sm" horizontalSpacing="xs" layout="fixed">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{first}</Table.Th>
            {counts.map(label => (
              <Table.Th key={label} scope="col" ta="right" w={100} visibleFrom="sm">
                {label}
              </Table.Th>
            ))}
            <Table.Th scope="col" w="50%">
              {rate}
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(row => (
            <Table.Tr key={row.key}>
              <Table.Th scope="row" fw={400}>
                {row.name}
                {/* On a phone the counts are under the name. */}
                <Text size="xs" c="dimmed" className="figures" hiddenFrom="sm">
                  {row.counts.map((n, at) => `${counts[at]} ${count(n)}`).join(' · ')}
                </Text>
              </Table.Th>
              {row.counts.map((n, at) => (
                <Table.Td key={counts[at]} ta="right" className="figures" visibleFrom="sm">
                  {count(n)}
                </Table.Td>
              ))}
              <Table.Td>{row.bar}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  )
}
