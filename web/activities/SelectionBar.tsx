/**
 * The bottom bar of the start page: what can be done with the chosen activities. Of several, an act takes those in a state that
 * allows it and says how many it left out; where it can take none, it says why.
 */

import { Button, type ButtonProps, Tooltip } from '@mantine/core'
import {
  IconArrowsLeftRight,
  IconChartBar,
  IconCopy,
  IconPencil,
  IconPlayerPause,
  IconPlayerPlay,
  IconSquareX,
  IconTrash,
} from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { type ActivityAct, allows } from '../../core/activities/states.ts'
import { mostCompared } from '../../core/report/curves.ts'
import { paths } from '../paths.ts'
import { type OperationId, useWhyNot } from '../shell/may.tsx'
import { BottomBar } from '../ui/BottomBar.tsx'
import { plural } from '../ui/numbers.ts'
import { Confirm } from './Confirm.tsx'
import { type ActivityRow, hasNotStarted } from './queries.ts'
import { useBulk } from './useBulk.ts'

interface Props {
  workspace: number
  rows: readonly ActivityRow[]
  onClear: () => void
}

export function SelectionBar({ workspace, rows, onClear }: Props) {
  const navigate = useNavigate()
  const bulk = useBulk(workspace, rows, onClear, id => void navigate(paths.edit(workspace, id)))
  const [cancelling, setCancelling] = useState(false)
  const only = rows.length === 1 ? rows[0] : undefined
  const able = (act: ActivityAct) => rows.filter(row => allows(act, row.state))
  const any = (act: ActivityAct, why: string) => (able(act).length > 0 ? null : why)
  const compared = able('compare')
  const stopped = able('cancel')

  return (
    <>
      <BottomBar summary={`${rows.length} selected`} opened={rows.length > 0 && !cancelling} onClose={onClear}>
        <Action
          icon={<IconChartBar size={16} />}
          why={only ? any('report', 'A draft has no report yet.') : 'Select one SMS to see its report.'}
          onClick={() => only && navigate(paths.report(workspace, only.id))}
        >
          Report
        </Action>
        <Action
          icon={<IconPencil size={16} />}
          operation="changeActivity"
          why={
            only
              ? able('unschedule').length > 0
                ? null
                : any('edit', 'SMS that are being sent or sent cannot be edited. Duplicate it instead.')
              : 'Select one SMS to edit it.'
          }
          onClick={() => only && navigate(paths.edit(workspace, only.id))}
        >
          Edit
        </Action>
        <Action icon={<IconCopy size={16} />} operation="duplicateActivity" why={null} onClick={bulk.duplicate}>
          Duplicate
        </Action>
        {able('resume').length > 0 && (
          <Action icon={<IconPlayerPlay size={16} />} operation="resumeActivity" why={null} onClick={bulk.resume}>
            {able('resume').every(row => row.state === 'failed') ? 'Try again' : 'Resume'}
          </Action>
        )}
        {(able('pause').length > 0 || able('resume').length === 0) && (
          <Action
            icon={<IconPlayerPause size={16} />}
            operation="pauseActivity"
            why={any('pause', 'Only an SMS that is being sent can be paused.')}
            onClick={bulk.pause}
          >
            Pause
          </Action>
        )}
        <Action
          icon={<IconSquareX size={16} />}
          operation="cancelActivity"
          why={any('cancel', 'Only scheduled SMS and SMS being sent can be cancelled.')}
          onClick={() => setCancelling(true)}
        >
          Cancel
        </Action>
        <Action
          icon={<IconTrash size={16} />}
          operation="deleteActivity"
          why={
            able('delete').some(hasNotStarted)
              ? null
              : 'Only drafts and cancelled SMS that never started can be deleted. Sent SMS stay on record.'
          }
          onClick={bulk.remove}
        >
          Delete
        </Action>
        <Action
          icon={<IconArrowsLeftRight size={16} />}
          why={whyNotCompared(rows.length, compared.length)}
          onClick={() =>
            navigate(
              paths.compare(
                workspace,
                compared.map(({ id }) => id),
              ),
            )
          }
        >
          Compare
        </Action>
      </BottomBar>
      <Confirm
        opened={cancelling}
        title={
          stopped.length === 1 ? `Cancel “${stopped[0]?.name}”?` : `Cancel ${plural(stopped.length, 'SMS', 'SMS')}?`
        }
        words={[
          'Messages that are not sent yet are cancelled and cost nothing. Messages already sent stay sent. You cannot undo this.',
          ...(stopped.length < rows.length
            ? [`${rows.length - stopped.length} of the selected SMS cannot be cancelled and stay as they are.`]
            : []),
        ].join(' ')}
        act="Cancel sending"
        onConfirm={() => {
          setCancelling(false)
          void bulk.cancel()
        }}
        onClose={() => setCancelling(false)}
      />
    </>
  )
}

function whyNotCompared(chosen: number, comparable: number): string | null {
  if (chosen < 2) return 'Select two or more to compare them.'
  if (comparable < 2) return 'Only SMS that have started sending can be compared.'
  return comparable > mostCompared ? `At most ${mostCompared} can be compared at once.` : null
}

interface ActionProps {
  icon: ReactNode
  /** Why it is not possible now; null: it is. */
  why: string | null
  /** what it calls; without one, a look at something */
  operation?: OperationId
  onClick: () => void
  children: string
}

function Action({ icon, why: whyState, operation, onClick, children }: ActionProps) {
  const whyNot = useWhyNot()
  const why = (operation && whyNot(operation)) ?? whyState
  // Not `disabled`: the reason must be reachable by keyboard.
  const state: ButtonProps & { 'aria-disabled'?: boolean; 'data-disabled'?: boolean } = why
    ? { 'aria-disabled': true, 'data-disabled': true }
    : {}
  const button = (
    <Button size="xs" variant="default" leftSection={icon} {...state} onClick={why ? undefined : onClick}>
      {children}
    </Button>
  )
  return why ? <Tooltip label={why}>{button}</Tooltip> : button
}
