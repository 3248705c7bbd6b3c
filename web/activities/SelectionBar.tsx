/** The bottom bar of the start page: what can be done with the chosen activities. An act that their state forbids says why. */
import { Button, type ButtonProps, Group, Modal, Text, Tooltip } from '@mantine/core'
import {
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
import { paths } from '../paths.ts'
import { BottomBar } from '../ui/BottomBar.tsx'
import { notifyDone, notifyProblem } from '../ui/ErrorState.tsx'
import { plural } from '../ui/numbers.ts'
import { type Act, type ActivityRow, allows, useActs } from './queries.ts'

interface Props {
  workspace: number
  rows: readonly ActivityRow[]
  onClear: () => void
}

export function SelectionBar({ workspace, rows, onClear }: Props) {
  const navigate = useNavigate()
  const acts = useActs(workspace)
  const [asking, setAsking] = useState<'cancel' | 'delete' | null>(null)
  const only = rows.length === 1 ? rows[0] : undefined
  const all = (act: Act) => rows.length > 0 && rows.every(row => allows(act, row.state))

  /** One after the other, and all of them even where one fails: each failure is told by its name. */
  const each = async (act: { mutateAsync: (id: number) => Promise<unknown> }, done: string) => {
    setAsking(null)
    let succeeded = 0
    for (const row of rows) {
      await act.mutateAsync(row.id).then(() => succeeded++, notifyProblem)
    }
    if (succeeded > 0)
      notifyDone(`${done} ${succeeded === 1 && only ? `“${only.name}”` : plural(succeeded, 'SMS', 'SMS')}.`)
    onClear()
  }

  return (
    <>
      <BottomBar summary={`${rows.length} selected`} opened={rows.length > 0 && asking === null} onClose={onClear}>
        <Action
          icon={<IconChartBar size={16} />}
          why={!only ? 'Select one SMS to see its report.' : all('report') ? null : 'A draft has no report yet.'}
          onClick={() => only && navigate(paths.report(workspace, only.id))}
        >
          Report
        </Action>
        <Action
          icon={<IconPencil size={16} />}
          why={
            !only
              ? 'Select one SMS to edit it.'
              : all('edit')
                ? null
                : 'Only a draft can be edited. Duplicate it instead.'
          }
          onClick={() => only && navigate(paths.edit(workspace, only.id))}
        >
          Edit
        </Action>
        <Action icon={<IconCopy size={16} />} why={null} onClick={() => each(acts.duplicate, 'Duplicated')}>
          Duplicate
        </Action>
        {all('resume') ? (
          <Action icon={<IconPlayerPlay size={16} />} why={null} onClick={() => each(acts.resume, 'Resumed')}>
            Resume
          </Action>
        ) : (
          <Action
            icon={<IconPlayerPause size={16} />}
            why={all('pause') ? null : 'Only an SMS that is being sent can be paused.'}
            onClick={() => each(acts.pause, 'Paused')}
          >
            Pause
          </Action>
        )}
        <Action
          icon={<IconSquareX size={16} />}
          why={all('cancel') ? null : 'Only what is scheduled or under way can be cancelled.'}
          onClick={() => setAsking('cancel')}
        >
          Cancel
        </Action>
        <Action
          icon={<IconTrash size={16} />}
          why={all('delete') ? null : 'Only drafts can be deleted; what was sent stays on record.'}
          onClick={() => setAsking('delete')}
        >
          Delete
        </Action>
      </BottomBar>
      <Confirm
        opened={asking === 'cancel'}
        title={only ? `Cancel “${only.name}”?` : `Cancel ${plural(rows.length, 'SMS', 'SMS')}?`}
        words="What is not sent yet will not be sent, and costs nothing. What was sent stays sent. This cannot be undone."
        act="Cancel the sending"
        onConfirm={() => each(acts.cancel, 'Cancelled')}
        onClose={() => setAsking(null)}
      />
      <Confirm
        opened={asking === 'delete'}
        title={only ? `Delete “${only.name}”?` : `Delete ${plural(rows.length, 'draft')}?`}
        words="A deleted draft cannot be brought back."
        act={only ? 'Delete the draft' : 'Delete the drafts'}
        onConfirm={() => each(acts.remove, 'Deleted')}
        onClose={() => setAsking(null)}
      />
    </>
  )
}

interface ActionProps {
  icon: ReactNode
  /** Why it is not possible now; null: it is. */
  why: string | null
  onClick: () => void
  children: string
}

function Action({ icon, why, onClick, children }: ActionProps) {
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

interface ConfirmProps {
  opened: boolean
  title: string
  words: string
  act: string
  onConfirm: () => void
  onClose: () => void
}

function Confirm({ opened, title, words, act, onConfirm, onClose }: ConfirmProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={title} closeButtonProps={{ 'aria-label': 'Close' }}>
      <Text size="sm" mb="lg">
        {words}
      </Text>
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose} data-autofocus>
          Keep it
        </Button>
        <Button color="red" onClick={onConfirm}>
          {act}
        </Button>
      </Group>
    </Modal>
  )
}
