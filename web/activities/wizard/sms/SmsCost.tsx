/** What an SMS costs: its parts, what a character more or less would change, and texts that are too long to be sent. */
import { Stack, Text } from '@mantine/core'
import { count, plural } from '../../../ui/numbers.ts'
import type { Audience } from '../../queries.ts'
import { edgeSentences } from './edges.ts'

export const amountOf = ({ parts }: Audience): string => plural(parts, 'part')

export function divisionOf({ byParts, queued }: Audience): string {
  const rows = Object.entries(byParts).filter(([, n]) => n > 0)
  if (rows.length === 0) return ''
  if (rows.length === 1) return `${queued === 1 ? 'In' : 'Each in'} ${plural(Number(rows[0]?.[0]), 'part')}.`
  return `${rows.map(([parts, n]) => `${count(n)} in ${plural(Number(parts), 'part')}`).join(', ')}.`
}

export function CostNotes({ audience }: { audience: Audience }) {
  return (
    <>
      <TooLong audience={audience} />
      <Edges audience={audience} />
    </>
  )
}

/** Scheduling is refused while there are any. */
function TooLong({ audience: { tooLong, maxParts, ranges } }: { audience: Audience }) {
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

function Edges({ audience }: { audience: Audience }) {
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
