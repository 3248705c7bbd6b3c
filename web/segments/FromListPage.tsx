/** A frozen segment from a list: pasted or from a file, of numbers, addresses, customer ids or profile ids. */
import { Button, Group, Select, Stack, Tabs, Text, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { FileDrop } from '../imports/FileDrop.tsx'
import { type Preview, previewImport } from '../imports/queries.ts'
import { paths } from '../paths.ts'
import { FormFor } from '../shell/may.tsx'
import { useWorkspace } from '../shell/me.ts'
import { BackLink } from '../ui/BackLink.tsx'
import { countryChoices } from '../ui/countries.ts'
import { ErrorState } from '../ui/ErrorState.tsx'
import { TextLink } from '../ui/links.tsx'
import { plural } from '../ui/numbers.ts'
import { Page } from '../ui/Page.tsx'
import { Panel } from '../ui/Panel.tsx'
import { StatusBadge } from '../ui/StatusBadge.tsx'
import { Time } from '../ui/Time.tsx'
import { listsQuery, type MatchKind, useListActs } from './listQueries.ts'
import { kindChoices, listLooks, separatorWords } from './listWords.ts'

export function FromListPage() {
  const workspace = useWorkspace()
  return (
    <Page
      title="Segment from a list"
      width={860}
      back={<BackLink {...paths.segments(workspace.id)}>Segments</BackLink>}
      description="Makes a frozen segment of the people in a list. Nobody is added to the profiles: entries that no profile has are shown."
    >
      <Stack>
        <FormFor operation="startSegmentList">
          <ListForm />
        </FormFor>
        <LatestLists />
      </Stack>
    </Page>
  )
}

interface Chosen {
  file: File
  preview: Preview
}

function ListForm() {
  const workspace = useWorkspace()
  const navigate = useNavigate()
  const { start } = useListActs(workspace.id)
  const [name, setName] = useState('')
  const [by, setBy] = useState<MatchKind>('phone')
  const [from, setFrom] = useState<'paste' | 'file'>('paste')
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState<Chosen | null>(null)
  const [column, setColumn] = useState<string | null>(null)
  const [country, setCountry] = useState(workspace.defaultCountry)
  const [sheet, setSheet] = useState<string>()
  const countries = useMemo(countryChoices, [])
  const preview = useMutation({
    mutationFn: ({ file, sheet: of }: { file: File; sheet?: string }) =>
      previewImport(workspace.id, file, of === undefined ? {} : { sheet: of }),
    onSuccess: (found, { file, sheet: of }) => {
      setChosen({ file, preview: found })
      setSheet(of)
      const guessed = kindIn(found)
      setBy(guessed ?? by)
      setColumn(columnOf(found, guessed ?? by))
    },
  })
  const chooseKind = (kind: MatchKind) => {
    setBy(kind)
    if (chosen) setColumn(columnOf(chosen.preview, kind))
  }
  const isFile = from === 'file'
  const columns = chosen?.preview.columns ?? []
  const needsColumn = isFile && columns.length > 1
  const isReady =
    name.trim() !== '' && (isFile ? chosen !== null && (!needsColumn || column !== null) : text.trim() !== '')
  const submit = () => {
    const file = isFile && chosen ? chosen.file : new File([text], 'pasted.txt', { type: 'text/plain' })
    const options = {
      name: name.trim(),
      by,
      ...(by === 'phone' && { country }),
      ...(!isFile && { pasted: true }),
      ...(needsColumn && column !== null && { column }),
      ...(isFile && sheet !== undefined && { sheet }),
    }
    start.mutate(
      { file, options },
      { onSuccess: list => void navigate(paths.segmentList(workspace.id, list.id)), onError: () => undefined },
    )
  }
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        if (isReady && !start.isPending) submit()
      }}
    >
      <Panel>
        <Stack>
          <TextInput
            label="Name of the segment"
            value={name}
            maxLength={100}
            dir="auto"
            required
            withAsterisk={false}
            onChange={({ currentTarget: { value } }) => setName(value)}
          />
          <Select
            label="What the list holds"
            data={kindChoices}
            value={by}
            allowDeselect={false}
            onChange={value => {
              const kind = kindChoices.find(choice => choice.value === value)?.value
              if (kind !== undefined) chooseKind(kind)
            }}
          />
          {by === 'phone' && (
            <Select
              label="Country of numbers without a country code"
              searchable
              allowDeselect={false}
              data={countries}
              value={country}
              onChange={value => value && setCountry(value)}
            />
          )}
          <Tabs value={from} onChange={value => setFrom(value === 'file' ? 'file' : 'paste')} keepMounted={false}>
            <Tabs.List aria-label="Where the list comes from">
              <Tabs.Tab value="paste">Paste</Tabs.Tab>
              <Tabs.Tab value="file">File</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="paste" pt="md">
              <Textarea
                label="Entries"
                description={separatorWords(by)}
                autosize
                minRows={8}
                maxRows={16}
                spellCheck={false}
                value={text}
                onChange={({ currentTarget: { value } }) => setText(value)}
              />
            </Tabs.Panel>
            <Tabs.Panel value="file" pt="md">
              {chosen ? (
                <Stack gap="sm">
                  <Group justify="space-between">
                    <Text size="sm" fw={600} className="wrap-anywhere">
                      {chosen.file.name}
                    </Text>
                    <Button size="compact-sm" variant="default" onClick={() => setChosen(null)}>
                      Choose another file
                    </Button>
                  </Group>
                  {chosen.preview.sheets.length > 1 && (
                    <Select
                      label="Sheet"
                      allowDeselect={false}
                      disabled={preview.isPending}
                      data={chosen.preview.sheets.map(one => one.name)}
                      value={chosen.preview.sheet}
                      onChange={value => value && preview.mutate({ file: chosen.file, sheet: value })}
                    />
                  )}
                  {needsColumn && (
                    <Select
                      label="Column"
                      description={firstValues(columns.find(one => one.name === column)?.samples)}
                      placeholder="Choose the column"
                      searchable={columns.length > 10}
                      allowDeselect={false}
                      data={columns.map(one => one.name)}
                      value={column}
                      onChange={setColumn}
                    />
                  )}
                </Stack>
              ) : (
                <FileDrop onFile={file => preview.mutate({ file })} busy={preview.isPending}>
                  Excel (XLSX), CSV, text with one entry per line, or contacts (vCard).
                </FileDrop>
              )}
              {preview.error && <ErrorState error={preview.error} />}
            </Tabs.Panel>
          </Tabs>
          {start.error && <ErrorState error={start.error} />}
          <Group justify="flex-end">
            <Button type="submit" disabled={!isReady} loading={start.isPending}>
              Make segment
            </Button>
          </Group>
        </Stack>
      </Panel>
    </form>
  )
}

