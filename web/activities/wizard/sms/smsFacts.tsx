/** The sender, the text and where its links lead, as facts of the overview. */
import { Stack } from '@mantine/core'
import type { Template } from '../../../../core/sms/template.ts'
import { linkAddress, utmParameters } from '../../../../core/sms/utm.ts'
import type { Fact } from '../../../ui/Facts.tsx'
import { none, plural } from '../../../ui/numbers.ts'
import { Wrapped } from '../../../ui/Wrapped.tsx'
import type { SmsDraft } from './smsDraft.ts'
import { useTemplate } from './useTemplate.ts'

export function useSmsFacts(draft: SmsDraft): Fact[] {
  const { template } = useTemplate(draft)
  const { sender, body, smart } = draft.content
  return [
    ['Sender', <Wrapped key="sender">{sender || none}</Wrapped>],
    ['Text', <Wrapped key="text">{body || none}</Wrapped>],
    ['Smart encoding', smartWords(smart, template)],
    ...(template.links.length > 0
      ? [['Links lead to', <Addresses key="links" draft={draft} template={template} />] satisfies Fact]
      : []),
  ]
}

function smartWords(smart: boolean, { changes }: Template): string {
  if (!smart) return 'Off'
  return changes.length === 0 ? 'On, nothing to replace' : `On, replaces ${plural(changes.length, 'character')}`
}

function Addresses({ draft, template }: { draft: SmsDraft; template: Template }) {
  const parameters = utmParameters(draft.content.utm, draft.fields.name)
  return (
    <Stack gap={4}>
      {template.links.map(link => (
        <span key={link.slot} className="wrap-anywhere">
          {linkAddress(link, parameters)}
        </span>
      ))}
    </Stack>
  )
}
