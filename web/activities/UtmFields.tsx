/** The UTM parameters that links get, which tell a site where people came from. */
import { SimpleGrid, Stack, Switch, TextInput } from '@mantine/core'
import type { ContentChannel } from '../../core/activities/content.ts'
import { mediums } from '../../core/activities/tags.ts'
import { defaultUtmSource, maxUtmLength, type Utm, utmNameOf } from '../../core/sms/utm.ts'

interface Props {
  utm: Utm
  /** of the activity */
  name: string
  channel: ContentChannel
  onChange: (utm: Utm) => void
}

export function UtmFields({ utm, name, channel, onChange }: Props) {
  const change = (changed: Partial<Utm>) => onChange({ ...utm, ...changed })
  return (
    <Stack gap="xs">
      <Switch
        label="UTM parameters"
        description="Tell the website where visitors came from. Parameters that an address already has are kept."
        checked={utm.on}
        onChange={event => change({ on: event.currentTarget.checked })}
      />
      {utm.on && (
        <SimpleGrid cols={{ base: 1, xs: 3 }}>
          <TextInput
            label="utm_source"
            placeholder={defaultUtmSource}
            maxLength={maxUtmLength}
            value={utm.source}
            onChange={event => change({ source: event.currentTarget.value })}
          />
          <TextInput
            label="utm_medium"
            placeholder={mediums[channel]}
            maxLength={maxUtmLength}
            value={utm.medium}
            onChange={event => change({ medium: event.currentTarget.value })}
          />
          <TextInput
            label="utm_campaign"
            placeholder={utmNameOf(name) || 'none'}
            maxLength={maxUtmLength}
            value={utm.name}
            onChange={event => change({ name: event.currentTarget.value })}
          />
        </SimpleGrid>
      )}
    </Stack>
  )
}
