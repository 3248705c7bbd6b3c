/** The time of the figures, and whether they update automatically. Its height is constant, so that the page does not jump. */
import { Group, Text, Tooltip } from '@mantine/core'
import { useWorkspace } from '../shell/me.ts'
import { clockTime, exactTime } from './time.ts'

export type Liveness = 'connecting' | 'live' | 'polling' | 'disconnected'

const words: Record<Liveness, { label: string; color: string; help: string }> = {
  connecting: { label: 'Connecting', color: 'gray', help: 'Connecting to update the figures automatically.' },
  live: { label: 'Live', color: 'teal', help: 'The figures update automatically.' },
  polling: {
    label: 'Every 5 seconds',
    color: 'blue',
    help: 'The live connection is down. The figures update every 5 seconds.',
  },
  disconnected: {
    label: 'Disconnected',
    color: 'red',
    help: 'The server does not answer. These are the last known figures. Homing retries automatically.',
  },
}

export function AsOf({ at, liveness }: { at: string | undefined; liveness: Liveness }) {
  const { timeZone } = useWorkspace()
  const { label, color, help } = words[liveness]
  return (
    <Tooltip label={at ? `${help} As of ${exactTime(at, timeZone)}.` : help}>
      <Group gap={7} wrap="nowrap" role="status">
        <span
          className={liveness === 'live' ? 'breathing' : undefined}
          style={{ width: 8, height: 8, borderRadius: 8, background: `var(--mantine-color-${color}-6)`, flexShrink: 0 }}
        />
        <Text size="sm" c="dimmed" className="figures" style={{ whiteSpace: 'nowrap' }}>
          {label}
          {at && (
            <>
              {' · as of '}
              {/* not read out each second: the status above is */}
              <span aria-hidden>{clockTime(at, timeZone)}</span>
            </>
          )}
        </Text>
      </Group>
    </Tooltip>
  )
}
