/** The reminder that is planned with the SMS of the report: when it goes, what keeps it, and what it has become. */
import { Alert, Group, Text } from '@mantine/core'
import { IconBell } from '@tabler/icons-react'
import { useState } from 'react'
import { reminderInWords } from '../../core/activities/reminder.ts'
import { useActs } from '../activities/queries.ts'
import { ReminderDialog } from '../activities/reminder/ReminderDialog.tsx'
import { paths } from '../paths.ts'
import { ActButton } from '../shell/may.tsx'
import { useWorkspace } from '../shell/me.ts'
import { notifyDone, notifyProblem } from '../ui/ErrorState.tsx'
import { TextLink } from '../ui/links.tsx'
import { ink } from '../ui/status.ts'
import { Time } from '../ui/Time.tsx'
import type { Report } from './queries.ts'

type Reminder = NonNullable<Report['overview']['reminder']>

export function PlannedReminder({ report }: { report: Report }) {
  const { reminder } = report.overview
  return reminder === null ? null : <Shown report={report} reminder={reminder} />
}

function Shown({ report, reminder }: { report: Report; reminder: Reminder }) {
  const workspace = useWorkspace()
  const { removeReminder } = useActs(workspace.id)
  const [changing, setChanging] = useState(false)
  const id = Number(report.activity)
  const isOpen = reminder.state === 'planned' || reminder.state === 'late'
  const color = reminder.fault === null ? 'accent' : 'orange'
  return (
    <Alert variant="default" icon={<IconBell color={ink(color)} aria-hidden />} title={titles[reminder.state]}>
      <Text size="sm" className="wrap-anywhere">
        <Words report={report} reminder={reminder} workspace={workspace.id} />
      </Text>
      {isOpen && (
        <Group gap="xs" mt="sm">
          <ActButton operation="planReminder" size="xs" variant="default" onClick={() => setChanging(true)}>
            Edit reminder
          </ActButton>
          <ActButton
            operation="removeReminder"
            size="xs"
            variant="subtle"
            onClick={() =>
              removeReminder.mutate(id, { onSuccess: () => notifyDone('Reminder removed.'), onError: notifyProblem })
            }
          >
            Remove
          </ActButton>
        </Group>
      )}
      {changing && <PlanDialog report={report} onClose={() => setChanging(false)} />}
    </Alert>
  )
}

/** Of an SMS with or without a planned reminder. */
export function PlanDialog({ report, onClose }: { report: Report; onClose: () => void }) {
  const workspace = useWorkspace()
  const { reminder, revision, text, smart } = report.overview
  return (
    <ReminderDialog
      workspace={workspace.id}
      activity={Number(report.activity)}
      revision={revision}
      plan={reminder}
      content={{ body: text, smart }}
      onClose={onClose}
    />
  )
}

const titles: Readonly<Record<Reminder['state'], string>> = {
  planned: 'Reminder planned',
  made: 'Reminder sent',
  cancelled: 'Reminder cancelled',
  late: 'Reminder not sent',
}

function Words({ report, reminder, workspace }: { report: Report; reminder: Reminder; workspace: number }) {
  const { state, at, activityId, fault } = reminder
  if (state === 'made')
    return activityId === null ? (
      <>It became an SMS of its own, which is deleted.</>
    ) : (
      <>
        It became an SMS of its own:{' '}
        <TextLink {...paths.report(workspace, activityId)} inherit underline="always">
          see its report
        </TextLink>
        .
      </>
    )
  if (state === 'cancelled') return <>It was cancelled with this SMS.</>
  if (state === 'late')
    return <>{fault} It was due more than a day ago, so it is not sent any more. Edit it to plan another time.</>
  return (
    <>
      {at ? (
        <>
          <Time at={at} exact />:{' '}
        </>
      ) : null}
      {reminderInWords(reminder)}. {fault ? `It cannot be sent yet: ${fault}` : waits(report, at)}
    </>
  )
}

/** What it waits for after its time has come, or while its time is not known. */
function waits({ state, asOf }: Report, at: string | null): string {
  const isWaiting = state === 'paused' && (at === null || at <= asOf)
  return isWaiting ? 'It waits until this SMS is resumed.' : ''
}
