/** How long the SMS is: characters, encoding and parts, and which characters make it expensive, with what they cost. */
import { Group, Stack, Text, Tooltip } from '@mantine/core'
import { invisibleName } from '../../../../core/sms/characters.ts'
import { forcingOf } from '../../../../core/sms/savings.ts'
import { measureText } from '../../../../core/sms/split.ts'
import type { Template } from '../../../../core/sms/template.ts'
import { useLinkUrl } from '../../../shell/installation.ts'
import { useWorkspace } from '../../../shell/me.ts'
import { count, plural } from '../../../ui/numbers.ts'
import { previewText } from './preview.ts'

const encodingHelp = {
  'GSM-7':
    'The alphabet of SMS: 160 characters in one part, 153 in each of several. € and [ ] { } ~ ^ \\ | count twice.',
  'UCS-2':
    'At least one character is not in the SMS alphabet, so the whole text takes more space: 70 characters in one part, 67 in each of several.',
}

export function TextCount({ id, template }: { id: string; template: Template }) {
  const text = previewText(template, useLinkUrl())
  const { encoding, units, parts, room } = measureText(text)
  const forcing = forcingOf(text)
  const { maxParts } = useWorkspace()
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
          {units === 0 ? 'Empty' : plural(parts, 'part')}
        </Text>
        {units > 0 && parts <= maxParts && (
          <Text size="sm" c="dimmed">
            {room === 0 ? 'One more character adds a part' : `room for ${count(room)} more`}
          </Text>
        )}
      </Group>
      {parts > maxParts && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {plural(parts, 'part')}: too long. At most {plural(maxParts, 'part')} are sent. Shorten the text, or let an
          admin allow more in the settings.
        </Text>
      )}
      {template.tags.length > 0 && (
        <Text size="sm" c="dimmed">
          Counted with the default values of data tags. Longer values may need more parts: see the preview.
        </Text>
      )}
      {forcing && (
        <Text size="sm">
          UCS-2 because of{' '}
          {forcing.characters.slice(0, 8).map((character, at) => (
            <span key={character}>
              {at > 0 && ', '}
              <b>{invisibleName(character) ?? character}</b>
            </span>
          ))}
          {forcing.characters.length > 8 && ` and ${forcing.characters.length - 8} others`}
          {forcing.partsWithout < forcing.parts
            ? `: without ${forcing.characters.length === 1 ? 'it' : 'them'} ${plural(forcing.partsWithout, 'part')} instead of ${forcing.parts}.`
            : ', which adds no part here.'}
        </Text>
      )}
    </Stack>
  )
}
