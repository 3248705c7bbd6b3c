/** The settings of an import: the target of each column, the country of numbers without a country code, the topic of the consent. */
import { Alert, Autocomplete, Button, Grid, Group, Select, Stack, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { countryName } from '../../core/country-names.ts'
import { paths } from '../paths.ts'
import { topicsQuery } from '../settings/queries.ts'
import { useWorkspace } from '../shell/me.ts'
import { countryChoices } from '../ui/countries.ts'
import { ErrorState } from '../ui/ErrorState.tsx'
import { plural } from '../ui/numbers.ts'
import { Panel } from '../ui/Panel.tsx'
import { ink } from '../ui/status.ts'
import { AskedColumns } from './AskedColumns.tsx'
import { KeyChoice } from './KeyChoice.tsx'
import { MappingTable } from './MappingTable.tsx'
import {
  type ColumnChoice,
  changed,
  choiceOf,
  consentWordsOf,
  doubtOf,
  faultOfChoices,
  type Key,
  keysOf,
  mapOf,
  unconfirmed,
} from './mapping.ts'
import { type ImportRequest, type ListReading, type Preview, startImport } from './queries.ts'
import { ReadingChoice } from './ReadingChoice.tsx'

interface Props {
  file: File
  preview: Preview
  /** as `preview` was read */
  reading: ListReading
  /** another reading is being fetched */
  busy: boolean
  onReading: (reading: ListReading) => void
  onOther: () => void
}

const modes = [
  { value: 'both', label: 'Create new, update existing' },
  { value: 'create', label: 'Only create new' },
  { value: 'update', label: 'Only update existing' },
]

export function MappingForm({ file, preview, reading, busy, onReading, onOther }: Props) {
  const workspace = useWorkspace()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const topics = useQuery(topicsQuery(workspace.id))
  const [choices, setChoices] = useState(() => preview.columns.map(choiceOf))
  const [country, setCountry] = useState<string>(preview.country.country)
  const [topic, setTopic] = useState('Offers')
  const [chosenKey, setKey] = useState<Key | null>(null)
  const [mode, setMode] = useState<ImportRequest['mode']>('both')
  const countries = useMemo(countryChoices, [])
  const consent = choices.some(({ target }) => target === 'sms_consent')
  const asked = choices.some(({ ask }) => ask !== null)
  const open = unconfirmed(choices)
  const keys = keysOf(choices)
  const key = keys.find(one => one === chosenKey) ?? keys[0]
  const fault = faultOfChoices(choices)
  const waiting = open === 0 ? null : `Confirm ${plural(open, 'column')} above.`
  const set = (at: number, change: Partial<ColumnChoice>) =>
    setChoices(choices.map((choice, place) => (place === at ? changed(choice, change) : choice)))
  const doubt = doubtOf(preview.columns)
  const start = useMutation({
    mutationFn: () =>
      startImport(workspace.id, file, {
        ...reading,
        country,
        topic: consent ? topic.trim() || 'Offers' : null,
        map: mapOf(choices),
        mode,
        ...(key === undefined ? {} : { key }),
        ...(consent ? { consentWords: consentWordsOf(choices) } : {}),
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
        <ReadingChoice preview={preview} busy={busy} onChange={onReading} />
        {preview.notes.map(note => (
          <Text key={note} size="sm" mb="sm">
            {note}
          </Text>
        ))}
        {asked && (
          <Stack gap="xs" mb="lg">
            <Text size="sm" fw={600}>
              Confirm these columns
            </Text>
            <AskedColumns choices={choices} onChange={set} />
          </Stack>
        )}
        {choices.some(({ ask }) => ask === null) && <MappingTable choices={choices} onChange={set} />}
        {!consent && (
          <Text size="sm" c="dimmed" mt="md">
            No column is imported as “Consent to SMS”. New profiles get no SMS before they have consented.
          </Text>
        )}
      </Panel>
      {fault === null && key !== undefined && (
        <KeyChoice
          workspace={workspace.id}
          file={file}
          options={{ ...reading, country, map: mapOf(choices) }}
          keys={keys}
          value={key}
          onChange={setKey}
        />
      )}
      <Panel title="Settings">
        <Grid gap="md">
          <Grid.Col span={{ base: 12, sm: 6 }}>
            <Select
              label="Default country"
              description={countryWords(preview.country)}
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
              label="New and existing profiles"
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
          {fault ?? waiting ?? (start.isPending ? 'Uploading…' : 'An import never removes an opt-out.')}
        </Text>
        <Button disabled={fault !== null || waiting !== null} loading={start.isPending} onClick={() => start.mutate()}>
          Start import
        </Button>
      </Group>
    </Stack>
  )
}

function countryWords({ numbers, counts }: Preview['country']): string {
  const what = 'For phone numbers without a country code.'
  if (numbers === 0) return what
  const each = counts.slice(0, 2).map(({ country, mobile }) => `${mobile} as numbers of ${countryName(country)}`)
  return `${what} Of the first ${numbers}, ${each.join(', ')} can get an SMS.`
}

function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}
