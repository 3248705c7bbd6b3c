/** The settings of the workspace: what it is called, where and in which money it counts, what its SMS begin with, and who may send. */
import { Grid, Group, NumberInput, Select, Stack, Text, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { maxFrequencyHours } from '../../core/frequency.ts'
import { plainDecimal } from '../../core/money.ts'
import { highestMaxParts } from '../../core/sms/split.ts'
import { consequencesOf, follows, settingLabels, settingNames } from '../../core/workspace-settings.ts'
import { answer, api } from '../api/client.ts'
import { asProblem } from '../api/problem.ts'
import { installationQuery } from '../shell/installation.ts'
import { ActButton, ReadOnlyNote, useMay } from '../shell/may.tsx'
import { meQuery, useWorkspace, type Workspace } from '../shell/me.ts'
import { countryChoices } from '../ui/countries.ts'
import { ErrorState, notifyDone } from '../ui/ErrorState.tsx'
import { Panel } from '../ui/Panel.tsx'
import { currencyChoices, fieldOf, zoneChoices } from './workspaceChoices.ts'

/** The value of an empty number field is ''. */
interface Values {
  name: string
  timeZone: string
  defaultCountry: string
  currency: string
  creditValue: string
  linkDomain: string
  defaultSender: string
  sendRole: Workspace['sendRole']
  maxParts: number | string
  /** '': no limit */
  frequencyHours: number | string
}

function valuesOf(workspace: Workspace): Values {
  const {
    name,
    timeZone,
    defaultCountry,
    currency,
    creditValue,
    linkDomain,
    defaultSender,
    sendRole,
    maxParts,
    frequencyHours,
  } = workspace
  return {
    name,
    timeZone,
    defaultCountry,
    currency,
    creditValue: plainDecimal(creditValue),
    linkDomain: linkDomain ?? '',
    defaultSender,
    sendRole,
    maxParts,
    frequencyHours: frequencyHours ?? '',
  }
}

const sendRoleChoices = [
  { value: 'editor', label: 'Editors, admins and owners' },
  { value: 'admin', label: 'Admins and owners' },
  { value: 'owner', label: 'Owners' },
]

export function GeneralSection() {
  const workspace = useWorkspace()
  const queries = useQueryClient()
  const mayChange = useMay()('changeWorkspaceSettings')
  const initial = valuesOf(workspace)
  const form = useForm<Values>({ initialValues: initial })
  const [saved, setSaved] = useState<string[]>([])
  const linkUrl = queries.getQueryData(installationQuery.queryKey)?.linkUrl ?? window.location.origin
  const save = useMutation({
    mutationFn: (values: Values) => change(workspace.id, initial, values),
    onMutate: () => setSaved([]),
    onError: error => {
      const problem = asProblem(error)
      const field = fieldOf(problem)
      if (field !== undefined) form.setFieldError(field, `${problem.title.replace(/^\w+: /, '')} ${problem.fix}`)
    },
    onSuccess: async changed => {
      setSaved(consequencesOf(changed))
      await queries.invalidateQueries({ queryKey: meQuery.queryKey })
      notifyDone('Saved.')
    },
  })
  const input = (name: keyof Values) => ({
    label: settingLabels[name],
    description: follows[name],
    disabled: !mayChange,
    ...form.getInputProps(name),
  })
  const isShownAtField = save.error !== null && fieldOf(asProblem(save.error)) !== undefined
  return (
    <form onSubmit={form.onSubmit(values => save.mutate(values))} noValidate>
      <Stack>
        <ReadOnlyNote operation="changeWorkspaceSettings" />
        <Panel title="Workspace">
          <Grid gap="lg">
            <Grid.Col span={{ base: 12, sm: 6 }}>
              <TextInput maxLength={100} {...input('name')} />
            </Grid.Col>
            <Grid.Col span={{ base: 12, sm: 6 }}>
              <Select
                searchable
                allowDeselect={false}
                data={zoneChoices(workspace.timeZone)}
                nothingFoundMessage="No such time zone"
                {...input('timeZone')}
              />
            </Grid.Col>
            <Grid.Col span={{ base: 12, sm: 6 }}>
              <Select
                searchable
                allowDeselect={false}
                data={countryChoices()}
                nothingFoundMessage="No such country"
                {...input('defaultCountry')}
              />
            </Grid.Col>
          </Grid>
        </Panel>
        <Panel title="Money">
          <Grid gap="lg">
            <Grid.Col span={{ base: 12, sm: 6 }}>
              <Select
                searchable
                allowDeselect={false}
                data={currencyChoices()}
                nothingFoundMessage="No such currency"
                {...input('currency')}
              />
            </Grid.Col>
            <Grid.Col span={{ base: 12, sm: 6 }}>
              <TextInput inputMode="decimal" maxLength={13} {...input('creditValue')} />
            </Grid.Col>
          </Grid>
        </Panel>
        <Panel title="Sending">
          <Grid gap="lg">
            <Grid.Col span={{ base: 12, sm: 6 }}>
              <TextInput placeholder={linkUrl} maxLength={300} {...input('linkDomain')} />
              <Text size="xs" c="dimmed" mt={6}>
                Leave it empty to use {linkUrl}. A domain of your brand must lead to this server.
              </Text>
            </Grid.Col>
            <Grid.Col span={{ base: 12, sm: 6 }}>
              <TextInput maxLength={20} {...input('defaultSender')} />
            </Grid.Col>
            <Grid.Col span={{ base: 12, sm: 6 }}>
              <Select allowDeselect={false} data={sendRoleChoices} {...input('sendRole')} />
            </Grid.Col>
            <Grid.Col span={{ base: 12, sm: 6 }}>
              <NumberInput
                min={1}
                max={highestMaxParts}
                allowDecimal={false}
                clampBehavior="strict"
                {...input('maxParts')}
              />
              <Text size="xs" c="dimmed" mt={6}>
                You pay per part, and many gateways and phones accept at most ten.
              </Text>
            </Grid.Col>
            <Grid.Col span={{ base: 12, sm: 6 }}>
              <NumberInput
                min={1}
                max={maxFrequencyHours}
                allowDecimal={false}
                clampBehavior="blur"
                placeholder="No limit"
                {...input('frequencyHours')}
              />
              <Text size="xs" c="dimmed" mt={6}>
                Leave it empty for no limit. Each SMS can have its own, under Send to.
              </Text>
            </Grid.Col>
          </Grid>
        </Panel>
        {save.error && !isShownAtField && <ErrorState error={save.error} />}
        {saved.length > 0 && (
          <Text size="sm" role="status">
            {saved.join(' ')}
          </Text>
        )}
        <Group>
          <ActButton operation="changeWorkspaceSettings" type="submit" loading={save.isPending}>
            Save changes
          </ActButton>
        </Group>
      </Stack>
    </form>
  )
}

const isOptional = (name: keyof Values) => name === 'linkDomain' || name === 'frequencyHours'

/** Sends only what differs, and returns it. */
async function change(w: number, before: Values, values: Values) {
  const changed = settingNames.filter(name => values[name] !== before[name])
  const body = Object.fromEntries(
    changed.map(name => [name, isOptional(name) && String(values[name]).trim() === '' ? null : values[name]]),
  )
  if (changed.length > 0) await answer(api.PATCH('/api/v1/workspaces/{w}/settings', { params: { path: { w } }, body }))
  return body
}
