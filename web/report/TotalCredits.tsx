/** Total credits: charged and reserved, in credits and money; the arrow unfolds them by country. */
import { Table, Text } from '@mantine/core'
import { countryName } from '../../core/country-names.ts'
import { amount, count, credits, money } from '../ui/numbers.ts'
import { Simulated } from '../ui/Simulated.tsx'
import { Unfold } from '../ui/Unfold.tsx'
import type { Report } from './queries.ts'

type Credits = Report['credits']

export function TotalCredits({ total }: { total: Credits }) {
  const { charged, reserved, currency, countries } = total
  const held = /[1-9]/.test(reserved)
  const line = (
    <span className="figures">
      {credits(charged)} charged · {money(total.money.charged, currency)}
      <Simulated when={total.simulated} />
    </span>
  )
  return (
    <>
      {countries.length > 0 ? <Unfold label={line}>{<ByCountry total={total} />}</Unfold> : line}
      <Text size="sm" c="dimmed" className="figures" mt={4}>
        {held ? `${credits(reserved)} still reserved · ${money(total.money.reserved, currency)}` : 'None reserved'}
      </Text>
    </>
  )
}

function ByCountry({ total: { countries, currency } }: { total: Credits }) {
  return (
    <Table.ScrollContainer minWidth={280} maxHeight={320}>
      <Table
        className="figures"
        aria-label="Credits by country"
        fz="sm"
        horizontalSpacing="xs"
        style={{ overflowWrap: 'normal' }}
      >
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Country</Table.Th>
            <Table.Th scope="col" ta="right">
              Messages
            </Table.Th>
            <Table.Th scope="col" ta="right">
              Credits
            </Table.Th>
            <Table.Th scope="col" ta="right">
              {currency}
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {countries.map(row => (
            <Table.Tr key={row.country}>
              <Table.Td>{countryName(row.country)}</Table.Td>
              <Table.Td ta="right">{count(row.messages)}</Table.Td>
              <Table.Td ta="right">{credits(row.credits)}</Table.Td>
              <Table.Td ta="right">{amount(row.money, currency)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}
