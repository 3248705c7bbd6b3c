/** Asks before an act that cannot be undone. Enter alone does nothing. */
import { Button, Group, Modal, Text } from '@mantine/core'

interface Props {
  opened: boolean
  title: string
  words: string
  act: string
  onConfirm: () => void
  onClose: () => void
}

export function Confirm({ opened, title, words, act, onConfirm, onClose }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title={title} closeButtonProps={{ 'aria-label': 'Close' }}>
      <Text size="sm" mb="lg">
        {words}
      </Text>
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose} data-autofocus>
          Go back
        </Button>
        <Button color="red" onClick={onConfirm}>
          {act}
        </Button>
      </Group>
    </Modal>
  )
}
