/** Schedule: at once, or at a time of the workspace's own zone. */
import { Radio, Stack } from '@mantine/core'
import { DateTimePicker } from '@mantine/dates'
import '@mantine/dates/styles.css'
import { useBusinessClock } from '../../shell/installation.ts'
import { useWorkspace } from '../../shell/me.ts'
import { Panel } from '../../ui/Panel.tsx'
import { instantOf, wallTime } from '../../ui/time.ts'
import type { Draft } from '../useDraft.ts'
import { StepProblems } from './StepProblems.tsx'

const hourMs = 3_600_000

export function ScheduleStep({ draft }: { draft: Draft }) {
  const { timeZone } = useWorkspace()
  const { sendAt } = draft.fields
  const clock = useBusinessClock()
  const nextHour = () => new Date(Math.ceil((clock() + 5 * 60_000) / hourMs) * hourMs).toISOString()
  return (
    <Stack>
      <StepProblems step="schedule" draft={draft} />
      <Panel title="Schedule">
        <Stack gap="lg">
          <Radio.Group
            label="When"
            value={sendAt === null ? 'now' : 'later'}
            onChange={value => draft.change({ sendAt: value === 'now' ? null : nextHour() })}
          >
            <Stack gap="xs" mt="xs">
              <Radio value="now" label="At once" description="As soon as you confirm it on the Overview." />
              <Radio value="later" label="Later" description="At a date and time." />
            </Stack>
          </Radio.Group>
          {sendAt !== null && (
            <div>
              <DateTimePicker
                label="Date and time"
                description={`In the time of the workspace: ${timeZone}.`}
                maw={300}
                valueFormat="D MMM YYYY, HH:mm"
                value={wallTime(sendAt, timeZone)}
                minDate={wallTime(new Date(clock()).toISOString(), timeZone)}
                onChange={value => value && draft.change({ sendAt: instantOf(value, timeZone) })}
                popoverProps={{ withinPortal: true }}
                timePickerProps={{ 'aria-label': 'Time' }}
              />
            </div>
          )}
        </Stack>
      </Panel>
    </Stack>
  )
}
