/** The settings of an import: the target of each column, the country of numbers without a country code, the topic of the consent. */
import { Alert, Autocomplete, Button, Grid, Group, Select, Stack, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { paths } from '../paths.ts'
import { topicsQuery } from '../settings/queries.ts'
import { useWorkspace } from '../shell/me.ts'
import { countryChoices } from '../ui/countries.ts'
import { ErrorState } from '../ui/ErrorState.tsx'
import { plural } from '../ui/numbers.ts'
import { Panel } from '../ui/Panel.tsx'
import { ink } from '../ui/status.ts'
import { MappingTable } from './MappingTable.tsx'
import { choiceOf, doubtOf, faultOf, mapOf } from './mapping.ts'
import { type ImportOptions, type Preview, startImport } from './queries.ts'

interface Props {
  file: File
  preview: Preview
  onOther: () => void
}

const modes = [
  { value: 'both', label: 'Create new profiles and update existing ones' },
  { value: 'create', label: 'Only create new profiles' },
  { value: 'update', label: 'Only update existing profiles' },
]

export function MappingForm({ file, preview, onOther }: Props) {
  const workspace = useWorkspace()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const topics = useQuery(topicsQuery(workspace.id))
  const [choices, setChoices] = useState(() => preview.columns.map(choiceOf))
  const [country, setCountry] = useState<string>(workspace.defaultCountry)
  const [topic, setTopic] = useState('Offers')
  const [mode, setMode] = useState<ImportOptions['mode']>('both')
  const countries = useMemo(countryChoices, [])
  const consent = choices.some(({ target }) => target === 'sms_consent')
  const fault = faultOf(choices)
  const doubt = doubtOf(preview.columns)
  const start = useMutation({
    mutationFn: () =>
      startImport(workspace.id, file, {
        country,
        topic: consent ? topic.trim() || 'Offers' : null,
        map: mapOf(choices),
        mode,
      }),
    onSuccess: async started => {
      void queries.invalidateQueries({ queryKey: ['imports', workspace.id] })
      await navigate(paths.import(workspace.id, started.import.id))
    },
  })
  return (
    <Stack>
      <Panel
        title={file.name}
        description={`${plural(preview.columns.length, 'column')}, ${size(file.size)}`}
        aside={
          <Button variant="default" size="xs" onClick={onOther}>
            Choose another file
          </Button>
        }
      >
        {doubt && (
          <Alert variant="default" role="alert" mb="md" icon={<IconAlertTriangle color={ink('orange')} aria-hidden />}>
            {doubt}
          </Alert>
        )}
        {preview.encoding === 'windows-1252' && (
          <Text size="sm" mb="md">
            The encoding of the file is uncertain. If letters such as å, é or ü look wrong below, save it again as “CSV
            UTF-8” and choose it again.
          </Text>
        )}
        <MappingTable choices={choices} onChange={setChoices} />
      </Panel>
      <Panel title="Settings">
        <Grid gap="md">
          <Grid.Col span={{ base: 12, sm: 6 }}>
            <Select
              label="Default country"
              description="For phone numbers without a country code."
              searchable
              allowDeselect={false}
              data={countries}
              value={country}
              onChange={value => value && setCountry(value)}
            />
          </Grid.Col>
          <Grid.Col span={{ base: 12, sm: 6 }}>
            <Autocomplete
              label="Topic"
              description={
                consent
                  ? 'The topic that the consent column is about.'
                  : 'To choose a topic, map a column to “Consent to SMS”.'
              }
              disabled={!consent}
              maxLength={100}
              data={(topics.data ?? []).map(({ name }) => name)}
              value={topic}
              onChange={setTopic}
            />
          </Grid.Col>
          <Grid.Col span={{ base: 12, sm: 6 }}>
            <Select
              label="Existing profiles"
              allowDeselect={false}
              data={modes}
              value={mode}
              onChange={value => setMode(value === 'create' || value === 'update' ? value : 'both')}
            />
          </Grid.Col>
        </Grid>
      </Panel>
      {start.error && <ErrorState error={start.error} />}
      <Group justify="flex-end">
        <Text size="sm" c="dimmed" role="status">
          {fault ?? (start.isPending ? 'Uploading…' : 'An import never removes an opt-out.')}
        </Text>
        <Button disabled={fault !== null} loading={start.isPending} onClick={() => start.mutate()}>
          Start import
        </Button>
      </Group>
    </Stack>
  )
}

function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}
