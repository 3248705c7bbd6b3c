/** Asks before unsaved changes are left: another page, a reload, a closed tab. */
import { Button, Group, Modal, Text } from '@mantine/core'
import { useBlocker } from '@tanstack/react-router'

/** `onLeave`: decided to lose them. */
export function Leaving({ isDirty, onLeave }: { isDirty: boolean; onLeave: () => void }) {
  const { status, proceed, reset } = useBlocker({
    shouldBlockFn: () => isDirty,
    enableBeforeUnload: () => isDirty,
    withResolver: true,
  })
  return (
    <Modal
      opened={status === 'blocked'}
      onClose={() => reset?.()}
      title="Leave without saving?"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Text size="sm" mb="lg">
        Your changes to this segment are not saved.
      </Text>
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={() => reset?.()} data-autofocus>
          Stay
        </Button>
        <Button
          color="red"
          onClick={() => {
            onLeave()
            proceed?.()
          }}
        >
          Leave
        </Button>
      </Group>
    </Modal>
  )
}
