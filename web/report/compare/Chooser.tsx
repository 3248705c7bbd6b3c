/** Chooses the activities to compare, by name. The choice is kept in the address. */
import { MultiSelect } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { mostCompared } from '../../../core/report/curves.ts'
import { activitiesQuery } from '../../activities/queries.ts'
import { writeIds } from './ids.ts'

interface Props {
  workspace: number
  ids: readonly number[]
  /** of those chosen, as far as they are known */
  names: ReadonlyMap<number, string>
}

export function Chooser({ workspace, ids, names }: Props) {
  const navigate = useNavigate()
  const [search, setSearch] = useState('')
  const [settled] = useDebouncedValue(search.trim(), 250)
  const found = useQuery(activitiesQuery(workspace, { tab: 'sent', search: settled || undefined }))
  const known = new Map([
    ...(found.data?.items ?? []).map(({ id, name }): [number, string] => [id, name]),
    ...ids.map((id): [number, string] => [id, names.get(id) ?? `SMS ${id}`]),
  ])
  return (
    <MultiSelect
      label="Activities"
      description={`Up to ${mostCompared}. Search by name.`}
      placeholder={ids.length < mostCompared ? 'Add an activity' : ''}
      data={[...known].map(([id, name]) => ({ value: String(id), label: name }))}
      value={ids.map(String)}
      onChange={values =>
        navigate({
          to: '.',
          search: (old: Record<string, unknown>) => ({ ...old, ids: writeIds(values.map(Number)) }),
          resetScroll: false,
        })
      }
      searchable
      searchValue={search}
      onSearchChange={setSearch}
      maxValues={mostCompared}
      hidePickedOptions
      nothingFoundMessage={found.isPending ? 'Searching …' : 'No other sent SMS matches.'}
      // The server has searched already.
      filter={({ options }) => options}
      maw={720}
    />
  )
}
