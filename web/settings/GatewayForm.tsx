/** What an SMPP provider gives: address, user, password. For a new gateway, or to correct one. */
import { Anchor, Button, Collapse, Grid, Group, NumberInput, PasswordInput, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { answer, api } from '../api/client.ts'
import { useWorkspace } from '../shell/me.ts'
import { ErrorState, notifyDone } from '../ui/ErrorState.tsx'
import type { Gateway } from './queries.ts'

/** An emptied field of a number is ''. */
interface Values {
  name: string
  host: string
  port: number | string
  systemId: string
  password: string
  binds: number | string
  window: number | string
  rate: number | string
}

const hostProblem = (value: string) =>
  value.trim() === ''
    ? 'Enter the host.'
    : /[/@\s]|^[^:]+:\d+$/.test(value.trim())
      ? "Enter only the host's name, without smpp://, user, port or path."
      : null
const whole = (least: number, most: number, sentence: string) => (value: number | string) =>
  typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most ? null : sentence

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
      binds: gateway?.binds ?? 1,
      window: gateway?.window ?? 100,
      rate: gateway?.rate ?? 0,
    },
    validate: {
      name: required('name'),
      host: hostProblem,
      port: whole(1, 65_535, 'Enter a port from 1 to 65535.'),
      systemId: required('user'),
      password: gateway === undefined ? required('password') : () => null,
      binds: whole(1, 16, 'Enter a number from 1 to 16.'),
      window: whole(1, 2000, 'Enter a number from 1 to 2000.'),
      rate: whole(0, 100_000, 'Enter a number from 0 to 100000.'),
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
            ? `Added “${saved.name}”. Another workspace uses the same account: receipts are counted in the workspace that sent the SMS.`
            : `Added “${saved.name}”.`,
      )
      onDone()
    },
  })
  const [more, { toggle, open }] = useDisclosure()
  const isFixed = gateway?.simulator === true && gateway.host !== null
  const refused = (errors: object) => {
    if ('binds' in errors || 'window' in errors || 'rate' in errors) open()
  }
  return (
    <form onSubmit={form.onSubmit(values => save.mutate(values), refused)} noValidate>
      <Stack>
        <TextInput
          label="Name"
          description="A name of your choice."
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
        <div>
          <Anchor component="button" type="button" size="sm" onClick={toggle} aria-expanded={more}>
            Connections and rate
          </Anchor>
        </div>
        <Collapse expanded={more}>
          <Grid gap="md">
            {numbers.map(({ field, label, description, ...range }) => (
              <Grid.Col key={field} span={{ base: 12, sm: 4 }}>
                <NumberInput
                  label={label}
                  description={description}
                  hideControls
                  allowDecimal={false}
                  {...range}
                  {...form.getInputProps(field)}
                />
              </Grid.Col>
            ))}
          </Grid>
        </Collapse>
        {save.error && <ErrorState error={save.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={save.isPending}>
            {gateway === undefined ? 'Save gateway' : 'Save changes'}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

const numbers = [
  { field: 'binds', label: 'Connections', description: 'SMPP binds at the same time.', min: 1, max: 16 },
  { field: 'window', label: 'Window', description: 'Unanswered SMS per connection.', min: 1, max: 2000 },
  { field: 'rate', label: 'SMS per second', description: 'Per connection. 0 means no limit.', min: 0, max: 100_000 },
] as const

/** Numbers are whole here: the form has looked at them. */
const read = ({ port, binds, window, rate, host, ...texts }: Values) => ({
  ...texts,
  host: host.trim(),
  port: Number(port),
  binds: Number(binds),
  window: Number(window),
  rate: Number(rate),
})

const add = (w: number, values: Values) =>
  answer(api.POST('/api/v1/workspaces/{w}/gateways', { params: { path: { w } }, body: read(values) }))

/** Sends only what has changed. */
function change(w: number, gateway: Gateway, values: Values) {
  const { name, password, ...rest } = read(values)
  const body = {
    name,
    ...(rest.host === gateway.host ? {} : { host: rest.host }),
    ...(rest.port === gateway.port ? {} : { port: rest.port }),
    ...(rest.systemId === gateway.systemId ? {} : { systemId: rest.systemId }),
    ...(rest.binds === gateway.binds ? {} : { binds: rest.binds }),
    ...(rest.window === gateway.window ? {} : { window: rest.window }),
    ...(rest.rate === gateway.rate ? {} : { rate: rest.rate }),
    ...(password === '' ? {} : { password }),
  }
  return answer(api.PATCH('/api/v1/workspaces/{w}/gateways/{id}', { params: { path: { w, id: gateway.id } }, body }))
}
