/** What an SMPP provider gives: address, user, password. For a new gateway, or to correct one. */
import { Button, Grid, Group, NumberInput, PasswordInput, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { answer, api } from '../api/client.ts'
import { useWorkspace } from '../shell/me.ts'
import { ErrorState, notifyDone } from '../ui/ErrorState.tsx'
import type { Gateway } from './queries.ts'

interface Values {
  name: string
  host: string
  port: number
  systemId: string
  password: string
}

const required = (what: string) => (value: string) => (value.trim() === '' ? `Enter the ${what}.` : null)

/** `gateway`: the one to correct; its password is kept where none is entered. */
export function GatewayForm({ gateway, onDone }: { gateway?: Gateway; onDone: () => void }) {
  const workspace = useWorkspace()
  const queries = useQueryClient()
  const form = useForm<Values>({
    initialValues: {
      name: gateway?.name ?? '',
      host: gateway?.host ?? '',
      port: gateway?.port ?? 2775,
      systemId: gateway?.systemId ?? '',
      password: '',
    },
    validate: {
      name: required('name'),
      host: required('host'),
      systemId: required('user'),
      password: gateway === undefined ? required('password') : () => null,
    },
  })
  const save = useMutation({
    mutationFn: (values: Values) =>
      gateway === undefined ? add(workspace.id, values) : change(workspace.id, gateway, values),
    onSuccess: async saved => {
      await queries.invalidateQueries({ queryKey: ['gateways', workspace.id] })
      notifyDone(
        gateway !== undefined
          ? `Changed “${saved.name}”. It connects with its new settings.`
          : saved.shared
            ? `Added “${saved.name}”. Another workspace uses the same account: what the provider delivers is counted where its SMS was sent from.`
            : `Added “${saved.name}”.`,
      )
      onDone()
    },
  })
  const isFixed = gateway?.simulator === true
  return (
    <form onSubmit={form.onSubmit(values => save.mutate(values))} noValidate>
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
              disabled={isFixed}
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
              disabled={isFixed}
              {...form.getInputProps('port')}
            />
          </Grid.Col>
          <Grid.Col span={6}>
            <TextInput
              label="User (system id)"
              autoComplete="off"
              maxLength={15}
              disabled={isFixed}
              {...form.getInputProps('systemId')}
            />
          </Grid.Col>
          <Grid.Col span={6}>
            <PasswordInput
              label="Password"
              placeholder={gateway === undefined ? undefined : 'As before'}
              disabled={isFixed}
              autoComplete="new-password"
              maxLength={64}
              visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the password' }}
              {...form.getInputProps('password')}
            />
          </Grid.Col>
        </Grid>
        {save.error && <ErrorState error={save.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={save.isPending}>
            {gateway === undefined ? 'Add the gateway' : 'Save the changes'}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

const add = (w: number, values: Values) =>
  answer(api.POST('/api/v1/workspaces/{w}/gateways', { params: { path: { w } }, body: values }))

/** Only what is different goes out. */
function change(w: number, gateway: Gateway, { password, ...values }: Values) {
  const body = {
    name: values.name,
    ...(values.host === gateway.host ? {} : { host: values.host }),
    ...(values.port === gateway.port ? {} : { port: values.port }),
    ...(values.systemId === gateway.systemId ? {} : { systemId: values.systemId }),
    ...(password === '' ? {} : { password }),
  }
  return answer(api.PATCH('/api/v1/workspaces/{w}/gateways/{id}', { params: { path: { w, id: gateway.id } }, body }))
}
