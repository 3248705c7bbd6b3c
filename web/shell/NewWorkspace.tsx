/** Creates an empty workspace by its name and opens it. */
import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
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
  const form = useForm({ initialValues: { name: '' } })
  const queries = useQueryClient()
  const navigate = useNavigate()
  const create = useMutation({
    mutationFn: (name: string) => answer(api.POST('/api/v1/workspaces', { body: { name } })),
    onSuccess: async workspace => {
      await queries.refetchQueries(meQuery)
      onDone?.()
      await navigate(paths.sms(workspace.id))
    },
  })
  const submit = form.onSubmit(({ name }) => {
    if (name.trim()) create.mutate(name.trim())
  })
  const problem = create.error && asProblem(create.error)
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="Name"
          description="Use one workspace per brand. Profiles, activities and members are not shared with other workspaces."
          data-autofocus
          required
          maxLength={100}
          {...form.getInputProps('name')}
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
