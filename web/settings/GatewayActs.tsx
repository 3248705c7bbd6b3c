/** Pause, resume, reconnect and remove a gateway. Removing is confirmed, and says before what follows. */
import { Button, Group, List, Modal, Skeleton, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type Answer, answer, api } from '../api/client.ts'
import { paths } from '../paths.ts'
import { ActButton } from '../shell/may.tsx'
import { useWorkspace } from '../shell/me.ts'
import { ErrorState, notifyDone, notifyProblem, notifyUndoable } from '../ui/ErrorState.tsx'
import { TextLink } from '../ui/links.tsx'
import { plural } from '../ui/numbers.ts'
import { activityLook } from '../ui/status.ts'
import type { Gateway } from './queries.ts'

const one = '/api/v1/workspaces/{w}/gateways/{id}'

const isDown = (state: string) => state === 'refused_credentials' || state === 'lost'

export function GatewayActs({ gateway }: { gateway: Gateway }) {
  const [removing, { open, close }] = useDisclosure()
  const { pause, resume } = useActs(gateway)
  const { name, pausedAt, state } = gateway
  return (
    <>
      {pausedAt === null ? (
        <ActButton
          operation="pauseGateway"
          size="xs"
          variant="default"
          loading={pause.isPending}
          onClick={() => pause.mutate()}
          aria-label={`Pause ${name}`}
        >
          Pause
        </ActButton>
      ) : (
        <ActButton
          operation="resumeGateway"
          size="xs"
          loading={resume.isPending}
          onClick={() => resume.mutate()}
          aria-label={`Resume ${name}`}
        >
          Resume
        </ActButton>
      )}
      {pausedAt === null && isDown(state) && (
        <ActButton
          operation="resumeGateway"
          size="xs"
          variant="default"
          loading={resume.isPending}
          onClick={() => resume.mutate()}
        >
          Reconnect
        </ActButton>
      )}
      <ActButton operation="removeGateway" size="xs" variant="default" onClick={open} aria-label={`Remove ${name}`}>
        Remove
      </ActButton>
      <Modal opened={removing} onClose={close} title={`Remove “${name}”?`} closeButtonProps={{ 'aria-label': 'Close' }}>
        <Removal gateway={gateway} onDone={close} />
      </Modal>
    </>
  )
}

function useActs({ id, name, pausedAt }: Gateway) {
  const workspace = useWorkspace()
  const queries = useQueryClient()
  const params = { path: { w: workspace.id, id } }
  const renew = () =>
    Promise.all(['gateways', 'activities'].map(of => queries.invalidateQueries({ queryKey: [of, workspace.id] })))
  const resumed = async () => {
    await answer(api.POST(`${one}/resume`, { params }))
    await renew()
  }
  return {
    resume: useMutation({
      mutationFn: resumed,
      onSuccess: () => pausedAt !== null && notifyDone(`Resumed “${name}”. SMS that waited for it are sent now.`),
      onError: notifyProblem,
    }),
    pause: useMutation({
      mutationFn: () => answer(api.POST(`${one}/pause`, { params })),
      onSuccess: async () => {
        await renew()
        notifyUndoable(`Paused “${name}”. Nothing more is sent over it. Receipts still come.`, resumed)
      },
      onError: notifyProblem,
    }),
    remove: useMutation({
      mutationFn: () => answer(api.DELETE(one, { params })),
      onSuccess: async () => {
        await renew()
        notifyDone(`Removed “${name}”.`)
      },
    }),
  }
}

type Use = Answer<`${typeof one}/use`, 'get'>

function Removal({ gateway, onDone }: { gateway: Gateway; onDone: () => void }) {
  const workspace = useWorkspace()
  const { remove } = useActs(gateway)
  const use = useQuery({
    queryKey: ['gateway-use', workspace.id, gateway.id],
    queryFn: ({ signal }) =>
      answer(api.GET(`${one}/use`, { params: { path: { w: workspace.id, id: gateway.id } }, signal })),
    staleTime: 0,
  })
  if (use.error && !use.data) return <ErrorState error={use.error} onRetry={use.refetch} />
  if (use.data === undefined) return <Skeleton height={90} />
  const isUsed = use.data.activities.length > 0
  return (
    <Stack>
      {isUsed ? <Users of={use.data} /> : <Follows of={use.data} />}
      {remove.error && <ErrorState error={remove.error} />}
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onDone} data-autofocus>
          {isUsed ? 'Close' : 'Keep gateway'}
        </Button>
        {!isUsed && (
          <Button
            color="red"
            loading={remove.isPending}
            onClick={() => remove.mutate(undefined, { onSuccess: onDone })}
          >
            Remove gateway
          </Button>
        )}
      </Group>
    </Stack>
  )
}

const listed = 5

function Users({ of: { activities } }: { of: Use }) {
  const workspace = useWorkspace()
  const more = activities.length - listed
  return (
    <>
      <Text size="sm">
        It cannot be removed yet, because {plural(activities.length, 'SMS uses', 'SMS use')} it. Wait until they are
        sent, cancel them, or choose another gateway for them. You can pause the gateway meanwhile.
      </Text>
      <List size="sm">
        {activities.slice(0, listed).map(({ id, name, state }) => (
          <List.Item key={id} className="wrap-anywhere">
            <TextLink {...paths.report(workspace.id, id)} inherit>
              {name}
            </TextLink>
            , {activityLook(state).label.toLowerCase()}
          </List.Item>
        ))}
        {more > 0 && <List.Item>and {more} more</List.Item>}
      </List>
    </>
  )
}

function Follows({ of: { drafts, unanswered, isLast } }: { of: Use }) {
  return (
    <List size="sm" spacing={4}>
      {isLast && (
        <List.Item fw={600}>
          It is the only gateway of this workspace. Nothing can be sent until you add another one.
        </List.Item>
      )}
      <List.Item>Its password is deleted. To use the account again, add it again.</List.Item>
      <List.Item>Reports keep its name and figures.</List.Item>
      {drafts > 0 && <List.Item>{plural(drafts, 'draft needs', 'drafts need')} another gateway.</List.Item>}
      {unanswered > 0 && (
        <List.Item>
          {plural(unanswered, 'SMS waits', 'SMS wait')} for a receipt. A receipt counts only if it comes over another
          gateway with the same account.
        </List.Item>
      )}
    </List>
  )
}
