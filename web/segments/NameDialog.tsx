/** Asks for the name of a segment that is made: saved as another, or frozen. */
import { Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { asProblem } from '../api/problem.ts'

interface Props {
  opened: boolean
  title: string
  words: string
  act: string
  initial: string
  onClose: () => void
  /** The dialog stays where it fails, and shows why. */
  onSubmit: (name: string) => Promise<unknown>
}

export function NameDialog({ opened, onClose, title, ...rest }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title={title} closeButtonProps={{ 'aria-label': 'Close' }}>
      <NameForm onClose={onClose} {...rest} />
    </Modal>
  )
}

function NameForm({ words, act, initial, onClose, onSubmit }: Omit<Props, 'opened' | 'title'>) {
  const [name, setName] = useState(initial)
  const [error, setError] = useState<string>()
  const [busy, setBusy] = useState(false)
  const submit = () => {
    setBusy(true)
    onSubmit(name.trim())
      .then(onClose, thrown => {
        const { title, fix } = asProblem(thrown)
        setError(`${title} ${fix}`)
      })
      .finally(() => setBusy(false))
  }
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        if (name.trim() !== '' && !busy) submit()
      }}
    >
      <Stack>
        <Text size="sm">{words}</Text>
        <TextInput
          label="Name"
          value={name}
          maxLength={100}
          dir="auto"
          error={error}
          onChange={event => {
            setName(event.currentTarget.value)
            setError(undefined)
          }}
          data-autofocus
        />
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" disabled={name.trim() === ''} loading={busy}>
            {act}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
