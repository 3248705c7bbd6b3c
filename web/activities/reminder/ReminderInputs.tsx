/** When the planned reminder is sent, and with what text. */
import { Group, NumberInput, Radio, Select, Stack, Textarea } from '@mantine/core'
import { useId } from 'react'
import { longestReminder, type ReminderPlan, reminderUnits } from '../../../core/activities/reminder.ts'
import { smsTemplate } from '../../../core/activities/tags.ts'
import { useLinkUrl } from '../../shell/installation.ts'
import { TextCount } from '../wizard/sms/TextCount.tsx'

export const usualReminder: ReminderPlan = { after: { n: 2, unit: 'days' }, body: null }

interface Props {
  plan: ReminderPlan
  /** of the SMS that it reminds of; null: an e-mail, which is sent once more as it is */
  content: { body: string; smart: boolean } | null
  onChange: (plan: ReminderPlan) => void
}

export function ReminderInputs({ plan, content, onChange }: Props) {
  const { after } = plan
  return (
    <Stack gap="md">
      <Group align="flex-end" gap="xs">
        <NumberInput
          label="Time after the last SMS is sent"
          min={1}
          max={longestReminder[after.unit]}
          clampBehavior="blur"
          allowDecimal={false}
          allowNegative={false}
          value={after.n}
          onChange={n => typeof n === 'number' && n >= 1 && onChange({ ...plan, after: { ...after, n } })}
          w={160}
        />
        <Select
          aria-label="Unit of the time"
          data={[...reminderUnits]}
          value={after.unit}
          allowDeselect={false}
          onChange={value => {
            const unit = reminderUnits.find(known => known === value) ?? after.unit
            onChange({ ...plan, after: { n: Math.min(after.n, longestReminder[unit]), unit } })
          }}
          w={110}
        />
      </Group>
      {content !== null && <OwnText plan={plan} content={content} onChange={onChange} />}
    </Stack>
  )
}

function OwnText({ plan, content, onChange }: Props & { content: { body: string; smart: boolean } }) {
  const countId = useId()
  const linkUrl = useLinkUrl()
  const { body } = plan
  return (
    <>
      <Radio.Group
        label="Text of the reminder"
        value={body === null ? 'same' : 'own'}
        // The copy can be edited: what is the same needs no second text.
        onChange={value => onChange({ ...plan, body: value === 'same' ? null : content.body })}
      >
        <Stack gap="xs" mt="xs">
          <Radio
            value="same"
            label="The same text"
            description="As this SMS is sent, with the changes that you still make."
          />
          <Radio value="own" label="A text of its own" description="Begins with a copy, which you edit." />
        </Stack>
      </Radio.Group>
      {body !== null && (
        <Stack gap="xs">
          <Textarea
            label="Own text"
            autosize
            minRows={3}
            maxRows={10}
            maxLength={20_000}
            value={body}
            onChange={event => onChange({ ...plan, body: event.currentTarget.value })}
            aria-describedby={countId}
          />
          <TextCount id={countId} template={smsTemplate({ body, smart: content.smart }, undefined, linkUrl)} />
        </Stack>
      )}
    </>
  )
}
