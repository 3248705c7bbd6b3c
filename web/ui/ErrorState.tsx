/** What went wrong and what to do next, in the server's words, with a button to retry; a 404 has none, because a retry cannot help. */
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

/** For an act that failed: what and why, for as long as it takes to read it. */
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

/** What was done can be undone from the message, while it is shown (longer while the pointer is over it). */
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
