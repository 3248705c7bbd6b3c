/** Asks for a reason before something is done that is written down with it. */
import { Button, Group, Modal, Text, Textarea } from '@mantine/core'
import { useState } from 'react'
import { notifyProblem } from '../ui/ErrorState.tsx'

interface Props {
  opened: boolean
  title: string
  words: string
  /** What the button says. */
  act: string
  label: string
  placeholder: string
  initial?: string
  onClose: () => void
  /** Closes the dialog when it succeeds; a failure is told, and what was typed stays. */
  onConfirm: (reason: string) => Promise<unknown>
}

export function ReasonDialog({ opened, onClose, ...rest }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title={rest.title} closeButtonProps={{ 'aria-label': 'Close' }}>
      <ReasonForm {...rest} onClose={onClose} />
    </Modal>
  )
}

function ReasonForm({ words, act, label, placeholder, initial = '', onClose, onConfirm }: Omit<Props, 'opened'>) {
  const [reason, setReason] = useState(initial)
  const [busy, setBusy] = useState(false)
  const ready = reason.trim() !== ''
  const confirm = () => {
    setBusy(true)
    onConfirm(reason.trim())
      .then(onClose, notifyProblem)
      .finally(() => setBusy(false))
  }
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        if (ready && !busy) confirm()
      }}
    >
      <Text size="sm" mb="md">
        {words}
      </Text>
      <Textarea
        label={label}
        placeholder={placeholder}
        required
        autosize
        minRows={2}
        maxLength={500}
        value={reason}
        onChange={event => setReason(event.currentTarget.value)}
        data-autofocus
        mb="lg"
      />
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" disabled={!ready} loading={busy}>
          {act}
        </Button>
      </Group>
    </form>
  )
}
