/** What a provider gives, as the kind of gateway asks for it. For a new gateway, or to correct one. */
import { Anchor, Button, Collapse, Grid, Group, NumberInput, Select, Skeleton, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { answer, api } from '../api/client.ts'
import { ApiProblem } from '../api/problem.ts'
import { useWorkspace } from '../shell/me.ts'
import { ErrorState, notifyDone } from '../ui/ErrorState.tsx'
import {
  changedSettings,
  type GatewayKindForm,
  initialSettings,
  isKnownBody,
  type SettingValue,
  wrongSettings,
} from './gatewaySettings.ts'
import { type Gateway, gatewayKindsQuery } from './queries.ts'
import { SettingInput } from './SettingInput.tsx'

/** An emptied field of a number is ''. */
interface Values {
  kind: string
  name: string
  settings: Record<string, SettingValue>
  binds: number | string
  window: number | string
  rate: number | string
}

interface FormProps {
  /** the one to correct; its secrets are kept where none is entered */
  gateway?: Gateway
  onDone: () => void
}

export function GatewayForm(props: FormProps) {
  const workspace = useWorkspace()
  const kinds = useQuery(gatewayKindsQuery(workspace.id))
  if (kinds.error && !kinds.data) return <ErrorState error={kinds.error} onRetry={kinds.refetch} />
  if (kinds.data === undefined) return <Skeleton height={220} />
  return <LoadedForm {...props} kinds={kinds.data} />
}

function LoadedForm({ gateway, kinds, onDone }: FormProps & { kinds: readonly GatewayKindForm[] }) {
  const workspace = useWorkspace()
  const queries = useQueryClient()
  const kindNamed = (name: string) => kinds.find(({ kind }) => kind === name)
  const [first] = kinds
  const startKind = kindNamed(gateway?.kind ?? '') ?? first
  const form = useForm<Values>({
    initialValues: {
      kind: startKind?.kind ?? '',
      name: gateway?.name ?? '',
      settings: startKind === undefined ? {} : initialSettings(startKind, gateway?.settings ?? null),
      binds: gateway?.binds ?? 1,
      window: gateway?.window ?? startKind?.window ?? 100,
      rate: gateway?.rate ?? 0,
    },
    validate: values => ({
      ...(values.name.trim() === '' && { name: 'Enter the name.' }),
      ...wrongSettings(kindNamed(values.kind), values.settings, gateway !== undefined),
      ...Object.fromEntries(numbers.flatMap(({ field, min, max }) => wrongNumber(field, values[field], min, max))),
    }),
  })
  const kind = kindNamed(form.values.kind)
  const save = useMutation({
    mutationFn: (values: Values) =>
      gateway === undefined ? add(workspace.id, kinds, values) : change(workspace.id, kinds, gateway, values),
    onError: error => {
      if (error instanceof ApiProblem)
        form.setErrors(Object.fromEntries(error.faults.map(one => [one.where, one.what])))
    },
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
  const isReadable = gateway !== undefined && gateway.settings !== null
  const refused = (errors: object) => {
    if ('binds' in errors || 'window' in errors || 'rate' in errors) open()
  }
  return (
    <form onSubmit={form.onSubmit(values => save.mutate(values), refused)} noValidate>
      <Stack>
        {kinds.length > 1 && (
          <Select
            label="Kind"
            data={kinds.map(one => ({ value: one.kind, label: one.label }))}
            allowDeselect={false}
            disabled={isReadable}
            value={form.values.kind}
            onChange={name => {
              const chosen = kindNamed(name ?? '')
              if (chosen === undefined) return
              form.setValues({ kind: chosen.kind, window: chosen.window, settings: initialSettings(chosen, null) })
            }}
          />
        )}
        <TextInput
          label="Name"
          description="A name of your choice."
          data-autofocus
          maxLength={100}
          {...form.getInputProps('name')}
        />
        <Grid gap="md">
          {kind?.fields.map(field => (
            <Grid.Col key={`${kind.kind} ${field.name}`} span={{ base: 12, sm: field.type === 'integer' ? 4 : 8 }}>
              <SettingInput
                field={field}
                isKept={gateway !== undefined}
                disabled={gateway?.simulator === true && isReadable}
                input={form.getInputProps(`settings.${field.name}`)}
              />
            </Grid.Col>
          ))}
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
  { field: 'binds', label: 'Connections', description: 'Open at the same time.', min: 1, max: 16 },
  { field: 'window', label: 'Window', description: 'Unanswered SMS per connection.', min: 1, max: 2000 },
  { field: 'rate', label: 'SMS per second', description: 'Per connection. 0 means no limit.', min: 0, max: 100_000 },
] as const

const wrongNumber = (field: string, value: number | string, min: number, max: number): [string, string][] =>
  typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
    ? []
    : [[field, `Enter a number from ${min} to ${max}.`]]

const notKnown = () => new Error('Reload the page: the kinds of gateways have changed.')

/** Numbers are whole here: the form has checked them. */
function add(w: number, kinds: readonly GatewayKindForm[], { kind, name, settings, ...limits }: Values) {
  const { binds, window, rate } = limits
  const body = {
    kind,
    name,
    settings: changedSettings(kinds, kind, settings, null),
    binds: Number(binds),
    window: Number(window),
    rate: Number(rate),
  }
  if (!isKnownBody(body, kinds)) throw notKnown()
  return answer(api.POST('/api/v1/workspaces/{w}/gateways', { params: { path: { w } }, body }))
}

/** Sends only what has changed. */
function change(w: number, kinds: readonly GatewayKindForm[], gateway: Gateway, values: Values) {
  const settings = changedSettings(kinds, values.kind, values.settings, gateway.settings)
  const changed = (field: 'binds' | 'window' | 'rate') =>
    Number(values[field]) === gateway[field] ? {} : { [field]: Number(values[field]) }
  const body = {
    kind: values.kind,
    name: values.name,
    settings,
    ...changed('binds'),
    ...changed('window'),
    ...changed('rate'),
  }
  if (!isKnownBody(body, kinds)) throw notKnown()
  return answer(api.PATCH('/api/v1/workspaces/{w}/gateways/{id}', { params: { path: { w, id: gateway.id } }, body }))
}
