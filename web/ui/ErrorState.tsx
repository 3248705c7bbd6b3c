/** What went wrong and what to do next, in the server's words, with a way to try again. */
import { Alert, Button, Stack, Text } from '@mantine/core'
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
        <Text size="sm">{problem.mend}</Text>
        {onRetry && (
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
  const { title, mend } = asProblem(thrown)
  notifications.show({
    role: 'alert',
    color: 'red',
    title,
    message: mend,
    autoClose: 12_000,
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
