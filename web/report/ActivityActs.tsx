/** What can be done with the activity of the report: pause, resume, cancel, edit, duplicate. */
import { Button, Menu } from '@mantine/core'
import {
  IconBell,
  IconBellPlus,
  IconChevronDown,
  IconCopy,
  IconMail,
  IconMessage2,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconSquareX,
} from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { type ActivityAct, activityStates, allows } from '../../core/activities/states.ts'
import { channels } from '../../core/channels.ts'
import { Confirm } from '../activities/Confirm.tsx'
import { useActs } from '../activities/queries.ts'
import { paths } from '../paths.ts'
import { ActItem } from '../shell/may.tsx'
import { notifyDone, notifyProblem } from '../ui/ErrorState.tsx'
import { PlanDialog } from './PlannedReminder.tsx'
import type { Report } from './queries.ts'
import { useRemind } from './useRemind.tsx'

export function ActivityActs({ workspace, report }: { workspace: number; report: Report }) {
  const navigate = useNavigate()
  const acts = useActs(workspace)
  const { remind, dialog } = useRemind(workspace)
  const [planning, setPlanning] = useState(false)
  const [cancelling, setCancelling] = useState(false)
  const { name } = report
  const other = report.channel === 'sms' ? 'email' : 'sms'
  const otherWords = channels[other].words.channel
  const OtherIcon = other === 'email' ? IconMail : IconMessage2
  const id = Number(report.activity)
  const state = activityStates.find(known => known === report.state)
  const can = (act: ActivityAct) => state !== undefined && allows(act, state)
  const told = (word: string) => ({
    onSuccess: () => notifyDone(`${word} “${name}”.`),
    onError: notifyProblem,
  })
  const duplicate = () =>
    acts.duplicate.mutate(id, {
      onSuccess: copy => void navigate(paths.edit(workspace, copy.id)),
      onError: notifyProblem,
    })
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" rightSection={<IconChevronDown size={14} aria-hidden />}>
            Actions
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {(can('edit') || can('unschedule')) && (
            <ActItem
              operation="changeActivity"
              icon={<IconPencil size={16} aria-hidden />}
              onClick={() => navigate(paths.edit(workspace, id))}
            >
              Edit
            </ActItem>
          )}
          {can('pause') && (
            <ActItem
              operation="pauseActivity"
              icon={<IconPlayerPause size={16} aria-hidden />}
              onClick={() => acts.pause.mutate(id, told('Paused'))}
            >
              Pause
            </ActItem>
          )}
          {can('resume') && (
            <ActItem
              operation="resumeActivity"
              icon={<IconPlayerPlay size={16} aria-hidden />}
              onClick={() => acts.resume.mutate(id, told('Resumed'))}
            >
              {state === 'failed' ? 'Try again' : 'Resume'}
            </ActItem>
          )}
          {report.overview.frozenAt !== null && (
            <ActItem operation="remindOfActivity" icon={<IconBell size={16} aria-hidden />} onClick={() => remind(id)}>
              Remind
            </ActItem>
          )}
          {report.overview.frozenAt !== null && (
            <ActItem
              operation="remindOfActivity"
              icon={<OtherIcon size={16} aria-hidden />}
              onClick={() => remind(id, { channel: other, who: 'not_clicked' })}
            >
              {`By ${otherWords}: who did not click`}
            </ActItem>
          )}
          {report.overview.frozenAt !== null && (
            <ActItem
              operation="remindOfActivity"
              icon={<OtherIcon size={16} aria-hidden />}
              onClick={() => remind(id, { channel: other, who: 'not_reached' })}
            >
              {`By ${otherWords}: whom it did not reach`}
            </ActItem>
          )}
          {report.overview.reminder === null && can('planReminder') && (
            <ActItem
              operation="planReminder"
              icon={<IconBellPlus size={16} aria-hidden />}
              onClick={() => setPlanning(true)}
            >
              Plan a reminder
            </ActItem>
          )}
          <ActItem operation="duplicateActivity" icon={<IconCopy size={16} aria-hidden />} onClick={duplicate}>
            Duplicate
          </ActItem>
          {can('cancel') && (
            <ActItem
              operation="cancelActivity"
              icon={<IconSquareX size={16} aria-hidden />}
              onClick={() => setCancelling(true)}
            >
              Cancel
            </ActItem>
          )}
        </Menu.Dropdown>
      </Menu>
      {dialog}
      {planning && <PlanDialog report={report} onClose={() => setPlanning(false)} />}
      <Confirm
        opened={cancelling}
        title={`Cancel “${name}”?`}
        words="Messages that are not sent yet are cancelled and cost nothing. Messages already sent stay sent. A planned reminder is cancelled too. You cannot undo this."
        act="Cancel sending"
        onConfirm={() => {
          setCancelling(false)
          acts.cancel.mutate(id, told('Cancelled'))
        }}
        onClose={() => setCancelling(false)}
      />
    </>
  )
}
