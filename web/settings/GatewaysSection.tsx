/** The gateways of the workspace with the state of their sessions, and a form for one more. */
import { Button, Group, Modal, Skeleton, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import {
  IconCircleCheck,
  IconCircleX,
  IconHandStop,
  IconLoader,
  IconMoonStars,
  IconPlayerStop,
  IconPlugConnected,
  IconPlus,
} from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { answer, api } from '../api/client.ts'
import { useWorkspace } from '../shell/me.ts'
import { EmptyState } from '../ui/EmptyState.tsx'
import { ErrorState } from '../ui/ErrorState.tsx'
import { Panel } from '../ui/Panel.tsx'
import { StatusBadge } from '../ui/StatusBadge.tsx'
import type { Look } from '../ui/status.ts'
import { GatewayForm } from './GatewayForm.tsx'
import { type Gateway, gatewaysQuery } from './queries.ts'

export function GatewaysSection() {
  const workspace = useWorkspace()
  const gateways = useQuery(gatewaysQuery(workspace.id))
  const [adding, { open, close }] = useDisclosure()
  return (
    <Stack>
      <Group justify="space-between">
        <Text size="sm" c="dimmed" maw={560}>
          A gateway is a connection to an SMS provider. The simulator delivers to simulated phones and costs nothing.
        </Text>
        <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
          Add gateway
        </Button>
      </Group>
      {gateways.error && !gateways.data && <ErrorState error={gateways.error} onRetry={gateways.refetch} />}
      {gateways.isPending && <Skeleton height={110} />}
      {gateways.data?.length === 0 && (
        <EmptyState icon={IconPlugConnected} title="No gateway yet">
          Add one with the address, user and password that your provider gave you.
        </EmptyState>
      )}
      {gateways.data?.map(gateway => (
        <OneGateway key={gateway.id} gateway={gateway} />
      ))}
      <Modal opened={adding} onClose={close} title="Add gateway" size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
        <GatewayForm onDone={close} />
      </Modal>
    </Stack>
  )
}

function OneGateway({ gateway }: { gateway: Gateway }) {
  const [changing, { open, close }] = useDisclosure()
  const { name, address, sessions, simulator, shared, test, detail } = gateway
  const [only] = sessions
  // One session, in the same state as the gateway.
  const said =
    sessions.length === 1 &&
    lookOf(only?.state ?? '') === lookOf(gateway.state) &&
    (!only?.detail || only.detail === only.state || only.detail === gateway.detail)
  return (
    <Panel
      title={name}
      description={
        simulator
          ? 'Built-in simulator: simulated phones'
          : address === null
            ? 'Enter its settings again'
            : `${address}${test ? ', a test gateway' : ''}`
      }
      aside={<StatusBadge look={lookOf(gateway.state)} />}
    >
      <Stack gap={4}>
        {shared && (
          <Text size="sm" c="dimmed">
            Another workspace uses the same account. Receipts are counted in the workspace that sent the SMS.
          </Text>
        )}
        {detail && detail !== gateway.state && (said || sessions.every(session => session.detail !== detail)) && (
          <Text size="sm">{detail}</Text>
        )}
        {sessions.length === 0 && gateway.state !== 'held' && gateway.state !== 'unreadable' && (
          <Text size="sm" c="dimmed">
            No session is open. It connects in a moment.
          </Text>
        )}
        {said && (only?.state === 'bound' || only?.state === 'throttled') && (
          <Text size="sm" c="dimmed">
            One session is open.
          </Text>
        )}
        {(said ? [] : sessions).map(session => (
          <Group key={session.bindNo} gap="sm">
            <Text size="sm" c="dimmed">
              Session {session.bindNo}
            </Text>
            <Text size="sm" component="div">
              <StatusBadge look={lookOf(session.state)} />
            </Text>
            {session.detail && session.detail !== session.state && (
              <Text size="sm" c="dimmed" className="wrap-anywhere">
                {session.detail}
              </Text>
            )}
          </Group>
        ))}
        <Group gap="sm" mt="xs">
          <Button size="xs" variant="default" onClick={open} aria-label={`Change ${name}`}>
            Change
          </Button>
          {isDown(gateway.state) && <ConnectAgain gateway={gateway} />}
        </Group>
      </Stack>
      <Modal
        opened={changing}
        onClose={close}
        title={`Change “${name}”`}
        size="lg"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <GatewayForm gateway={gateway} onDone={close} />
      </Modal>
    </Panel>
  )
}

const isDown = (state: string) => state === 'refused_credentials' || state === 'lost'

function ConnectAgain({ gateway }: { gateway: Gateway }) {
  const workspace = useWorkspace()
  const queries = useQueryClient()
  const resume = useMutation({
    mutationFn: () =>
      answer(
        api.POST('/api/v1/workspaces/{w}/gateways/{id}/resume', {
          params: { path: { w: workspace.id, id: gateway.id } },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['gateways', workspace.id] }),
  })
  return (
    <>
      <Button size="xs" variant="default" loading={resume.isPending} onClick={() => resume.mutate()}>
        Reconnect
      </Button>
      {resume.error && <ErrorState error={resume.error} />}
    </>
  )
}

const looks: Record<string, Look> = {
  bound: { label: 'Connected', color: 'teal', Icon: IconCircleCheck },
  connected: { label: 'Connected', color: 'teal', Icon: IconCircleCheck },
  connecting: { label: 'Connecting', color: 'blue', Icon: IconLoader },
  idle: { label: 'Idle', color: 'gray', Icon: IconMoonStars },
  unreadable: { label: 'Settings cannot be read', color: 'red', Icon: IconCircleX },
  held: { label: 'Held', color: 'orange', Icon: IconHandStop },
  failed: { label: 'Failed', color: 'red', Icon: IconCircleX },
  lost: { label: 'Not connected', color: 'red', Icon: IconCircleX },
  refused_credentials: { label: 'User or password refused', color: 'red', Icon: IconCircleX },
  throttled: { label: 'Slowed down', color: 'yellow', Icon: IconLoader },
  refusing: { label: 'Refuses everything', color: 'red', Icon: IconCircleX },
  silent: { label: 'Does not answer', color: 'red', Icon: IconCircleX },
  stopped: { label: 'Stopped', color: 'gray', Icon: IconPlayerStop },
}

function lookOf(state: string): Look {
  return looks[state] ?? { label: state, color: 'gray', Icon: IconPlugConnected }
}
