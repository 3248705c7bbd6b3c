/** Which entries of the audit are listed: by action, by who did it, and by day in the time zone of the workspace. Kept in the address. */
import { Button, Group, NativeSelect, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { answer, api, items } from '../api/client.ts'
import type { AuditSearch } from '../search.ts'
import { useWorkspace } from '../shell/me.ts'
import { instantText } from '../ui/time.ts'
import { actionChoices, actorChoices } from './auditWords.ts'

export type Filters = Pick<AuditSearch, 'action' | 'actor' | 'from' | 'to'>
export type FilterChange = { [Name in keyof Filters]?: Filters[Name] | undefined }

/** As the API takes them. The last day is included. */
export function queryOf({ action, actor, from, to }: Filters, zone: string) {
  return {
    ...(action && (action.includes('.') ? { action } : { kind: action })),
    ...(actor && { actor }),
    ...(from && { since: instantText(`${from} 00:00:00`, zone) }),
    ...(to && { until: instantText(`${dayAfter(to)} 00:00:00`, zone) }),
  }
}

/** "2026-12-31" -> "2027-01-01" */
function dayAfter(day: string): string {
  const next = new Date(`${day}T12:00:00Z`)
  next.setUTCDate(next.getUTCDate() + 1)
  return next.toISOString().slice(0, 10)
}

interface Props {
  filters: Filters
  /** the name of the chosen actor, if an entry of theirs is listed */
  actorName: string | undefined
  onChange: (change: FilterChange) => void
}

export function AuditFilters({ filters, actorName, onChange }: Props) {
  const { action = '', actor = '', from = '', to = '' } = filters
  const isFiltered = Object.values(filters).some(value => value !== undefined)
  const choices = actorChoices(useNamed(), actor, actorName)
  const none: FilterChange = { action: undefined, actor: undefined, from: undefined, to: undefined }
  return (
    <Group align="flex-end" gap="sm">
      <NativeSelect
        label="Action"
        data={actionChoices}
        value={action}
        onChange={({ currentTarget: { value } }) => onChange({ action: value || undefined })}
      />
      <NativeSelect
        label="User"
        data={choices}
        value={actor}
        onChange={({ currentTarget: { value } }) => onChange({ actor: value || undefined })}
      />
      <TextInput
        label="From"
        type="date"
        value={from}
        max={to || undefined}
        onChange={({ currentTarget: { value } }) => onChange({ from: value || undefined })}
      />
      <TextInput
        label="To"
        type="date"
        value={to}
        min={from || undefined}
        onChange={({ currentTarget: { value } }) => onChange({ to: value || undefined })}
      />
      {isFiltered && (
        <Button variant="default" onClick={() => onChange(none)}>
          Clear filters
        </Button>
      )}
    </Group>
  )
}

/** Members and API keys of the workspace. Somebody who left is chosen by their name in an entry. */
function useNamed(): { value: string; label: string }[] {
  const { id: w } = useWorkspace()
  const params = { path: { w } }
  const members = useQuery({
    queryKey: ['members', w, 'in'],
    queryFn: () => items(answer(api.GET('/api/v1/workspaces/{w}/members', { params }))),
  })
  const keys = useQuery({
    queryKey: ['api-keys', w],
    queryFn: () => items(answer(api.GET('/api/v1/workspaces/{w}/api-keys', { params }))),
  })
  return [
    ...(members.data ?? []).map(({ userId, name }) => ({ value: `user ${userId}`, label: name })),
    ...(keys.data ?? []).map(({ id, name }) => ({ value: `key ${id}`, label: `${name} (API key)` })),
  ]
}
