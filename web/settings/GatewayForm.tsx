/** What an SMPP provider gives: address, user, password; how much at once. */
import { Button, Grid, Group, NumberInput, PasswordInput, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { answer, api } from '../api/client.ts'
import { useWorkspace } from '../shell/me.ts'
import { ErrorState, notifyDone } from '../ui/ErrorState.tsx'

interface Values {
  name: string
  host: string
  port: number
  systemId: string
  password: string
}

const required = (what: string) => (value: string) => (value.trim() === '' ? `Enter the ${what}.` : null)

export function GatewayForm({ onDone }: { onDone: () => void }) {
  const workspace = useWorkspace()
  const queries = useQueryClient()
  const form = useForm<Values>({
    initialValues: { name: '', host: '', port: 2775, systemId: '', password: '' },
    validate: {
      name: required('name'),
      host: required('host'),
      systemId: required('user'),
      password: required('password'),
    },
  })
  const add = useMutation({
    mutationFn: (values: Values) =>
      answer(api.POST('/api/v1/workspaces/{w}/gateways', { params: { path: { w: workspace.id } }, body: values })),
    onSuccess: async gateway => {
      await queries.invalidateQueries({ queryKey: ['gateways', workspace.id] })
      notifyDone(`Added “${gateway.name}”.`)
      onDone()
    },
  })
  return (
    <form onSubmit={form.onSubmit(values => add.mutate(values))} noValidate>
      <Stack>
        <TextInput
          label="Name"
          description="What you call it."
          data-autofocus
          maxLength={100}
          {...form.getInputProps('name')}
        />
        <Grid gap="md">
          <Grid.Col span={8}>
            <TextInput
              label="Host"
              placeholder="smpp.provider.example"
              maxLength={253}
              {...form.getInputProps('host')}
            />
          </Grid.Col>
          <Grid.Col span={4}>
            <NumberInput
              label="Port"
              min={1}
              max={65535}
              hideControls
              allowDecimal={false}
              thousandSeparator=""
              {...form.getInputProps('port')}
            />
          </Grid.Col>
          <Grid.Col span={6}>
            <TextInput label="User (system id)" autoComplete="off" maxLength={15} {...form.getInputProps('systemId')} />
          </Grid.Col>
          <Grid.Col span={6}>
            <PasswordInput
              label="Password"
              autoComplete="new-password"
              maxLength={64}
              visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the password' }}
              {...form.getInputProps('password')}
            />
          </Grid.Col>
        </Grid>
        {add.error && <ErrorState error={add.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={add.isPending}>
            Add the gateway
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
