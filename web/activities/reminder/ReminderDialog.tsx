/** Plans or changes the reminder of an SMS that is scheduled or sent. */
import { Alert, Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { ReminderPlan } from '../../../core/activities/reminder.ts'
import { answer, api } from '../../api/client.ts'
import { asProblem } from '../../api/problem.ts'
import { ErrorState, notifyDone } from '../../ui/ErrorState.tsx'
import { useRenewActivity } from '../queries.ts'
import { ReminderInputs, usualReminder } from './ReminderInputs.tsx'

interface Props {
  workspace: number
  activity: number
  /** that the plan on the page is of */
  revision: number
  /** null: a new one */
  plan: ReminderPlan | null
  content: { body: string; smart: boolean }
  onClose: () => void
}

export function ReminderDialog({ workspace, activity, revision, plan, content, onClose }: Props) {
  const renew = useRenewActivity(workspace)
  const [chosen, setChosen] = useState(plan ?? usualReminder)
  const save = useMutation({
    mutationFn: (others?: 'keep') =>
      answer(
        api.PUT('/api/v1/workspaces/{w}/activities/{id}/reminder', {
          params: { path: { w: workspace, id: activity } },
          body: { revision, reminder: { after: chosen.after, body: chosen.body }, ...(others && { others }) },
        }),
      ),
    onSuccess: () => {
      notifyDone('Reminder planned.')
      onClose()
    },
    onSettled: renew,
  })
  // A reminder by hand has been sent: the person decides whether people get both.
  const other = save.error === null ? null : asProblem(save.error)
  const asks = other?.code === 'reminder_exists'
  return (
    <Modal opened onClose={onClose} title="Planned reminder" closeButtonProps={{ 'aria-label': 'Close' }}>
      <Stack>
        <Text size="sm">
          It goes to those who have got this SMS and have not clicked by then. Consents and opt-outs count as they are
          at that time.
        </Text>
        <ReminderInputs plan={chosen} content={content} onChange={setChosen} />
        {other !== null &&
          (asks ? <Alert role="alert" variant="default" title={other.title} /> : <ErrorState error={save.error} />)}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button loading={save.isPending} onClick={() => save.mutate(asks ? 'keep' : undefined)}>
            {asks ? 'Plan both' : 'Plan reminder'}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
