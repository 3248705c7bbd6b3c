/** An erase cannot be undone, so the user confirms it by typing. */
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
        notifyDone('Profile erased.')
        onClose()
      }, notifyProblem)
      .finally(() => setBusy(false))
  })
  return (
    <form onSubmit={submit}>
      <Text size="sm" mb="xs" lineClamp={3} className="wrap-anywhere">
        This permanently erases the personal data of <bdi>{name}</bdi>. It cannot be undone.
      </Text>
      <List size="sm" spacing={4} mb="md">
        <List.Item>Erased: name, number, e-mail, key, attributes, tags, reply texts and click devices.</List.Item>
        <List.Item>SMS that are not sent yet are cancelled.</List.Item>
        <List.Item>Opt-outs of the number remain, even if it is imported again.</List.Item>
        <List.Item>Report figures do not change. Lists show “Erased” instead of the name.</List.Item>
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
