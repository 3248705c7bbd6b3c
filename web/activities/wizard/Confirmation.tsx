/** The last question before sending: to how many people, and at what cost. It is asked again when the audience has grown. */
import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { reminderInWords } from '../../../core/activities/reminder.ts'
import { channels } from '../../../core/channels.ts'
import { answer, api } from '../../api/client.ts'
import { asProblem } from '../../api/problem.ts'
import { paths } from '../../paths.ts'
import { useWorkspace } from '../../shell/me.ts'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { credits, money, plural } from '../../ui/numbers.ts'
import { Simulated } from '../../ui/Simulated.tsx'
import { exactTime, shortTime } from '../../ui/time.ts'
import { AudienceChanges } from '../AudienceChanges.tsx'
import type { Audience } from '../queries.ts'
import type { Draft } from '../useDraft.ts'
import { channelPagesOf } from './channels.tsx'
import { Overlaps } from './Overlaps.tsx'
import { useChanges } from './useAudience.ts'

interface Props {
  draft: Draft
  activity: number
  audience: Audience
  opened: boolean
  onClose: () => void
  /** the figures are old: count again */
  onGrown: () => Promise<void>
}

export function Confirmation({ draft, activity, audience, opened, onClose, onGrown }: Props) {
  const workspace = useWorkspace()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const { sendAt, latestAt, reminder } = draft.fields
  const { queued, credits: cost } = audience
  const schedule = useMutation({
    mutationFn: async () => {
      await draft.flush()
      return answer(
        api.POST('/api/v1/workspaces/{w}/activities/{id}/schedule', {
          params: { path: { w: workspace.id, id: activity } },
          // What was looked at here is what is sent: a draft that has changed, or an audience that has grown, is refused.
          body: { sendAt, revision: draft.revision, looked: { people: queued, credits: cost } },
        }),
      )
    },
    onSuccess: async () => {
      void queries.invalidateQueries({ queryKey: ['activities', workspace.id] })
      queries.removeQueries({ queryKey: ['activity', workspace.id, activity] })
      await navigate(paths.report(workspace.id, activity))
    },
    onError: async error => {
      if (asProblem(error).code === 'audience_grown') await onGrown()
    },
  })
  const when = sendAt ? `on ${shortTime(sendAt, workspace.timeZone)}` : 'now'
  const people = plural(queued, 'person', 'people')
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={`Send to ${people} ${when}?`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Stack>
        <Text size="sm" className="wrap-anywhere figures">
          “{draft.fields.name}” will be sent to {people} in {channelPagesOf(draft).amountOf(audience)}
          {channels[draft.content.channel].isCharged && (
            <>
              {' '}
              for {credits(cost)} credits, {money(audience.money, audience.currency)}
              <Simulated when={audience.simulated} />
            </>
          )}
          . The number may change slightly until sending starts.
        </Text>
        {latestAt && <Text size="sm">Nothing is sent or retried after {exactTime(latestAt, workspace.timeZone)}.</Text>}
        {reminder && <Text size="sm">A reminder follows {reminderInWords(reminder)}.</Text>}
        <Since draft={draft} activity={activity} audience={audience} />
        <Overlaps draft={draft} activity={activity} />
        {schedule.error && <ErrorState error={schedule.error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button loading={schedule.isPending} onClick={() => schedule.mutate()} data-autofocus>
            {sendAt ? 'Schedule' : 'Send now'}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}

function Since({ draft, activity, audience }: Pick<Props, 'draft' | 'activity' | 'audience'>) {
  const changes = useChanges(draft, activity, { exact: audience })
  return <AudienceChanges changes={changes} activity={activity} />
}
