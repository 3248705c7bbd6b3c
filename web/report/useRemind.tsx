/** Makes the reminder of a sent SMS and opens it in the wizard. Where one is planned already, it asks what becomes of that. */
import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { type Reminding, useActs } from '../activities/queries.ts'
import { asProblem } from '../api/problem.ts'
import { paths } from '../paths.ts'
import { notifyProblem } from '../ui/ErrorState.tsx'

/** Over which channel, and whom; without them: over its own, those who did not click. */
type Choice = Omit<Reminding, 'activity' | 'planned'>

interface Remind {
  remind: (activity: number, choice?: Choice) => void
  /** belongs on the page */
  dialog: ReactNode
}

export function useRemind(workspace: number): Remind {
  const navigate = useNavigate()
  const { remind } = useActs(workspace)
  const [asking, setAsking] = useState<{ activity: number; choice: Choice; words: string } | null>(null)
  const make = (activity: number, choice: Choice = {}, planned?: 'replace' | 'keep') =>
    remind.mutate(
      { activity, ...choice, ...(planned && { planned }) },
      {
        onSuccess: made => void navigate(paths.edit(workspace, made.id)),
        onError: error => {
          const { code, title } = asProblem(error)
          if (code === 'reminder_planned') setAsking({ activity, choice, words: title })
          else notifyProblem(error)
        },
      },
    )
  const answer = (planned: 'replace' | 'keep') => {
    if (asking === null) return
    setAsking(null)
    make(asking.activity, asking.choice, planned)
  }
  const dialog = (
    <Modal
      opened={asking !== null}
      onClose={() => setAsking(null)}
      title="A reminder is already planned"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Stack>
        <Text size="sm">{asking?.words}</Text>
        <Text size="sm">
          If you replace it, the planned reminder is removed, and the new one is a draft until you send it.
        </Text>
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={() => setAsking(null)}>
            Cancel
          </Button>
          <Button variant="default" onClick={() => answer('keep')}>
            Keep both
          </Button>
          <Button onClick={() => answer('replace')} data-autofocus>
            Replace planned reminder
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
  return { remind: (activity, choice) => make(activity, choice), dialog }
}
