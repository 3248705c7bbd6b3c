/** The columns of the start page. On a phone the sender and the time are under the name. */
import { Text, Tooltip } from '@mantine/core'
import { IconMail } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { reminderTimeInWords } from '../../core/activities/reminder.ts'
import { isInWizard } from '../../core/activities/states.ts'
import { paths } from '../paths.ts'
import { activityBadge } from '../ui/activity-badge.ts'
import { type Column, TwoLines } from '../ui/DataTable.tsx'
import { TextLink } from '../ui/links.tsx'
import { count, credits, none, percent } from '../ui/numbers.ts'
import { Simulated } from '../ui/Simulated.tsx'
import { StatusBadge } from '../ui/StatusBadge.tsx'
import { Time } from '../ui/Time.tsx'
import type { ActivityRow } from './queries.ts'

export const draftColumns = (workspace: number): Column<ActivityRow>[] => [name(workspace), sender, when('Last change')]

function state(row: ActivityRow) {
  const badge = <StatusBadge {...activityBadge(row.state, row.open)} />
  const more = row.pausedGateway === null ? reminderOf(row) : `Gateway ${row.pausedGateway} is paused`
  return more === null ? badge : <TwoLines first={badge} second={more} />
}

/** What is still to come, or failed; one that was sent is a row of its own. */
function reminderOf({ reminder }: ActivityRow): ReactNode {
  if (reminder?.state === 'late') return 'Reminder not sent'
  if (reminder?.state !== 'planned') return null
  return <>Reminder {reminder.at ? <Time at={reminder.at} /> : reminderTimeInWords(reminder.after)}</>
}

export const sentColumns = (workspace: number): Column<ActivityRow>[] => [
  name(workspace),
  { key: 'state', label: 'State', sortable: true, render: state },
  sender,
  {
    key: 'recipients',
    label: 'Recipients',
    figure: true,
    wide: true,
    sortable: true,
    render: row => (row.estimate ? <Estimate>{count(row.estimate.recipients)}</Estimate> : count(row.recipients)),
  },
  { key: 'delivered', label: 'Delivered', figure: true, sortable: true, render: row => percent(row.deliveredRate) },
  { key: 'ctr', label: 'CTR', figure: true, wide: true, sortable: true, render: row => percent(row.ctr) },
  {
    key: 'credits',
    label: 'Credits',
    figure: true,
    wide: true,
    sortable: true,
    render: creditsOf,
  },
  when('When'),
]

/** Of a scheduled SMS: what was counted when it was scheduled. */
function Estimate({ children }: { children: ReactNode }) {
  return (
    <Tooltip label="Estimated when it was scheduled. When sending starts, the audience is locked and the credits are reserved.">
      <Text span inherit c="dimmed" tabIndex={0}>
        about {children}
      </Text>
    </Tooltip>
  )
}

function creditsOf({ credits: charged, estimate, reserved, simulated }: ActivityRow) {
  if (estimate)
    return (
      <>
        <Estimate>{credits(estimate.credits)}</Estimate>
        <Simulated when={simulated} />
      </>
    )
  const spent = charged ? (
    <>
      {credits(charged)}
      <Simulated when={simulated} />
    </>
  ) : (
    none
  )
  if (reserved === null) return spent
  return <TwoLines first={spent} second={`${credits(reserved)} reserved`} />
}

function name(workspace: number): Column<ActivityRow> {
  return {
    key: 'name',
    label: 'Name',
    // What a phone has beside state and rate.
    room: 110,
    sortable: true,
    render: row => (
      <TextLink
        {...(isInWizard(row.state) ? paths.edit(workspace, row.id) : paths.report(workspace, row.id))}
        fw={500}
        inherit
        c="inherit"
        className="wrap-anywhere"
      >
        {row.channel === 'email' && (
          <IconMail size={15} role="img" aria-label="E-mail:" style={{ verticalAlign: '-2px', marginInlineEnd: 6 }} />
        )}
        {row.name}
      </TextLink>
    ),
  }
}

const sender: Column<ActivityRow> = {
  key: 'sender',
  label: 'Sender',
  below: 'plain',
  sortable: true,
  render: row => row.sender || 'No sender yet',
}

const when = (label: string): Column<ActivityRow> => ({
  key: 'when',
  label,
  below: 'plain',
  sortable: true,
  render: row => <Time at={row.when} />,
})
