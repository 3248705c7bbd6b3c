/** A state as an icon and a word. */
import { Group, Text } from '@mantine/core'
import { ink, type StatusLook } from './status.ts'

export function StatusBadge({ look, note }: { look: StatusLook; note?: string | undefined }) {
  return (
    <Group gap={6} wrap="nowrap" display="inline-flex" style={{ verticalAlign: 'middle' }}>
      <look.Icon size={16} stroke={2} color={ink(look.color)} aria-hidden style={{ flexShrink: 0 }} />
      <Text span inherit style={{ whiteSpace: 'nowrap' }}>
        {look.label}
        {note ? `, ${note}` : ''}
      </Text>
    </Group>
  )
}
