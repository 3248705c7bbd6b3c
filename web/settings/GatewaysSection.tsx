/** The gateways of the workspace with the state of their sessions, and a form for one more. */
import { Code, Group, Modal, Skeleton, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import {
  IconCircleCheck,
  IconCircleX,
  IconHandStop,
  IconLoader,
  IconMoonStars,
  IconPlayerPause,
  IconPlayerStop,
  IconPlugConnected,
  IconPlus,
} from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { ActButton } from '../shell/may.tsx'
import { useWorkspace } from '../shell/me.ts'
import { CopyButton } from '../ui/CopyButton.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { ErrorState } from '../ui/ErrorState.tsx'
import { Panel } from '../ui/Panel.tsx'
import { StatusBadge } from '../ui/StatusBadge.tsx'
import type { StatusLook } from '../ui/status.ts'
import { Time } from '../ui/Time.tsx'
import { GatewayActs } from './GatewayActs.tsx'
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
        <ActButton operation="addGateway" leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
          Add gateway
        </ActButton>
      </Group>
      {gateways.error && !gateways.data && <ErrorState error={gateways.error} onRetry={gateways.refetch} />}
      {gateways.isPending && <Skeleton height={110} />}
      {gateways.data?.length === 0 && (
        <EmptyState icon={IconPlugConnected} title="No gateway yet">
          Add one with the settings that your provider gave you.
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
  const { name, address, sessions, simulator, shared, test, detail, pausedAt, webhookUrl } = gateway
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
      aside={<StatusBadge look={pausedAt === null ? lookOf(gateway.state) : paused} />}
    >
      <Stack gap={4}>
        {pausedAt !== null && (
          <Text size="sm">
            Paused <Time at={pausedAt} />. Nothing more is sent over it until you resume it. Receipts still come.
          </Text>
        )}
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
        {webhookUrl !== null && <WebhookAddress name={name} url={webhookUrl} />}
        {gateway.records.length > 0 && <DnsRecords name={name} records={gateway.records} />}
        <Group gap="sm" mt="xs">
          <ActButton operation="changeGateway" size="xs" variant="default" onClick={open} aria-label={`Change ${name}`}>
            Change
          </ActButton>
          <GatewayActs gateway={gateway} />
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

function DnsRecords({ name, records }: { name: string; records: Gateway['records'] }) {
  return (
    <Stack gap={4} mt="xs">
      <Text size="sm" fw={500}>
        Records of your domains
      </Text>
      {records.map(({ type, name: of, value, why }) => (
        <Stack key={`${type} ${of}`} gap={0}>
          <Group gap="sm" wrap="nowrap">
            <Code className="wrap-anywhere">
              {of} {type} {value}
            </Code>
            <CopyButton value={value} label={`Copy the ${type} record of ${of} for ${name}`} />
          </Group>
          <Text size="sm" c="dimmed">
            {why}
          </Text>
        </Stack>
      ))}
    </Stack>
  )
}

function WebhookAddress({ name, url }: { name: string; url: string }) {
  return (
    <Stack gap={4} mt="xs">
      <Text size="sm" fw={500}>
        Webhook address
      </Text>
      <Group gap="sm">
        <Code className="wrap-anywhere">{url}</Code>
        <CopyButton value={url} label={`Copy webhook address of ${name}`} />
      </Group>
      <Text size="sm" c="dimmed">
        The provider delivers receipts and replies to this address. Where the provider supports it, Homing sends the
        address with each SMS. Otherwise enter it there, for delivery reports and for incoming SMS. Homing accepts only
        requests that are signed with the secrets of this gateway.
      </Text>
    </Stack>
  )
}

const paused: StatusLook = { label: 'Paused', color: 'yellow', Icon: IconPlayerPause }
const looks: Record<string, StatusLook> = {
  bound: { label: 'Connected', color: 'teal', Icon: IconCircleCheck },
  connected: { label: 'Connected', color: 'teal', Icon: IconCircleCheck },
  connecting: { label: 'Connecting', color: 'blue', Icon: IconLoader },
  idle: { label: 'Idle', color: 'gray', Icon: IconMoonStars },
  unreadable: { label: 'Settings cannot be read', color: 'red', Icon: IconCircleX },
  held: { label: 'Held', color: 'orange', Icon: IconHandStop },
  failed: { label: 'Failed', color: 'red', Icon: IconCircleX },
  lost: { label: 'Not connected', color: 'red', Icon: IconCircleX },
  refused_credentials: { label: 'Credentials refused', color: 'red', Icon: IconCircleX },
  throttled: { label: 'Slowed down', color: 'yellow', Icon: IconLoader },
  refusing: { label: 'Refuses everything', color: 'red', Icon: IconCircleX },
  silent: { label: 'Does not answer', color: 'red', Icon: IconCircleX },
  stopped: { label: 'Stopped', color: 'gray', Icon: IconPlayerStop },
}

function lookOf(state: string): StatusLook {
  return looks[state] ?? { label: state, color: 'gray', Icon: IconPlugConnected }
}
