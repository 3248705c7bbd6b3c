/** Erase has no way back: it is asked for by typing. */
import { Button, Group, List, Modal, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { notifyDone, notifyProblem } from '../ui/ErrorState.tsx'

const word = 'erase'

interface Props {
  name: string
  opened: boolean
  onClose: () => void
  onConfirm: () => Promise<unknown>
}

export function EraseDialog({ opened, onClose, ...rest }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title="Erase this profile?" closeButtonProps={{ 'aria-label': 'Close' }}>
      <EraseForm {...rest} onClose={onClose} />
    </Modal>
  )
}

function EraseForm({ name, onClose, onConfirm }: Omit<Props, 'opened'>) {
  const [typed, setTyped] = useState('')
  const [busy, setBusy] = useState(false)
  const ready = typed.trim().toLowerCase() === word
  const confirm = () => {
    setBusy(true)
    onConfirm()
      .then(() => {
        notifyDone('The profile was erased.')
        onClose()
      }, notifyProblem)
      .finally(() => setBusy(false))
  }
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        if (ready && !busy) confirm()
      }}
    >
      <Text size="sm" mb="xs" lineClamp={3} className="wrap-anywhere">
        Everything personal of <bdi>{name}</bdi> is overwritten, for good:
      </Text>
      <List size="sm" spacing={4} mb="md">
        <List.Item>name, number, e-mail, key, attributes and tags; texts of replies, and devices of clicks</List.Item>
        <List.Item>SMS that wait to be sent are stopped</List.Item>
        <List.Item>opt-outs of the number go on holding, also when it is imported again</List.Item>
        <List.Item>figures of reports stay; the row says “Erased”</List.Item>
      </List>
      <TextInput
        label={
          <>
            Type <b>{word}</b> to confirm
          </>
        }
        value={typed}
        onChange={event => setTyped(event.currentTarget.value)}
        autoComplete="off"
        data-autofocus
        mb="lg"
      />
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose}>
          Keep it
        </Button>
        <Button type="submit" color="red" disabled={!ready} loading={busy}>
          Erase for good
        </Button>
      </Group>
    </form>
  )
}
