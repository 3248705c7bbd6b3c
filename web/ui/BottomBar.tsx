/** The actions on a selection, at the bottom of the page while rows are selected. Escape clears the selection. */
import { ActionBar, CloseButton, Group, Text } from '@mantine/core'
import type { ReactNode } from 'react'

interface Props {
  /** "2 selected" */
  summary: string
  opened: boolean
  onClose: () => void
  children: ReactNode
}

export function BottomBar({ summary, opened, onClose, children }: Props) {
  return (
    <ActionBar
      opened={opened}
      onClose={onClose}
      closeOnEscape
      withinPortal={false}
      zIndex={90}
      aria-label="Actions on the selection"
      withBorder
      shadow="md"
    >
      <Group gap="xs" justify="center">
        <Text size="sm" fw={600} px={6} aria-live="polite" className="figures">
          {summary}
        </Text>
        {children}
        <CloseButton size="sm" aria-label="Clear selection" onClick={onClose} />
      </Group>
    </ActionBar>
  )
}
