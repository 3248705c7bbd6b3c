/** Creates an empty workspace and opens it. Zone, country and currency begin as those of this browser. */
import { Button, Group, Modal, Select, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { answer, api } from '../api/client.ts'
import { asProblem } from '../api/problem.ts'
import { paths } from '../paths.ts'
import { currencyChoices, fieldOf, workspaceDefaults, zoneChoices } from '../settings/workspaceChoices.ts'
import { countryChoices } from '../ui/countries.ts'
import { ErrorState } from '../ui/ErrorState.tsx'
import { meQuery } from './me.ts'

export function NewWorkspace({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title="New workspace" closeButtonProps={{ 'aria-label': 'Close' }}>
      <NewWorkspaceForm onDone={onClose} />
    </Modal>
  )
}

export function NewWorkspaceForm({ onDone }: { onDone?: () => void }) {
  const form = useForm({ initialValues: { name: '', ...workspaceDefaults() } })
  const queries = useQueryClient()
  const navigate = useNavigate()
  const create = useMutation({
    mutationFn: (body: typeof form.values) => answer(api.POST('/api/v1/workspaces', { body })),
    onError: error => {
      const problem = asProblem(error)
      form.setFieldError(fieldOf(problem) ?? 'name', `${problem.title.replace(/^\w+: /, '')} ${problem.fix}`)
    },
    onSuccess: async workspace => {
      await queries.refetchQueries(meQuery)
      onDone?.()
      await navigate(paths.sms(workspace.id))
    },
  })
  const submit = form.onSubmit(values => {
    if (values.name.trim()) create.mutate({ ...values, name: values.name.trim() })
  })
  const unexpected = create.error !== null && asProblem(create.error).status === 0
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
        />
        <Select
          label="Time zone"
          searchable
          allowDeselect={false}
          data={zoneChoices(form.values.timeZone)}
          {...form.getInputProps('timeZone')}
        />
        <Select
          label="Default country"
          description="Of phone numbers without a country code."
          searchable
          allowDeselect={false}
          data={countryChoices()}
          {...form.getInputProps('defaultCountry')}
        />
        <Select
          label="Currency"
          searchable
          allowDeselect={false}
          data={currencyChoices()}
          {...form.getInputProps('currency')}
        />
        <Text size="sm" c="dimmed">
          You can change all of it later under Settings, General.
        </Text>
        {unexpected && <ErrorState error={create.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={create.isPending}>
            Create workspace
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