const suggestions = { phone: 'phone', email: 'email', key: 'external_key' } as const

/** What the list holds, where one column alone shows it. */
function kindIn({ columns }: Preview): MatchKind | undefined {
  const [only] = columns
  const found = Object.entries(suggestions).find(([, suggested]) => only?.suggested === suggested)?.[0]
  return columns.length === 1 ? (found as MatchKind | undefined) : undefined
}

function columnOf({ columns }: Preview, by: MatchKind): string | null {
  if (columns.length === 1) return columns[0]?.name ?? null
  const found = columns.find(one =>
    by === 'id' ? one.name.toLowerCase() === 'profile_id' : one.suggested === suggestions[by],
  )
  return found?.name ?? null
}

const firstValues = (samples: readonly string[] | undefined) =>
  samples === undefined || samples.length === 0 ? undefined : `Begins with ${samples.slice(0, 3).join(', ')}`

function LatestLists() {
  const workspace = useWorkspace()
  const lists = useQuery(listsQuery(workspace.id))
  if (lists.error && !lists.data) return <ErrorState error={lists.error} onRetry={lists.refetch} />
  if (!lists.data || lists.data.length === 0) return null
  return (
    <Panel title="Latest lists">
      <Stack gap="sm">
        {lists.data.slice(0, 10).map(list => (
          <Group key={list.id} justify="space-between" gap="sm">
            <div style={{ minWidth: 0, flex: '1 1 220px' }}>
              <TextLink {...paths.segmentList(workspace.id, list.id)} inherit className="wrap-anywhere" dir="auto">
                {list.name}
              </TextLink>
              <Text size="sm" c="dimmed">
                {plural(list.entries, 'entry', 'entries')}, <Time at={list.createdAt} />
              </Text>
            </div>
            <StatusBadge look={listLooks[list.state]} />
          </Group>
        ))}
      </Stack>
    </Panel>
  )
}
