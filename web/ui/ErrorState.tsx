/** An error in the server's words: what happened and what to do. It has a retry button, except for a 404, which a retry cannot fix. */
import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { IconAlertCircle } from '@tabler/icons-react'
import { asProblem } from '../api/problem.ts'

export function ErrorState({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const problem = asProblem(error)
  return (
    <Alert
      role="alert"
      variant="default"
      icon={<IconAlertCircle color="var(--mantine-color-error)" />}
      title={problem.title}
    >
      <Stack gap="sm" align="flex-start">
        <Text size="sm">{problem.fix}</Text>
        {onRetry && problem.code !== 'not_found' && (
          <Button size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  )
}

/** Notifies that an action failed. The message stays until the user has had time to read it. */
export function notifyProblem(thrown: unknown) {
  const { title, fix } = asProblem(thrown)
  notifications.show({
    role: 'alert',
    color: 'red',
    title,
    message: fix,
    autoClose: 12_000,
    closeButtonProps: { 'aria-label': 'Close this message' },
  })
}

const undoMs = 10_000

/** Notifies that an action is done, with an Undo button while the message is shown (longer while the pointer is over it). */
export function notifyUndoable(message: string, undo: () => Promise<unknown>) {
  const id = notifications.show({
    role: 'status',
    color: 'teal',
    message: (
      <Group justify="space-between" gap="sm" wrap="nowrap">
        <span className="wrap-anywhere">{message}</span>
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => {
            notifications.hide(id)
            void undo()
          }}
        >
          Undo
        </Button>
      </Group>
    ),
    autoClose: undoMs,
    closeButtonProps: { 'aria-label': 'Close this message' },
  })
}

export function notifyDone(message: string) {
  notifications.show({
    color: 'teal',
    message,
    autoClose: 5_000,
    closeButtonProps: { 'aria-label': 'Close this message' },
  })
}
