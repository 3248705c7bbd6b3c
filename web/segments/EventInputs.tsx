/** The settings of an event: which event, of which SMS; and details that are added one by one: how often, when, which link. */
import { ActionIcon, Button, Group, Menu, MultiSelect, Select, TagsInput, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconPlus, IconX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { notSentReasons } from '../../core/audience/not-sent-reasons.ts'
import { devices } from '../../core/clicks/count-clicks.ts'
import { isOfClicks, segmentEvent, segmentEvents } from '../../core/segments/events.ts'
import { type ConditionOf, segmentLimits, type Times, type Where } from '../../core/segments/tree.ts'
import { activitiesQuery } from '../activities/queries.ts'
import { gatewaysQuery } from '../settings/queries.ts'
import { useWorkspace } from '../shell/me.ts'
import { countryChoices } from '../ui/countries.ts'
import { useBuilder } from './builder.ts'
import { Whole, WindowInput } from './WindowInput.tsx'

type Event = ConditionOf<'event'>
interface Props {
  condition: Event
  onChange: (condition: Event) => void
}

export function EventInputs({ condition, onChange }: Props) {
  const { event, of } = condition
  const shown = details.filter(({ has }) => has(condition))
  const more = details.filter(({ has, fits }) => !has(condition) && fits(condition))
  return (
    <>
      <Select
        aria-label="Event"
        data={segmentEvents.map(({ name, label }) => ({ value: name, label }))}
        value={event}
        allowDeselect={false}
        onChange={value => {
          const found = segmentEvents.find(({ name }) => name === value)
          if (found) onChange(fitting({ ...condition, event: found.name }))
        }}
        w={190}
        size="xs"
      />
      <Select
        aria-label={`${segmentEvent(event).label}: of which SMS`}
        data={[
          { value: 'any', label: 'any SMS' },
          { value: 'some', label: 'chosen SMS' },
        ]}
        value={of === 'any' ? 'any' : 'some'}
        allowDeselect={false}
        onChange={value => onChange(fitting({ ...condition, of: value === 'any' ? 'any' : [] }))}
        w={130}
        size="xs"
      />
      {of !== 'any' && <Activities ids={of} onChange={ids => onChange(fitting({ ...condition, of: ids }))} />}
      {shown.map(({ key, label, Input, without }) => (
        <Group key={key} gap={6} wrap="wrap" role="group" aria-label={label}>
          <Text size="xs" c="dimmed">
            {label}
          </Text>
          <Input condition={condition} onChange={onChange} />
          <ActionIcon
            size="sm"
            variant="subtle"
            color="gray"
            aria-label={`Remove the detail: ${label}`}
            onClick={() => onChange(without(condition))}
          >
            <IconX size={14} aria-hidden />
          </ActionIcon>
        </Group>
      ))}
      {more.length > 0 && (
        <Menu position="bottom-start" withinPortal={false} withInitialFocusPlaceholder={false}>
          <Menu.Target>
            <Button size="xs" variant="subtle" leftSection={<IconPlus size={13} aria-hidden />}>
              Add a detail
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {more.map(({ key, label, start }) => (
              <Menu.Item key={key} onClick={() => onChange(start(condition))}>
                {label}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
    </>
  )
}

/** Without the details that its event, or its SMS, no longer have. */
function fitting(condition: Event): Event {
  return details.reduce((kept, { has, fits, without }) => (has(kept) && !fits(kept) ? without(kept) : kept), condition)
}

function Activities({ ids, onChange }: { ids: readonly number[]; onChange: (ids: number[]) => void }) {
  const workspace = useWorkspace()
  const { names } = useBuilder()
  const [search, setSearch] = useState('')
  const [settled] = useDebouncedValue(search.trim(), 250)
  const found = useQuery({
    ...activitiesQuery(workspace.id, { tab: 'sent', search: settled || undefined }),
    refetchInterval: false,
    staleTime: 30_000,
  })
  const known = new Map([
    ...(found.data?.items ?? []).map(({ id, name }): [number, string] => [id, name]),
    ...ids.map((id): [number, string] => [id, names.activity(id) ?? `SMS ${id}`]),
  ])
  return (
    <MultiSelect
      aria-label="SMS"
      placeholder={ids.length === 0 ? 'Search by name' : ''}
      data={[...known].map(([id, name]) => ({ value: String(id), label: name }))}
      value={ids.map(String)}
      onChange={values => onChange(values.map(Number))}
      searchable
      searchValue={search}
      onSearchChange={setSearch}
      maxValues={segmentLimits.activities}
      hidePickedOptions
      nothingFoundMessage={found.isPending ? 'Searching …' : 'No other sent SMS matches.'}
      // The server has searched already.
      filter={({ options }) => options}
      miw={200}
      maw={420}
      size="xs"
    />
  )
}

interface Detail {
  key: string
  label: string
  /** The event can be asked about it. */
  fits: (condition: Event) => boolean
  has: (condition: Event) => boolean
  start: (condition: Event) => Event
  without: (condition: Event) => Event
  Input: (props: Props) => ReactNode
}

function without<Key extends keyof Event>(key: Key) {
  return (condition: Event): Event => {
    const { [key]: _, ...rest } = condition
    return rest as Event
  }
}

const withWhere = (condition: Event, where: Where): Event =>
  Object.keys(where).length === 0 ? without('where')(condition) : { ...condition, where }

/** A list of the filters of the message or the click. */
function filter(
  key: keyof Where,
  label: string,
  fits: Detail['fits'],
  Input: (props: { values: string[]; onChange: (values: string[]) => void }) => ReactNode,
): Detail {
  const put = (condition: Event, values: readonly string[]) =>
    withWhere(condition, { ...condition.where, [key]: key === 'gateways' ? values.map(Number) : values })
  return {
    key,
    label,
    fits,
    has: ({ where }) => where?.[key] !== undefined,
    start: condition => put(condition, []),
    without: condition => {
      const { [key]: _, ...rest } = condition.where ?? {}
      return withWhere(condition, rest)
    },
    Input: ({ condition, onChange }) => (
      <Input
        values={(condition.where?.[key] ?? []).map(String)}
        onChange={values => onChange(put(condition, values))}
      />
    ),
  }
}

const chosenFrom =
  (label: string, data: readonly { value: string; label: string }[]) =>
  ({ values, onChange }: { values: string[]; onChange: (values: string[]) => void }) => (
    <MultiSelect
      aria-label={label}
      data={[...data]}
      value={values}
      onChange={onChange}
      searchable
      miw={180}
      maw={360}
      size="xs"
    />
  )

const bounces = (name: string) => name.startsWith('bounced')
const hasTime = ({ event }: Event) =>
  isOfClicks(event) || bounces(event) || event === 'delivered' || event === 'unsubscribed'

const timesWords = [
  { value: 'at_least', label: 'at least' },
  { value: 'exactly', label: 'exactly' },
  { value: 'at_most', label: 'at most' },
  { value: 'between', label: 'between' },
] as const

/** The same numbers, as far as the other comparison has room for them. */
function comparedBy(times: Times, op: Times['op']): Times {
  const of = times.of && { of: times.of }
  const [from, to] = times.op === 'between' ? times.values : [times.n, times.n + 1]
  return op === 'between' ? { op, values: [from, to], ...of } : { op, n: from, ...of }
}

/** One SMS can be counted once, its clicks more often. */
const isOfOne = ({ of }: Event) => of !== 'any' && of.length === 1
const leastTimes = (condition: Event): Times => ({ op: 'at_least', n: 2, ...(isOfOne(condition) && { of: 'clicks' }) })

const details: readonly Detail[] = [
  {
    key: 'times',
    label: 'How often',
    fits: condition =>
      condition.event === 'clicked' && (condition.times ?? leastTimes(condition)).of === 'clicks'
        ? true
        : condition.times?.of !== 'clicks' && !isOfOne(condition),
    has: ({ times }) => times !== undefined,
    start: condition => ({ ...condition, times: leastTimes(condition) }),
    without: without('times'),
    Input: TimesInput,
  },
  {
    key: 'window',
    label: 'When',
    fits: () => true,
    has: ({ window }) => window !== undefined,
    start: condition => ({ ...condition, window: { last: { n: 30, unit: 'days' } } }),
    without: without('window'),
    Input: ({ condition, onChange }) => (
      <WindowInput
        of={segmentEvent(condition.event).label}
        value={condition.window ?? {}}
        onChange={window => onChange({ ...condition, window })}
      />
    ),
  },
  {
    key: 'links',
    label: 'Links',
    fits: ({ event, of }) => isOfClicks(event) && of !== 'any' && of.length > 0,
    has: ({ links }) => links !== undefined,
    start: condition => ({ ...condition, links: [] }),
    without: without('links'),
    Input: Links,
  },
  {
    key: 'withinHours',
    label: 'Hours after the sending',
    fits: hasTime,
    has: ({ withinHours }) => withinHours !== undefined,
    start: condition => ({ ...condition, withinHours: 24 }),
    without: without('withinHours'),
    Input: ({ condition, onChange }) => (
      <Whole
        label="Hours after the sending"
        value={condition.withinHours ?? Number.NaN}
        most={segmentLimits.hours}
        onChange={withinHours => onChange({ ...condition, withinHours })}
      />
    ),
  },
  filter(
    'reasons',
    'Reasons',
    ({ event }) => event === 'not_sent',
    chosenFrom(
      'Reasons',
      notSentReasons('sms').map(({ key, label }) => ({ value: key, label })),
    ),
  ),
  filter(
    'devices',
    'Devices',
    ({ event }) => isOfClicks(event),
    chosenFrom(
      'Devices',
      devices.map(({ key, label }) => ({ value: key, label })),
    ),
  ),
  filter(
    'codes',
    'Error codes',
    ({ event }) => bounces(event),
    ({ values, onChange }) => (
      <TagsInput
        aria-label="Error codes"
        placeholder="gsm:27"
        value={values}
        onChange={onChange}
        acceptValueOnBlur
        miw={160}
        size="xs"
      />
    ),
  ),
  filter('countries', 'Country at sending', () => true, chosenFrom('Country at sending', countryChoices())),
  filter('gateways', 'Gateways', () => true, Gateways),
]

function TimesInput({ condition, onChange }: Props) {
  const times = condition.times ?? leastTimes(condition)
  const put = (next: Times) => onChange({ ...condition, times: next })
  const whole = (label: string, value: number, changed: (n: number) => void) => (
    <Whole label={label} value={value} least={0} most={segmentLimits.times} onChange={changed} />
  )
  return (
    <>
      <Select
        aria-label="How often: comparison"
        data={timesWords}
        value={times.op}
        allowDeselect={false}
        onChange={value => put(comparedBy(times, timesWords.find(one => one.value === value)?.value ?? times.op))}
        w={110}
        size="xs"
      />
      {times.op === 'between' ? (
        <>
          {whole('How often: from', times.values[0], n => put({ ...times, values: [n, times.values[1]] }))}
          <Text size="xs">and</Text>
          {whole('How often: to', times.values[1], n => put({ ...times, values: [times.values[0], n] }))}
        </>
      ) : (
        whole('How often', times.n, n => put({ ...times, n }))
      )}
      {condition.event === 'clicked' && (
        <Select
          aria-label="How often: of what"
          data={[
            { value: 'sms', label: 'SMS', disabled: isOfOne(condition) },
            { value: 'clicks', label: 'times' },
          ]}
          value={times.of ?? 'sms'}
          allowDeselect={false}
          onChange={value => {
            const { of: _, ...rest } = times
            put(value === 'clicks' ? { ...rest, of: 'clicks' } : rest)
          }}
          w={90}
          size="xs"
        />
      )}
    </>
  )
}

function Links({ condition, onChange }: Props) {
  const { names } = useBuilder()
  const { of, links = [] } = condition
  const data = names.links
    .filter(({ id, activityId }) => links.includes(id) || (of !== 'any' && of.includes(activityId)))
    .map(({ id, url }) => ({ value: String(id), label: `${url} (${id})` }))
  return (
    <MultiSelect
      aria-label="Links"
      data={data}
      value={links.map(String)}
      onChange={values => onChange({ ...condition, links: values.map(Number) })}
      searchable
      nothingFoundMessage="These SMS have no such link."
      miw={220}
      maw={420}
      size="xs"
    />
  )
}

function Gateways({ values, onChange }: { values: string[]; onChange: (values: string[]) => void }) {
  const workspace = useWorkspace()
  const { data } = useQuery({ ...gatewaysQuery(workspace.id), refetchInterval: false })
  const Input = chosenFrom(
    'Gateways',
    (data ?? []).map(({ id, name }) => ({ value: String(id), label: name })),
  )
  return Input({ values, onChange })
}
