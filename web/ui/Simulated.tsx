/** Beside every amount of credits or money of an SMS: says that it is simulated, where the simulator sent it. The server says where (`simulated`). */
import { Text, Tooltip } from '@mantine/core'

export function Simulated({ when }: { when: boolean }) {
  if (!when) return null
  return (
    <Tooltip label="The simulator sent it to simulated phones. Nobody pays for it.">
      <Text span inherit c="dimmed" tabIndex={0}>
        {' '}
        (simulated)
      </Text>
    </Tooltip>
  )
}
