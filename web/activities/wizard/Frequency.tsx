/** Frequency: people who were sent another message within these hours or days are left out. */
import { Group, NumberInput, Select, Stack, Switch, Text } from '@mantine/core'
import { useState } from 'react'
import { channels } from '../../../core/channels.ts'
import { type Frequency as Chosen, frequencyOf, maxFrequencyHours, spanOf } from '../../../core/frequency.ts'
import type { Draft } from '../useDraft.ts'

const units = ['hours', 'days'] as const
const byDefault: Chosen = { hours: 24 }

export function Frequency({ draft }: { draft: Draft }) {
  const { sendTo } = draft.fields
  const { frequency } = sendTo
  const { message, addresses } = channels[draft.content.channel].words
  const change = (next: Chosen | null) => draft.change({ sendTo: { ...sendTo, frequency: next } })
  return (
    <Stack gap="xs">
      <Switch
        label={`Leave out people who were sent another ${message} recently`}
        description={`Also those for whom another one is waiting to be sent. Shared ${addresses} count once.`}
        checked={frequency !== null}
        onChange={event => change(event.currentTarget.checked ? byDefault : null)}
      />
      {frequency !== null && <Span frequency={frequency} onChange={change} />}
    </Stack>
  )
}

function Span({ frequency, onChange }: { frequency: Chosen; onChange: (next: Chosen) => void }) {
  const span = spanOf(frequency)
  // As somebody chose it: 24 hours do not become a day while they are typed.
  const [unit, setUnit] = useState(span.unit)
  const n = unit === 'days' ? frequency.hours / 24 : frequency.hours
  const most = unit === 'days' ? maxFrequencyHours / 24 : maxFrequencyHours
  const choose = (value: number, of: (typeof units)[number]) => {
    const next = frequencyOf(value, of)
    if (Number.isInteger(value) && value >= 1 && next.hours <= maxFrequencyHours) onChange(next)
  }
  return (
    <Group gap="xs" align="center">
      <Text size="sm">In the last</Text>
      <NumberInput
        aria-label="Hours or days"
        value={n}
        onChange={value => choose(Number(value), unit)}
        min={1}
        max={most}
        clampBehavior="blur"
        allowDecimal={false}
        allowNegative={false}
        w={90}
      />
      <Select
        aria-label="Unit"
        data={[...units]}
        value={unit}
        allowDeselect={false}
        onChange={value => {
          const next = units.find(one => one === value) ?? unit
          setUnit(next)
          choose(
            Math.max(1, Math.min(Math.round(n), next === 'days' ? maxFrequencyHours / 24 : maxFrequencyHours)),
            next,
          )
        }}
        w={110}
      />
    </Group>
  )
}
