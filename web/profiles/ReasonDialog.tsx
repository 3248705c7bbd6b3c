/** Asks for the reason of an action. The audit log records it. */
import { Button, Group, Modal, Text, Textarea } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useState } from 'react'
import { notifyProblem } from '../ui/ErrorState.tsx'

interface Props {
  opened: boolean
  title: string
  words: string
  /** The label of the button. */
  act: string
  label: string
  placeholder: string
  initial?: string
  onClose: () => void
  /** Closes the dialog on success. A failure is shown, and the text stays. */
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
  const form = useForm({ initialValues: { reason: initial } })
  const [busy, setBusy] = useState(false)
  const ready = form.values.reason.trim() !== ''
  const submit = form.onSubmit(({ reason }) => {
    if (!ready || busy) return
    setBusy(true)
    onConfirm(reason.trim())
      .then(onClose, notifyProblem)
      .finally(() => setBusy(false))
  })
  return (
    <form onSubmit={submit}>
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
        {...form.getInputProps('reason')}
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
