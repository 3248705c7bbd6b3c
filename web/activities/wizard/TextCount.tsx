/** How long the SMS is: characters, encoding and parts, and which characters make it dear. */
import { Group, Stack, Text, Tooltip } from '@mantine/core'
import { septetsOf } from '../../../core/sms/gsm.ts'
import { splitIntoParts } from '../../../core/sms/split.ts'
import type { Template } from '../../../core/sms/template.ts'
import { useLinkUrl } from '../../shell/installation.ts'
import { count, plural } from '../../ui/numbers.ts'
import { previewText } from './preview.ts'

const encodingHelp = {
  'GSM-7': 'The alphabet of SMS: 160 characters in one part, 153 in each of several.',
  'UCS-2':
    'One character outside of the SMS alphabet makes the whole text dearer: 70 characters in one part, 67 in each of several.',
}

export function TextCount({ id, template }: { id: string; template: Template }) {
  const text = previewText(template, useLinkUrl())
  const { encoding, units, parts } = splitIntoParts(text)
  const forcing = encoding === 'UCS-2' ? signsOutside(text) : []
  const personal = template.tags.length > 0
  return (
    <Stack gap={4} id={id}>
      <Group gap="md" className="figures">
        <Text size="sm">{units === 1 ? '1 character' : `${count(units)} characters`}</Text>
        <Tooltip label={encodingHelp[encoding]}>
          <Text size="sm" tabIndex={0} style={{ cursor: 'help' }}>
            {encoding}
          </Text>
        </Tooltip>
        <Text size="sm" fw={600}>
          {units === 0 ? 'Empty' : plural(parts.length, 'part')}
        </Text>
      </Group>
      {personal && (
        <Text size="sm" c="dimmed">
          Counted with the defaults of its tags; longer values may need more.
        </Text>
      )}
      {forcing.length > 0 && (
        <Text size="sm">
          UCS-2 because of{' '}
          {forcing.slice(0, 8).map((sign, at) => (
            <span key={sign}>
              {at > 0 && ', '}
              <b>{sign}</b>
            </span>
          ))}
          {forcing.length > 8 && ` and ${forcing.length - 8} others`}
        </Text>
      )}
      {template.changes.length > 0 && <Replaced template={template} />}
    </Stack>
  )
}

/** What smart encoding changes, each pair once. */
function Replaced({ template }: { template: Template }) {
  const pairs = new Map(template.changes.map(({ from, to }) => [from, to]))
  return (
    <Text size="sm" c="dimmed">
      Smart encoding writes{' '}
      {[...pairs].slice(0, 8).map(([from, to], at) => (
        <span key={from}>
          {at > 0 && ', '}
          <b>{from}</b> as <b>{to.trim() === '' ? (to === '' ? 'nothing' : 'a space') : to}</b>
        </span>
      ))}
      {pairs.size > 8 && ` and ${pairs.size - 8} more`}
    </Text>
  )
}

/** Each sign that the SMS alphabet lacks, once, as a person sees it (an emoji is one). */
function signsOutside(text: string): string[] {
  const signs = new Set<string>()
  for (const { segment } of new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text)) {
    for (let at = 0; at < segment.length; at++) {
      if (septetsOf(segment.charCodeAt(at)) === 0) signs.add(segment)
    }
  }
  return [...signs]
}
