/** The links of the text: how each will look, where it leads, and the UTM parameters that tell the site where people came from. */
import { Code, Group, List, Stack, Text } from '@mantine/core'
import { IconArrowRight } from '@tabler/icons-react'
import type { Template } from '../../../../core/sms/template.ts'
import { linkAddress, utmParameters } from '../../../../core/sms/utm.ts'
import { useLinkUrl } from '../../../shell/installation.ts'
import { plural } from '../../../ui/numbers.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { UtmFields } from '../../UtmFields.tsx'
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
        {links.length > 0 && (
          <UtmFields utm={utm} name={name} channel="sms" onChange={changed => draft.changeContent({ utm: changed })} />
        )}
      </Stack>
    </Panel>
  )
}
