/** Two people edit one draft: the second is told, sees what differs, and decides. Nothing is lost before that. */
import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { IconUsersGroup } from '@tabler/icons-react'
import { ink } from '../../ui/status.ts'
import type { Draft, Fields } from '../useDraft.ts'

type Flat = Omit<Fields, 'content'> & Omit<Fields['content'], 'channel'>

const labels: Record<keyof Flat, string> = {
  name: 'Name',
  sender: 'Sender',
  body: 'Text',
  smart: 'Smart encoding',
  utm: 'UTM parameters',
  sendTo: 'Send to',
  gatewayId: 'Gateway',
  sendAt: 'Send at',
  latestAt: 'Latest time',
}

export function Conflict({ draft }: { draft: Draft }) {
  if (draft.state.kind !== 'conflict') return null
  const theirs = { ...draft.state.theirs, ...draft.state.theirs.content }
  const mine: Partial<Flat> = { ...draft.state.mine, ...draft.state.mine.content }
  const keys = (Object.keys(labels) as (keyof Flat)[]).filter(key => key in mine)
  return (
    <Alert
      variant="default"
      role="alert"
      icon={<IconUsersGroup color={ink('orange')} />}
      title="Somebody else has changed this draft"
    >
      <Stack gap="sm">
        <Text size="sm">Your last changes are kept here and are not saved. Choose which version to go on with.</Text>
        {keys.map(key => (
          <div key={key}>
            <Text size="sm" fw={600}>
              {labels[key]}
            </Text>
            <Text size="sm" className="wrap-anywhere" style={{ whiteSpace: 'pre-wrap' }}>
              Yours: {shown(mine[key])}
            </Text>
            <Text size="sm" c="dimmed" className="wrap-anywhere" style={{ whiteSpace: 'pre-wrap' }}>
              Theirs: {shown(theirs[key])}
            </Text>
          </div>
        ))}
        <Group gap="sm">
          <Button size="xs" variant="default" onClick={() => draft.resolve('mine')}>
            Keep my changes
          </Button>
          <Button size="xs" variant="default" onClick={() => draft.resolve('theirs')}>
            Take theirs
          </Button>
        </Group>
      </Stack>
    </Alert>
  )
}

function shown(value: Flat[keyof Flat] | undefined): string {
  if (value === null || value === undefined || value === '') return '–'
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  if (typeof value === 'object' && 'on' in value) {
    const given = [value.source, value.medium, value.name].map(text => text || 'by default').join(', ')
    return value.on ? given : 'off'
  }
  if (typeof value === 'object') {
    const { topics, duplicates } = value
    return `${topics.length} topics, ${duplicates === 'all' ? 'all profiles' : 'one SMS per number'}`
  }
  return String(value)
}
