/** An erase cannot be undone, so it is confirmed by typing. */
import { Button, Group, List, Modal, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
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
  const form = useForm({ initialValues: { typed: '' } })
  const [busy, setBusy] = useState(false)
  const ready = form.values.typed.trim().toLowerCase() === word
  const submit = form.onSubmit(() => {
    if (!ready || busy) return
    setBusy(true)
    onConfirm()
      .then(() => {
        notifyDone('The profile was erased.')
        onClose()
      }, notifyProblem)
      .finally(() => setBusy(false))
  })
  return (
    <form onSubmit={submit}>
      <Text size="sm" mb="xs" lineClamp={3} className="wrap-anywhere">
        This permanently overwrites the personal data of <bdi>{name}</bdi>:
      </Text>
      <List size="sm" spacing={4} mb="md">
        <List.Item>name, number, e-mail, key, attributes and tags; texts of replies, and devices of clicks</List.Item>
        <List.Item>SMS that are not sent yet are cancelled</List.Item>
        <List.Item>opt-outs of the number remain, even if it is imported again</List.Item>
        <List.Item>figures of reports stay; the row reads “Erased”</List.Item>
      </List>
      <TextInput
        label={
          <>
            Type <b>{word}</b> to confirm
          </>
        }
        {...form.getInputProps('typed')}
        autoComplete="off"
        data-autofocus
        mb="lg"
      />
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button type="submit" color="red" disabled={!ready} loading={busy}>
          Erase profile
        </Button>
      </Group>
    </form>
  )
}
