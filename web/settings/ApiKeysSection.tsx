/** API keys: create (the key is shown once), list, revoke. */
import { Alert, Anchor, Button, Code, Group, Modal, NativeSelect, Stack, Text } from '@mantine/core'
import { IconKey } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { type Answer, answer, api, items } from '../api/client.ts'
import { OnlyFor } from '../shell/may.tsx'
import { useWorkspace } from '../shell/me.ts'
import { CopyButton } from '../ui/CopyButton.tsx'
import { DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { ErrorState, notifyProblem } from '../ui/ErrorState.tsx'
import { Panel } from '../ui/Panel.tsx'
import { Time } from '../ui/Time.tsx'
import { NameForm } from './NameForm.tsx'

const path = '/api/v1/workspaces/{w}/api-keys'
type Role = 'viewer' | 'editor' | 'admin'
const roles: { value: Role; label: string }[] = [
  { value: 'viewer', label: 'Viewer: read' },
  { value: 'editor', label: 'Editor: import, edit and send' },
  { value: 'admin', label: 'Admin: also manage gateways' },
]
const ends = [
  { value: '', label: 'Never' },
  { value: '30', label: 'In 30 days' },
  { value: '90', label: 'In 90 days' },
  { value: '365', label: 'In 1 year' },
]
const dayMs = 24 * 60 * 60 * 1000
const endOf = (days: string) =>
  days === '' ? {} : { expiresAt: new Date(Date.now() + Number(days) * dayMs).toISOString() }
type ApiKey = Answer<typeof path, 'get'>['items'][number]

export const ApiKeysSection = () => (
  <OnlyFor operation="listApiKeys">
    <ApiKeys />
  </OnlyFor>
)

function ApiKeys() {
  const workspace = useWorkspace()
  const queries = useQueryClient()
  const [role, setRole] = useState<Role>('viewer')
  const [days, setDays] = useState('')
  const [revoking, setRevoking] = useState<ApiKey | null>(null)
  const params = { path: { w: workspace.id } }
  const renew = () => queries.invalidateQueries({ queryKey: ['api-keys', workspace.id] })
  const keys = useQuery({
    queryKey: ['api-keys', workspace.id],
    queryFn: () => items(answer(api.GET(path, { params }))),
  })
  const create = useMutation({
    mutationFn: (name: string) => answer(api.POST(path, { params, body: { name, role, ...endOf(days) } })),
    onSuccess: renew,
  })
  const revoke = useMutation({
    mutationFn: (id: number) => answer(api.DELETE(`${path}/{id}`, { params: { path: { w: workspace.id, id } } })),
    onSuccess: renew,
    onError: notifyProblem,
    onSettled: () => setRevoking(null),
  })
  return (
    <Stack>
      <Text size="sm" c="dimmed" maw={560}>
        A key lets a program act in this workspace. What it can do is described in the{' '}
        <Anchor href="/api/v1/openapi.json" target="_blank" inherit underline="always">
          OpenAPI document
        </Anchor>
        .
      </Text>
      <Panel title="New API key">
        <Group align="flex-end" gap="sm" mb="sm">
          <NativeSelect
            label="Role"
            description="Choose the lowest role that works for the program."
            data={roles}
            value={role}
            onChange={event =>
              setRole(roles.find(known => known.value === event.currentTarget.value)?.value ?? 'viewer')
            }
          />
          <NativeSelect
            label="Expires"
            data={ends}
            value={days}
            onChange={event => setDays(event.currentTarget.value)}
          />
        </Group>
        <NameForm
          label="Name"
          placeholder="Web shop"
          act="Create key"
          busy={create.isPending}
          onSubmit={create.mutateAsync}
        />
        {create.error && <ErrorState error={create.error} />}
        {create.data && <NewKey secret={create.data.key} />}
      </Panel>
      <DataTable
        label="API keys"
        columns={[
          { key: 'name', label: 'Name', render: key => <span className="wrap-anywhere">{key.name}</span> },
          { key: 'prefix', label: 'Prefix', render: key => <Code>{key.prefix}…</Code> },
          { key: 'role', label: 'Role', wide: true, render: key => key.role },
          {
            key: 'ends',
            label: 'Expires',
            wide: true,
            render: key => (key.expiresAt ? <Time at={key.expiresAt} /> : 'Never'),
          },
          { key: 'created', label: 'Created', wide: true, render: key => <Time at={key.createdAt} /> },
          {
            key: 'used',
            label: 'Last used',
            wide: true,
            render: key => (key.lastUsedAt ? <Time at={key.lastUsedAt} /> : 'Never'),
          },
          {
            key: 'revoke',
            label: 'State',
            render: key =>
              key.revokedAt ? (
                <>
                  Revoked <Time at={key.revokedAt} />
                </>
              ) : (
                <Button
                  size="compact-sm"
                  variant="default"
                  onClick={() => setRevoking(key)}
                  aria-label={`Revoke ${key.name}`}
                >
                  Revoke
                </Button>
              ),
          },
        ]}
        rows={keys.data}
        rowKey={key => String(key.id)}
        loadingRows={2}
        error={keys.error}
        onRetry={keys.refetch}
        empty={
          <EmptyState icon={IconKey} title="No API keys yet">
            Create one above to use the API.
          </EmptyState>
        }
      />
      <Modal
        opened={revoking !== null}
        onClose={() => setRevoking(null)}
        title={`Revoke “${revoking?.name ?? ''}”?`}
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <Text size="sm" mb="lg">
          Programs that use this key lose access immediately. This cannot be undone.
        </Text>
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={() => setRevoking(null)} data-autofocus>
            Cancel
          </Button>
          <Button color="red" loading={revoke.isPending} onClick={() => revoking && revoke.mutate(revoking.id)}>
            Revoke key
          </Button>
        </Group>
      </Modal>
    </Stack>
  )
}

function NewKey({ secret }: { secret: string }) {
  return (
    <Alert variant="default" mt="md" title="Copy the key now. You will not see it again." role="status">
      <Group gap="sm">
        <Code className="wrap-anywhere">{secret}</Code>
        <CopyButton value={secret} />
      </Group>
    </Alert>
  )
}
