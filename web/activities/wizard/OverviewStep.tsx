/** Overview: everything once more, what is missing, and the one button that sends, which asks with number and price. */
import { Alert, Button, Group, List, Modal, Skeleton, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconAlertCircle, IconSend } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { answer, api } from '../../api/client.ts'
import { paths } from '../../paths.ts'
import { gatewaysQuery, topicsQuery } from '../../settings/queries.ts'
import { useWorkspace } from '../../shell/me.ts'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { Facts } from '../../ui/Facts.tsx'
import { TextLink } from '../../ui/links.tsx'
import { count, credits, none, plural } from '../../ui/numbers.ts'
import { Panel } from '../../ui/Panel.tsx'
import { ink } from '../../ui/status.ts'
import { Time } from '../../ui/Time.tsx'
import { shortTime } from '../../ui/time.ts'
import { wizardSteps } from '../steps.ts'
import type { Draft } from '../useDraft.ts'
import { useAudience } from './AudienceFigure.tsx'

export function OverviewStep({ draft, activity }: { draft: Draft; activity: number }) {
  const workspace = useWorkspace()
  const topics = useQuery(topicsQuery(workspace.id))
  const gateways = useQuery(gatewaysQuery(workspace.id))
  const audience = useAudience(draft, activity)
  const [asking, { open, close }] = useDisclosure()
  const { fields, problems } = draft
  const people = audience.data?.queued ?? 0
  const why =
    problems.length > 0
      ? 'Something is missing: see above.'
      : draft.state.kind !== 'saved'
        ? 'The draft is not saved yet.'
        : audience.data && people === 0
          ? 'Nobody would get this SMS: look at Send to.'
          : null
  const names = fields.sendTo.topics.map(id => topics.data?.find(topic => topic.id === id)?.name ?? none).join(', ')
  return (
    <Stack>
      {problems.length > 0 && <Missing draft={draft} activity={activity} />}
      <Panel title="Overview">
        <Facts
          facts={[
            ['Name', fields.name || none],
            ['Sender', fields.sender || none],
            [
              'Text',
              <span key="text" dir="auto" style={{ whiteSpace: 'pre-wrap' }}>
                {fields.body || none}
              </span>,
            ],
            ['Sending to', names || none],
            ['Duplicates', fields.sendTo.duplicates === 'all' ? 'An SMS for each profile' : 'One SMS per number'],
            ['Gateway', gateways.data?.find(({ id }) => id === fields.gatewayId)?.name ?? none],
            ['When', fields.sendAt ? <Time key="when" at={fields.sendAt} exact /> : 'At once'],
            ['Audience', <AudienceLine key="audience" audience={audience} />],
          ]}
        />
        <Group justify="flex-end" mt="lg">
          {why && (
            <Text size="sm" c="dimmed">
              {why}
            </Text>
          )}
          <Button
            leftSection={<IconSend size={16} aria-hidden />}
            disabled={why !== null || !audience.data}
            onClick={open}
          >
            {fields.sendAt ? 'Schedule' : 'Send now'}
          </Button>
        </Group>
      </Panel>
      {audience.data && (
        <Confirmation
          draft={draft}
          activity={activity}
          people={people}
          price={audience.data.credits}
          opened={asking}
          onClose={close}
        />
      )}
    </Stack>
  )
}

function AudienceLine({ audience }: { audience: ReturnType<typeof useAudience> }) {
  if (audience.error && !audience.data) return <ErrorState error={audience.error} onRetry={audience.refetch} />
  if (!audience.data) return <Skeleton height={14} width={220} my={4} />
  const { queued, notSent, parts, credits: price } = audience.data
  return (
    <span className="figures">
      {plural(queued, 'person', 'people')}, {plural(parts, 'part')}, {credits(price)} credits; {count(notSent)} left out
    </span>
  )
}

function Missing({ draft, activity }: { draft: Draft; activity: number }) {
  const workspace = useWorkspace()
  return (
    <Alert variant="default" icon={<IconAlertCircle color={ink('orange')} />} title="Before it can be sent">
      <List size="sm" spacing={4}>
        {draft.problems.map(({ step: server, code, sentence }) => {
          const found = wizardSteps.find(known => known.server === server)
          return (
            <List.Item key={code + sentence}>
              {found && (
                <TextLink {...paths.edit(workspace.id, activity, found.step)} inherit underline="always">
                  {found.label}
                </TextLink>
              )}
              {found && ': '}
              {sentence}
            </List.Item>
          )
        })}
      </List>
    </Alert>
  )
}

interface ConfirmationProps {
  draft: Draft
  activity: number
  people: number
  price: string
  opened: boolean
  onClose: () => void
}

function Confirmation({ draft, activity, people, price, opened, onClose }: ConfirmationProps) {
  const workspace = useWorkspace()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const { sendAt } = draft.fields
  const schedule = useMutation({
    mutationFn: async () => {
      await draft.flush()
      return answer(
        api.POST('/api/v1/workspaces/{w}/activities/{id}/schedule', {
          params: { path: { w: workspace.id, id: activity } },
          // What was looked at here is what is sent: a draft that has changed since is refused.
          body: { sendAt, revision: draft.revision },
        }),
      )
    },
    onSuccess: async () => {
      void queries.invalidateQueries({ queryKey: ['activities', workspace.id] })
      queries.removeQueries({ queryKey: ['activity', workspace.id, activity] })
      await navigate(paths.report(workspace.id, activity))
    },
  })
  const when = sendAt ? `on ${shortTime(sendAt, workspace.timeZone)}` : 'now'
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={`Send to ${plural(people, 'person', 'people')} ${when}?`}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Stack>
        <Text size="sm">
          “{draft.fields.name}” goes to {plural(people, 'person', 'people')} for {credits(price)} credits. The number
          may still change a little until it starts.
        </Text>
        {schedule.error && <ErrorState error={schedule.error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Not yet
          </Button>
          <Button loading={schedule.isPending} onClick={() => schedule.mutate()} data-autofocus>
            {sendAt ? 'Schedule' : 'Send now'}
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
