/** The links of the text: how each will look, where it leads, and the UTM parameters that tell the site where people came from. */
import { Code, Group, List, SimpleGrid, Stack, Switch, Text, TextInput } from '@mantine/core'
import { IconArrowRight } from '@tabler/icons-react'
import type { Template } from '../../../../core/sms/template.ts'
import {
  defaultUtmMedium,
  defaultUtmSource,
  linkAddress,
  maxUtmLength,
  type Utm,
  utmNameOf,
  utmParameters,
} from '../../../../core/sms/utm.ts'
import { useLinkUrl } from '../../../shell/installation.ts'
import { plural } from '../../../ui/numbers.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { Missing } from '../Missing.tsx'
import { sampleLink } from './preview.ts'
import type { SmsDraft } from './smsDraft.ts'

export function LinksPanel({ draft, template }: { draft: SmsDraft; template: Template }) {
  const short = sampleLink(useLinkUrl())
  const { name } = draft.fields
  const { utm } = draft.content
  const parameters = utmParameters(utm, name)
  const { links } = template
  if (links.length === 0 && !template.unsubscribe) {
    return (
      <Panel title="Links">
        <Text size="sm" c="dimmed">
          The text has no links. Addresses that begin with www., http:// or https:// become short links that count
          clicks.
        </Text>
      </Panel>
    )
  }
  return (
    <Panel title="Links">
      <Stack>
        <Text size="sm">
          Each person gets their own short links of {plural(short.length, 'character')}, such as <Code>{short}</Code>
        </Text>
        {links.length > 0 && (
          <List spacing={6} size="sm" listStyleType="none" aria-label="Where the links lead">
            {links.map(link => (
              <List.Item key={link.slot}>
                <Group gap={6} wrap="nowrap" align="flex-start">
                  <IconArrowRight size={16} aria-hidden style={{ flex: 'none', marginTop: 3 }} />
                  <span className="wrap-anywhere">{linkAddress(link, parameters)}</span>
                </Group>
              </List.Item>
            ))}
          </List>
        )}
        <Missing draft={draft} codes={['utm_link_too_long']} />
        {links.length > 0 && <UtmFields draft={draft} />}
      </Stack>
    </Panel>
  )
}

function UtmFields({ draft }: { draft: SmsDraft }) {
  const { name } = draft.fields
  const { utm } = draft.content
  const change = (changed: Partial<Utm>) => draft.changeContent({ utm: { ...utm, ...changed } })
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
            placeholder={defaultUtmMedium}
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
