/** A new, empty workspace: asks for its name and leads into it. */
import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { answer, api } from '../api/client.ts'
import { asProblem } from '../api/problem.ts'
import { paths } from '../paths.ts'
import { meQuery } from './me.ts'

export function NewWorkspace({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title="New workspace" closeButtonProps={{ 'aria-label': 'Close' }}>
      <NewWorkspaceForm onDone={onClose} />
    </Modal>
  )
}

export function NewWorkspaceForm({ onDone }: { onDone?: () => void }) {
  const [name, setName] = useState('')
  const queries = useQueryClient()
  const navigate = useNavigate()
  const create = useMutation({
    mutationFn: () => answer(api.POST('/api/v1/workspaces', { body: { name: name.trim() } })),
    onSuccess: async workspace => {
      await queries.refetchQueries(meQuery)
      onDone?.()
      await navigate(paths.sms(workspace.id))
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (name.trim()) create.mutate()
  }
  const problem = create.error && asProblem(create.error)
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="Name"
          description="One brand: its profiles, activities and people stay apart from all others."
          data-autofocus
          required
          maxLength={100}
          value={name}
          onChange={event => setName(event.currentTarget.value)}
          error={problem && `${problem.title} ${problem.fix}`}
        />
        <Group justify="flex-end">
          <Button type="submit" loading={create.isPending}>
            Create workspace
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
