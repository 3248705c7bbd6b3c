/** How many people Send to reaches, what it costs, and how many it leaves out and why: an estimate at once, then exact. */
import { Group, Skeleton, Stack, Text } from '@mantine/core'
import { ReasonBars } from '../../report/tabs/Reasons.tsx'
import { countryName } from '../../ui/countries.ts'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { count, credits, money, plural } from '../../ui/numbers.ts'
import type { Audience } from '../queries.ts'
import { edgeSentences } from './edges.ts'
import type { AudienceNow } from './useAudience.ts'

export function AudienceFigure({ audience }: { audience: AudienceNow }) {
  const { shown, exact, error, counting, retry } = audience
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
          <Text>{shown.queued === 1 ? 'person gets this SMS' : 'people get this SMS'}</Text>
        </Group>
        <CostLine audience={shown} />
        <Text size="sm" c="dimmed" className="figures" mih={22}>
          {shown.ranges
            ? `Between ${count(shown.ranges.queued.low)} and ${count(shown.ranges.queued.high)} people; counting exactly.`
            : exact === undefined
              ? 'Counting again.'
              : partsSentence(shown)}
        </Text>
      </div>
      <TooLong audience={shown} />
      <Edges audience={shown} />
      <Countries audience={shown} />
      {shown.targeted === 0 && !shown.ranges && (
        <Text size="sm">
          Nobody has said yes to what is chosen here. An import can bring people with their consent.
        </Text>
      )}
      {shown.notSent > 0 && (
        <div>
          <Text size="sm" mb={8} className="figures">
            {shown.ranges && 'About '}
            {count(shown.notSent)} of {count(shown.targeted)} selected are left out:
          </Text>
          <ReasonBars rows={reasons} total={shown.notSent} />
        </div>
      )}
    </Stack>
  )
}

/** Scheduling is refused while there are any. */
export function TooLong({ audience: { tooLong, maxParts, ranges } }: { audience: Audience }) {
  if (tooLong === null) return null
  const { people, parts } = tooLong
  return (
    <Text size="sm" c="var(--mantine-color-error)" className="figures">
      {ranges && 'About '}
      {plural(people, 'person', 'people')} would get more than {plural(maxParts, 'part')} (up to {count(parts)}), so
      this cannot be sent yet. Shorten the text, or let an admin allow more in the settings.
    </Text>
  )
}

/** People, parts, credits and money in one line; with their ranges where they are estimates. */
export function CostLine({ audience, people = false }: { audience: Audience; people?: boolean }) {
  const { queued, parts, ranges } = audience
  const about = ranges ? 'about ' : ''
  return (
    <Text size="sm" className="figures">
      {people && `${about}${plural(queued, 'person', 'people')}, `}
      {about}
      {plural(parts, 'part')},{' '}
      {ranges ? `${credits(ranges.credits.low)} to ${credits(ranges.credits.high)}` : credits(audience.credits)}{' '}
      credits, {about}
      {money(audience.money, audience.currency)}
    </Text>
  )
}

export function Edges({ audience }: { audience: Audience }) {
  const sentences = edgeSentences(audience)
  if (sentences.length === 0) return null
  return (
    <Stack gap={2}>
      {sentences.map(sentence => (
        <Text key={sentence} size="sm" className="figures">
          {sentence}
        </Text>
      ))}
    </Stack>
  )
}

function partsSentence({ byParts, queued }: Audience): string {
  const rows = Object.entries(byParts).filter(([, n]) => n > 0)
  if (rows.length === 0) return ''
  if (rows.length === 1) return `${queued === 1 ? 'In' : 'Each in'} ${plural(Number(rows[0]?.[0]), 'part')}.`
  return `${rows.map(([parts, n]) => `${count(n)} in ${plural(Number(parts), 'part')}`).join(', ')}.`
}

function Countries({ audience: { byCountry } }: { audience: Audience }) {
  const rows = Object.entries(byCountry).sort(([, a], [, b]) => b.messages - a.messages)
  if (rows.length < 2) return null
  const shown = rows.slice(0, 5)
  return (
    <Text size="sm" c="dimmed" className="figures">
      {shown
        .map(
          ([country, { messages, credits: cost }]) =>
            `${countryName(country)} ${count(messages)} (${credits(cost)} credits)`,
        )
        .join(', ')}
      {rows.length > shown.length && ` and ${plural(rows.length - shown.length, 'other country', 'other countries')}`}.
    </Text>
  )
}
