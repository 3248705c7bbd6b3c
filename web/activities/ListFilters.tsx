/** Narrows the list of the start page by state and by days. The choice is kept in the address. */
import { Button, Select } from '@mantine/core'
import { DatePickerInput } from '@mantine/dates'
import { IconCalendar, IconX } from '@tabler/icons-react'
import { getRouteApi } from '@tanstack/react-router'
import { type ActivityState, activityStates } from '../../core/activities/states.ts'
import { localAt } from '../../core/zones.ts'
import { narrow, type StartSearch } from '../search.ts'
import { useBusinessClock } from '../shell/installation.ts'
import { useWorkspace } from '../shell/me.ts'
import { activityLooks } from '../ui/status.ts'

const route = getRouteApi('/w/$workspace/sms')

/** "starting" is part of "sending", and drafts have their own tab. */
const offered = activityStates.filter(state => state !== 'draft' && state !== 'starting')
const dayMs = 86_400_000

const format = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' })
const dayWords = (day: string) => format.format(new Date(`${day}T00:00:00Z`))

export function ListFilters({ state, from, to }: Pick<StartSearch, 'state' | 'from' | 'to'>) {
  const navigate = route.useNavigate()
  const { timeZone } = useWorkspace()
  const clock = useBusinessClock()
  const filter = (patch: { [Key in 'state' | 'from' | 'to']?: StartSearch[Key] | undefined }) =>
    void navigate({ search: narrow<StartSearch>(patch), replace: true, resetScroll: false })
  const dayAgo = (days: number) => localAt(timeZone, clock() - days * dayMs).date
  const today = dayAgo(0)
  const shown = from && to ? (from === to ? dayWords(from) : `${dayWords(from)} – ${dayWords(to)}`) : 'Any time'
  const span = (label: string, first: string) => ({ label, value: [first, today] as [string, string] })
  return (
    <>
      <Select
        aria-label="State"
        style={{ flex: '1 1 130px' }}
        maw={{ base: 'none', xs: 150 }}
        allowDeselect={false}
        value={state ?? 'all'}
        data={[
          { value: 'all', label: 'All states' },
          ...offered.map(value => ({
            value,
            label: value === 'sending' ? 'Sending or retrying' : activityLooks[value].label,
          })),
        ]}
        onChange={value => filter({ state: activityStates.find((known): known is ActivityState => known === value) })}
      />
      <DatePickerInput
        type="range"
        // A reader of the page hears what is shown.
        aria-label={`Period: ${shown}`}
        placeholder="Any time"
        style={{ flex: '1 1 150px' }}
        maw={{ base: 'none', xs: from || to ? 260 : 150 }}
        leftSection={<IconCalendar size={16} aria-hidden />}
        valueFormatter={() => shown}
        allowSingleDateInRange
        clearable
        clearButtonProps={{ 'aria-label': 'Clear period' }}
        value={[from ?? null, to ?? null]}
        presets={[
          span('Last 7 days', dayAgo(6)),
          span('Last 30 days', dayAgo(29)),
          span('This month', `${today.slice(0, 8)}01`),
          span('This year', `${today.slice(0, 5)}01-01`),
        ]}
        onChange={([first, last]) => {
          // While a range is being chosen it has no end yet.
          if ((first === null) === (last === null)) filter({ from: first ?? undefined, to: last ?? undefined })
        }}
      />
      {(state || from || to) && (
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          leftSection={<IconX size={14} aria-hidden />}
          onClick={() => filter({ state: undefined, from: undefined, to: undefined })}
        >
          Clear filters
        </Button>
      )}
    </>
  )
}
