/** Schedule: at once or at a time, until when, and whether a reminder follows; all in the workspace's own zone. */
import { ActionIcon, Popover, Radio, Stack, Switch, Text, TextInput } from '@mantine/core'
import { DatePicker } from '@mantine/dates'
import '@mantine/dates/styles.css'
import { useDisclosure } from '@mantine/hooks'
import { IconCalendar } from '@tabler/icons-react'
import { useState } from 'react'
import { useBusinessClock } from '../../shell/installation.ts'
import { useWorkspace } from '../../shell/me.ts'
import { Panel } from '../../ui/Panel.tsx'
import { instantText, wallTime } from '../../ui/time.ts'
import { readTypedTime } from '../../ui/typedTime.ts'
import { usualReminder } from '../reminder/ReminderInputs.tsx'
import type { Draft } from '../useDraft.ts'
import { channelPagesOf } from './channels.tsx'
import { wrongWith } from './Missing.tsx'
import { StepProblems } from './StepProblems.tsx'

const hourMs = 3_600_000
const told = new Set(['send_at_past', 'latest_too_early'])

export function ScheduleStep({ draft }: { draft: Draft }) {
  const { timeZone } = useWorkspace()
  const { sendAt, latestAt } = draft.fields
  const clock = useBusinessClock()
  const nextHour = (from: number) => new Date(Math.ceil((from + 5 * 60_000) / hourMs) * hourMs).toISOString()
  const begins = sendAt === null ? clock() : Date.parse(sendAt)
  return (
    <Stack>
      <StepProblems step="schedule" draft={draft} told={told} />
      <Panel title="Schedule">
        <Stack gap="lg">
          <Radio.Group
            label="When"
            value={sendAt === null ? 'now' : 'later'}
            onChange={value => draft.change({ sendAt: value === 'now' ? null : nextHour(clock()) })}
          >
            <Stack gap="xs" mt="xs">
              <Radio value="now" label="Now" description="As soon as you confirm on Overview." />
              <Radio value="later" label="Later" description="At a date and time." />
            </Stack>
          </Radio.Group>
          {sendAt !== null && (
            <Moment
              label="Date and time"
              at={sendAt}
              from={clock()}
              error={wrongWith(draft, ['send_at_past'])}
              timeZone={timeZone}
              onChange={at => draft.change({ sendAt: at })}
            />
          )}
          <Switch
            label="Latest time"
            description="Nothing is sent or retried after this time. Profiles that have not been sent to by then count as “Not sent: too late”."
            checked={latestAt !== null}
            onChange={event =>
              draft.change({ latestAt: event.currentTarget.checked ? nextHour(begins + 4 * hourMs) : null })
            }
          />
          {latestAt !== null && (
            <Moment
              label="Not after"
              at={latestAt}
              from={begins}
              error={wrongWith(draft, ['latest_too_early'])}
              timeZone={timeZone}
              onChange={at => draft.change({ latestAt: at })}
            />
          )}
        </Stack>
      </Panel>
      <Reminder draft={draft} />
    </Stack>
  )
}

/** Planned with the activity: nobody has to remember it. */
function Reminder({ draft }: { draft: Draft }) {
  const { reminder, sendTo } = draft.fields
  const { Reminder: Inputs } = channelPagesOf(draft)
  return (
    <Panel title="Reminder">
      <Stack gap="lg">
        <Switch
          label="Plan a reminder"
          description="Sent to those who got this and did not click. Consents and opt-outs count as they are at that time. You can change or remove it until it is sent."
          checked={reminder !== null}
          onChange={event => draft.change({ reminder: event.currentTarget.checked ? usualReminder : null })}
        />
        {reminder !== null && (
          <>
            {sendTo.reminds !== null && (
              <Text size="sm">This is a reminder itself: those who still do not click are reminded once more.</Text>
            )}
            <Inputs draft={draft} plan={reminder} onChange={changed => draft.change({ reminder: changed })} />
          </>
        )}
      </Stack>
    </Panel>
  )
}

interface MomentProps {
  label: string
  at: string
  /** milliseconds: days before it are not offered */
  from: number
  error: string | undefined
  timeZone: string
  onChange: (at: string) => void
}

const calendarLabels = {
  nextMonth: 'Next month',
  previousMonth: 'Previous month',
  nextYear: 'Next year',
  previousYear: 'Previous year',
  nextDecade: 'Next decade',
  previousDecade: 'Previous decade',
}

/** Typed or pasted, and read when the field is left; or picked. */
function Moment({ label, at, from, error, timeZone, onChange }: MomentProps) {
  const wall = wallTime(at, timeZone)
  const [typed, setTyped] = useState<string>()
  const [unread, setUnread] = useState(false)
  const [opened, { toggle, close }] = useDisclosure()
  const [day = '', time = ''] = wall.split(' ')
  const choose = (value: string) => {
    setTyped(undefined)
    setUnread(false)
    onChange(instantText(value, timeZone))
  }
  const read = () => {
    if (typed === undefined) return
    const found = readTypedTime(typed)
    if (found === undefined) setUnread(true)
    else choose(found)
  }
  return (
    <TextInput
      label={label}
      description={`Workspace time zone: ${timeZone}.`}
      maw={420}
      maxLength={60}
      value={typed ?? wall.slice(0, 16)}
      onChange={event => {
        setTyped(event.currentTarget.value)
        setUnread(false)
      }}
      onBlur={read}
      onKeyDown={event => event.key === 'Enter' && read()}
      error={unread ? 'This is not a date and time. Write it as 2026-12-01 14:30.' : error}
      rightSection={
        <Popover opened={opened} onDismiss={close} position="bottom-end" shadow="md" trapFocus returnFocus>
          <Popover.Target>
            <ActionIcon variant="subtle" color="gray" aria-label="Pick a date and time" onClick={toggle}>
              <IconCalendar size={18} aria-hidden />
            </ActionIcon>
          </Popover.Target>
          <Popover.Dropdown>
            <Stack gap="sm">
              <DatePicker
                // Weekends in red are hard to read on a dark page.
                weekendDays={[]}
                ariaLabels={calendarLabels}
                value={day}
                defaultDate={day}
                minDate={wallTime(new Date(from).toISOString(), timeZone)}
                onChange={value => value && choose(`${value} ${time}`)}
              />
              <TextInput
                type="time"
                aria-label="Time"
                value={time.slice(0, 5)}
                onChange={({ currentTarget: { value } }) => value !== '' && choose(`${day} ${value}:00`)}
              />
            </Stack>
          </Popover.Dropdown>
        </Popover>
      }
    />
  )
}
