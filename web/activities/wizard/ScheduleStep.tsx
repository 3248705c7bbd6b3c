/** Schedule: at once or at a time, and until when; all in the workspace's own zone. */
import { Radio, Stack, Switch } from '@mantine/core'
import { DateTimePicker } from '@mantine/dates'
import '@mantine/dates/styles.css'
import { useBusinessClock } from '../../shell/installation.ts'
import { useWorkspace } from '../../shell/me.ts'
import { Panel } from '../../ui/Panel.tsx'
import { instantOf, wallTime } from '../../ui/time.ts'
import type { Draft } from '../useDraft.ts'
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
            description="Nothing is sent or retried after this time. Profiles that were not sent to by then count as Not sent: too late."
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
    </Stack>
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

function Moment({ label, at, from, error, timeZone, onChange }: MomentProps) {
  return (
    <DateTimePicker
      label={label}
      description={`Time zone of the workspace: ${timeZone}.`}
      maw={420}
      valueFormat="D MMM YYYY, HH:mm"
      value={wallTime(at, timeZone)}
      minDate={wallTime(new Date(from).toISOString(), timeZone)}
      onChange={value => value && onChange(instantOf(value, timeZone))}
      error={error}
      popoverProps={{ withinPortal: true }}
      timePickerProps={{ 'aria-label': 'Time' }}
    />
  )
}
