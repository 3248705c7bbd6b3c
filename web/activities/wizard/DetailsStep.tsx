/** Details: the name of the activity, and the gateway that sends it. */
import { Anchor, NativeSelect, Skeleton, Stack, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { channels } from '../../../core/channels.ts'
import { problem } from '../../../core/problems.ts'
import { paths } from '../../paths.ts'
import { type Gateway, gatewaysQuery } from '../../settings/queries.ts'
import { useWorkspace } from '../../shell/me.ts'
import { ErrorState } from '../../ui/ErrorState.tsx'
import { Panel } from '../../ui/Panel.tsx'
import type { Draft } from '../useDraft.ts'
import { Missing } from './Missing.tsx'
import { StepProblems } from './StepProblems.tsx'

const told = new Set(['name_empty', 'name_too_long', 'gateway_none', 'gateway_removed', 'gateway_channel'])
/** As the server has it (server/activities/readiness.ts). */
const maxNameLength = 200

export function DetailsStep({ draft }: { draft: Draft }) {
  const { name } = draft.fields
  return (
    <Stack>
      <StepProblems step="details" draft={draft} told={told} />
      <Panel title="Details">
        <Stack maw={520}>
          <div>
            <TextInput
              label="Name"
              description="Only you and your colleagues see this name."
              dir="auto"
              value={name}
              maxLength={1000}
              error={nameProblem(name)}
              onChange={event => draft.change({ name: event.currentTarget.value })}
            />
            {name.trim() === '' && <Missing draft={draft} codes={['name_empty']} />}
          </div>
          <div>
            <GatewayField draft={draft} />
            <Missing
              draft={draft}
              codes={draft.fields.gatewayId === null ? ['gateway_none'] : ['gateway_removed', 'gateway_channel']}
            />
          </div>
        </Stack>
      </Panel>
    </Stack>
  )
}

function nameProblem(name: string): string | null {
  const count = name.trim().length
  return count > maxNameLength ? problem('name_too_long', { count, limit: maxNameLength }).message : null
}

function GatewayField({ draft }: { draft: Draft }) {
  const workspace = useWorkspace()
  const gateways = useQuery(gatewaysQuery(workspace.id))
  if (gateways.error) return <ErrorState error={gateways.error} onRetry={gateways.refetch} />
  if (!gateways.data) return <Skeleton height={58} />
  const fits = gateways.data.some(
    ({ id, channel }) => channel === draft.content.channel || id === draft.fields.gatewayId,
  )
  if (!fits) {
    return (
      <div>
        <Text size="sm" fw={500}>
          Gateway
        </Text>
        <Text size="sm" c="dimmed">
          {gateways.data.length === 0
            ? 'This workspace has no gateway yet.'
            : `This workspace has no gateway for ${channels[draft.content.channel].words.channel} yet.`}{' '}
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
  // One of another channel is shown only where it was chosen.
  const offered = gateways.data.filter(
    ({ id, channel }) => channel === draft.content.channel || id === draft.fields.gatewayId,
  )
  const chosen = gateways.data.find(({ id }) => id === draft.fields.gatewayId)
  return (
    <NativeSelect
      label="Gateway"
      description={
        chosen && chosen.pausedAt !== null
          ? `Gateway ${chosen.name} is paused. The ${channels[draft.content.channel].words.message} waits until somebody resumes it.`
          : 'The connection to your provider.'
      }
      value={draft.fields.gatewayId ?? ''}
      onChange={event => draft.change({ gatewayId: Number(event.currentTarget.value) || null })}
      data={[
        { value: '', label: 'Choose a gateway' },
        ...offered.map(gateway => ({ value: String(gateway.id), label: labelOf(gateway) })),
      ]}
    />
  )
}

function labelOf({ name, simulator, test, pausedAt }: Gateway): string {
  const notes = [...(simulator ? ['simulated phones'] : test ? ['test'] : []), ...(pausedAt === null ? [] : ['paused'])]
  return notes.length === 0 ? name : `${name} (${notes.join(', ')})`
}
