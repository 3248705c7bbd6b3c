/** Details: what the SMS is called here, and what carries it. */
import { Anchor, NativeSelect, Skeleton, Stack, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { paths } from '../../paths.ts'
import { gatewaysQuery } from '../../settings/queries.ts'
import { useWorkspace } from '../../shell/me.ts'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { Panel } from '../../ui/Panel.tsx'
import type { Draft } from '../useDraft.ts'
import { StepProblems } from './StepProblems.tsx'

export function DetailsStep({ draft }: { draft: Draft }) {
  return (
    <Stack>
      <StepProblems step="details" draft={draft} />
      <Panel title="Details">
        <Stack maw={520}>
          <TextInput
            label="Name"
            description="Only you and your colleagues see it."
            value={draft.fields.name}
            maxLength={200}
            onChange={event => draft.change({ name: event.currentTarget.value })}
          />
          <GatewayField draft={draft} />
        </Stack>
      </Panel>
    </Stack>
  )
}

function GatewayField({ draft }: { draft: Draft }) {
  const workspace = useWorkspace()
  const gateways = useQuery(gatewaysQuery(workspace.id))
  if (gateways.error) return <ErrorState error={gateways.error} onRetry={gateways.refetch} />
  if (!gateways.data) return <Skeleton height={58} />
  if (gateways.data.length === 0) {
    return (
      <div>
        <Text size="sm" fw={500}>
          Gateway
        </Text>
        <Text size="sm" c="dimmed">
          This workspace has no gateway yet.{' '}
          <Anchor
            inherit
            underline="always"
            renderRoot={props => <Link {...props} {...paths.gateways(workspace.id)} />}
          >
            Add one
          </Anchor>{' '}
          to send.
        </Text>
      </div>
    )
  }
  return (
    <NativeSelect
      label="Gateway"
      description="The connection that carries the SMS."
      value={draft.fields.gatewayId ?? ''}
      onChange={event => draft.change({ gatewayId: Number(event.currentTarget.value) || null })}
      data={[
        { value: '', label: 'Choose a gateway' },
        ...gateways.data.map(({ id, name, simulator, test }) => ({
          value: String(id),
          label: simulator ? `${name} (simulated phones)` : test ? `${name} (test)` : name,
        })),
      ]}
    />
  )
}
