/** Two people edit one draft: the second sees both versions and chooses one. Nothing is lost before that. */
import { Alert, Button, Group, Stack, Text } from '@mantine/core'
import { IconUsersGroup } from '@tabler/icons-react'
import { duplicatesInWords } from '../../../core/activities/send-to.ts'
import { none, plural } from '../../ui/numbers.ts'
import { ink } from '../../ui/status.ts'
import type { Changes, Draft } from '../useDraft.ts'
import type { LabelledText } from './channelPages.ts'
import { channelPagesOf } from './channels.tsx'

export function Conflict({ draft }: { draft: Draft }) {
  if (draft.state.kind !== 'conflict') return null
  const { theirs, mine } = draft.state
  const { inWords } = channelPagesOf(draft)
  const inAll = (changes: Changes) => [
    ...ownInWords(changes, draft),
    ...(changes.content === undefined ? [] : inWords(changes.content)),
  ]
  const ofTheirs = new Map(inAll(theirs))
  return (
    <Alert
      variant="default"
      role="alert"
      icon={<IconUsersGroup color={ink('orange')} />}
      title="Someone else has changed this draft"
    >
      <Stack gap="sm">
        <Text size="sm">Your last changes are kept here but not saved. Choose which version to keep.</Text>
        {inAll(mine).map(([label, yours]) => (
          <div key={label}>
            <Text size="sm" fw={600}>
              {label}
            </Text>
            <Text size="sm" className="wrap-anywhere" style={{ whiteSpace: 'pre-wrap' }}>
              Yours: {yours || none}
            </Text>
            <Text size="sm" c="dimmed" className="wrap-anywhere" style={{ whiteSpace: 'pre-wrap' }}>
              Theirs: {ofTheirs.get(label) || none}
            </Text>
          </div>
        ))}
        <Group gap="sm">
          <Button size="xs" variant="default" onClick={() => draft.resolve('mine')}>
            Keep my changes
          </Button>
          <Button size="xs" variant="default" onClick={() => draft.resolve('theirs')}>
            Use their version
          </Button>
        </Group>
      </Stack>
    </Alert>
  )
}

function ownInWords({ name, sendTo, gatewayId, sendAt, latestAt }: Changes, draft: Draft): LabelledText[] {
  return [
    ...(name === undefined ? [] : [['Name', name] as const]),
    ...(sendTo === undefined
      ? []
      : [
          [
            'Send to',
            `${plural(sendTo.topics.length, 'topic')}, ${plural((sendTo.include?.segments.length ?? 0) + (sendTo.exclude?.segments.length ?? 0), 'segment')}, ${duplicatesInWords(sendTo.duplicates, draft.content.channel)}`,
          ] as const,
        ]),
    ...(gatewayId === undefined ? [] : [['Gateway', String(gatewayId ?? '')] as const]),
    ...(sendAt === undefined ? [] : [['Send at', sendAt ?? ''] as const]),
    ...(latestAt === undefined ? [] : [['Latest time', latestAt ?? ''] as const]),
  ]
}
