/** How many people Send to reaches, what it costs, and how many it leaves out and why: an estimate at once, then exact. */
import { Group, Skeleton, Stack, Table, Text } from '@mantine/core'
import { selectionOf } from '../../../core/activities/send-to.ts'
import { channels } from '../../../core/channels.ts'
import { countryName } from '../../../core/country-names.ts'
import { ReasonBars } from '../../report/tabs/Reasons.tsx'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { count, credits, money, plural } from '../../ui/numbers.ts'
import { Simulated } from '../../ui/Simulated.tsx'
import type { Audience } from '../queries.ts'
import type { Draft } from '../useDraft.ts'
import { channelPagesOf } from './channels.tsx'
import type { AudienceNow } from './useAudience.ts'

export function AudienceFigure({ draft, audience }: { draft: Draft; audience: AudienceNow }) {
  const { shown, exact, error, counting, retry } = audience
  const { CostNotes, divisionOf } = channelPagesOf(draft)
  const { message } = channels[draft.content.channel].words
  if (error && !shown) return <ErrorState error={error} onRetry={retry} />
  if (!shown) {
    return (
      <Stack gap="xs" aria-busy>
        <Skeleton height={34} width={180} />
        <Skeleton height={16} width={260} />
        <Skeleton height={16} width={260} />
        <Skeleton height={90} />
      </Stack>
    )
  }
  const reasons = Object.entries(shown.notSentReasons)
    .filter(([, n]) => n > 0)
    .sort(([, a], [, b]) => b - a)
  return (
    <Stack gap="md" aria-busy={counting}>
      <div>
        <Group gap={8} align="baseline">
          <Text fz={28} fw={600} lh={1.3} className="figures">
            {shown.ranges && 'about '}
            {count(shown.queued)}
          </Text>
          <Text>{shown.queued === 1 ? `person gets this ${message}` : `people get this ${message}`}</Text>
        </Group>
        <CostLine draft={draft} audience={shown} />
        <Text size="sm" c="dimmed" className="figures" mih={22}>
          {shown.ranges
            ? `Between ${count(shown.ranges.queued.low)} and ${count(shown.ranges.queued.high)} people. Counting exactly.`
            : exact === undefined
              ? 'Counting again.'
              : divisionOf(shown)}
        </Text>
      </div>
      <CostNotes audience={shown} />
      <Countries audience={shown} />
      {shown.targeted === 0 && !shown.ranges && (
        <Text size="sm">
          {selectionOf(draft.fields.sendTo) === null
            ? 'No one has consented to the selected topics yet. Import profiles with their consent.'
            : 'No one is selected by these segments and tags.'}
        </Text>
      )}
      {shown.notSent > 0 && (
        <div>
          <Text size="sm" mb={8} className="figures">
            {shown.ranges && 'About '}
            {count(shown.notSent)} of {count(shown.targeted)} selected are left out:
          </Text>
          <ReasonBars rows={reasons} total={shown.notSent} channel={draft.content.channel} />
        </div>
      )}
    </Stack>
  )
}

/** People, amount, and what it costs where the channel costs anything, in one line; with their ranges where they are estimates. */
export function CostLine({ draft, audience, people = false }: { draft: Draft; audience: Audience; people?: boolean }) {
  const { queued, ranges } = audience
  const about = ranges ? 'about ' : ''
  return (
    <Text size="sm" className="figures">
      {people && `${about}${plural(queued, 'person', 'people')}, `}
      {about}
      {channelPagesOf(draft).amountOf(audience)}
      {channels[draft.content.channel].isCharged && (
        <>
          , {ranges ? `${credits(ranges.credits.low)} to ${credits(ranges.credits.high)}` : credits(audience.credits)}{' '}
          credits, {about}
          {money(audience.money, audience.currency)}
          <Simulated when={audience.simulated} />
        </>
      )}
    </Text>
  )
}

const listedCountries = 10

/** Only where there is something to compare. */
function Countries({ audience: { byCountry } }: { audience: Audience }) {
  const rows = Object.entries(byCountry).sort(([, a], [, b]) => b.messages - a.messages)
  if (rows.length < 2) return null
  const shown = rows.slice(0, listedCountries)
  return (
    <Table.ScrollContainer minWidth={280} type="native">
      <Table verticalSpacing={4} aria-label="Cost by country" className="figures">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Country</Table.Th>
            <Table.Th ta="right">People</Table.Th>
            <Table.Th ta="right">Credits</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {shown.map(([country, { messages, credits: cost }]) => (
            <Table.Tr key={country}>
              <Table.Td>{countryName(country)}</Table.Td>
              <Table.Td ta="right">{count(messages)}</Table.Td>
              <Table.Td ta="right">{credits(cost)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {rows.length > shown.length && (
        <Text size="sm" c="dimmed" mt={4}>
          And {plural(rows.length - shown.length, 'other country', 'other countries')}.
        </Text>
      )}
    </Table.ScrollContainer>
  )
}
