/** What is missing or wrong with a part of an e-mail, under it. */
import { Group, Text } from '@mantine/core'
import { IconAlertCircle } from '@tabler/icons-react'
import type { EmailTemplate } from '../../../../core/email/email-template.ts'
import type { EmailPlace } from '../../../../core/email/reader.ts'
import { ink } from '../../../ui/status.ts'
import { missingAt, wrongAt } from './emailDraft.ts'

export function Told({ template, place }: { template: EmailTemplate; place: EmailPlace }) {
  return (
    <div role="status">
      {[...new Set(missingAt(template, place))].map(sentence => (
        <Line key={sentence} sentence={sentence} color={ink('orange')} />
      ))}
      {[...new Set(wrongAt(template, place))].map(sentence => (
        <Line key={sentence} sentence={sentence} color="var(--mantine-color-error)" />
      ))}
    </div>
  )
}

function Line({ sentence, color }: { sentence: string; color: string }) {
  return (
    <Group gap={6} mt={6} wrap="nowrap" align="flex-start">
      <IconAlertCircle size={16} color={color} aria-hidden style={{ flex: 'none', marginTop: 2 }} />
      <Text size="sm" className="wrap-anywhere">
        {sentence}
      </Text>
    </Group>
  )
}
