/** Is somebody in it, and which conditions hold? Each condition of the tree is marked while a person is chosen. */
import { Select, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { nameOf, profilesQuery } from '../profiles/queries.ts'
import { useWorkspace } from '../shell/me.ts'
import { ErrorState } from '../ui/ErrorState.tsx'
import type { Explanation } from './queries.ts'

export interface CheckedPerson {
  id: number
  name: string
}

interface Props {
  person: CheckedPerson | null
  onChoose: (person: CheckedPerson | null) => void
  explanation: Explanation | undefined
  error: unknown
  isWhole: boolean
}

export function CheckPerson({ person, onChoose, explanation, error, isWhole }: Props) {
  const workspace = useWorkspace()
  const [search, setSearch] = useState('')
  const [settled] = useDebouncedValue(search.trim(), 250)
  const found = useQuery(profilesQuery(workspace.id, { search: settled }))
  const known = new Map([
    ...(person ? [[person.id, person.name] as const] : []),
    ...(found.data?.items ?? []).map(row => [row.profileId, withAddress(row)] as const),
  ])
  return (
    <div>
      <Select
        label="Check a person"
        placeholder="Name, number, e-mail or key"
        data={[...known].map(([id, name]) => ({ value: String(id), label: name }))}
        value={person ? String(person.id) : null}
        onChange={value =>
          onChoose(value === null ? null : { id: Number(value), name: known.get(Number(value)) ?? value })
        }
        // Within the page's landmark.
        comboboxProps={{ withinPortal: false }}
        searchable
        clearable
        clearButtonProps={{ 'aria-label': 'Check nobody' }}
        searchValue={search}
        onSearchChange={setSearch}
        nothingFoundMessage={found.isPending ? 'Searching …' : 'No profile matches.'}
        // The server has searched already.
        filter={({ options }) => options}
        w={{ base: '100%', xs: 320 }}
      />
      <Text size="sm" mt={6} mih={21} role="status">
        {person && (isWhole ? verdictOf(person, explanation) : 'Finish the conditions to check a person.')}
      </Text>
      {error !== null && error !== undefined && person && isWhole && <ErrorState error={error} />}
    </div>
  )
}

function verdictOf({ name }: CheckedPerson, explanation: Explanation | undefined): string {
  if (explanation === undefined) return ''
  return explanation.isMember
    ? `${name} is in this segment.`
    : `${name} is not in this segment. The marks below show why.`
}

function withAddress(row: Parameters<typeof nameOf>[0]): string {
  const name = nameOf(row)
  const address = row.phone ?? row.email
  return address && address !== name ? `${name}, ${address}` : name
}
