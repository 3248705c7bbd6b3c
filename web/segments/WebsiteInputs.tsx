/** The settings of a page view and of a custom event: which page or event, and details that are added: a property, how often, when. */
import { ActionIcon, Button, Group, Menu, NumberInput, Select, Text, TextInput } from '@mantine/core'
import { IconPlus, IconX } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { isNumeric } from '../../core/segments/clauses.ts'
import { type ConditionOf, type EventProperty, segmentLimits } from '../../core/segments/tree.ts'
import { Whole, WindowInput } from './WindowInput.tsx'

type OfWebsite = ConditionOf<'page_view' | 'website_event'>
interface Props {
  condition: OfWebsite
  onChange: (condition: OfWebsite) => void
}

export function WebsiteInputs({ condition, onChange }: Props) {
  const { times, window } = condition
  const isEvent = condition.kind === 'website_event'
  const [withoutTimes, withoutWindow] = [{ ...condition }, { ...condition }]
  delete withoutTimes.times
  delete withoutWindow.window
  return (
    <>
      {isEvent ? (
        <TextInput
          aria-label="Name of the event"
          placeholder="Order completed"
          value={condition.name}
          onChange={event => onChange({ ...condition, name: event.currentTarget.value })}
          maxLength={100}
          w={190}
          size="xs"
        />
      ) : (
        <PageInputs condition={condition} onChange={onChange} />
      )}
      {isEvent && condition.property && (
        <PropertyInputs condition={condition} property={condition.property} onChange={onChange} />
      )}
      {times && (
        <Detail label="How often" onRemove={() => onChange(withoutTimes)}>
          <TimesInputs times={times} onChange={next => onChange({ ...condition, times: next })} />
        </Detail>
      )}
      {window && (
        <Detail label="When" onRemove={() => onChange(withoutWindow)}>
          <WindowInput
            of={isEvent ? 'Event' : 'Viewed'}
            value={window}
            onChange={next => onChange({ ...condition, window: next })}
          />
        </Detail>
      )}
      <More condition={condition} onChange={onChange} />
    </>
  )
}

function More({ condition, onChange }: Props) {
  const { times, window } = condition
  const choices: { label: string; start: () => OfWebsite }[] = [
    ...(condition.kind === 'website_event' && !condition.property
      ? [
          {
            label: 'A property',
            start: (): OfWebsite => ({ ...condition, property: { name: '', op: 'is', value: '' } }),
          },
        ]
      : []),
    ...(times
      ? []
      : [{ label: 'How often', start: (): OfWebsite => ({ ...condition, times: { op: 'at_least', n: 2 } }) }]),
    ...(window
      ? []
      : [{ label: 'When', start: (): OfWebsite => ({ ...condition, window: { last: { n: 30, unit: 'days' } } }) }]),
  ]
  if (choices.length === 0) return null
  return (
    <Menu position="bottom-start" withinPortal={false} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <Button size="xs" variant="subtle" leftSection={<IconPlus size={13} aria-hidden />}>
          Add a detail
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {choices.map(({ label, start }) => (
          <Menu.Item key={label} onClick={() => onChange(start())}>
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

function Detail({ label, onRemove, children }: { label: string; onRemove: () => void; children: ReactNode }) {
  return (
    <Group gap={6} wrap="wrap" role="group" aria-label={label}>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      {children}
      <ActionIcon size="sm" variant="subtle" color="gray" aria-label={`Remove the detail: ${label}`} onClick={onRemove}>
        <IconX size={14} aria-hidden />
      </ActionIcon>
    </Group>
  )
}

const pageTests = [
  { value: 'contains', label: 'contains' },
  { value: 'starts', label: 'starts with' },
  { value: 'is', label: 'is' },
] as const

function PageInputs({ condition, onChange }: { condition: ConditionOf<'page_view'>; onChange: Props['onChange'] }) {
  const what = condition.of === 'url' ? 'Address' : 'Title'
  return (
    <>
      <Select
        aria-label="Address or title"
        data={[
          { value: 'url', label: 'Address' },
          { value: 'title', label: 'Title' },
        ]}
        value={condition.of}
        allowDeselect={false}
        onChange={of => onChange({ ...condition, of: of === 'title' ? 'title' : 'url' })}
        w={105}
        size="xs"
      />
      <Select
        aria-label={`${what}: comparison`}
        data={pageTests}
        value={condition.op}
        allowDeselect={false}
        onChange={op => {
          const found = pageTests.find(({ value }) => value === op)
          if (found) onChange({ ...condition, op: found.value })
        }}
        w={115}
        size="xs"
      />
      <TextInput
        aria-label={`${what}: text`}
        placeholder={condition.of === 'url' ? '/basket' : 'Basket'}
        value={condition.value}
        onChange={event => onChange({ ...condition, value: event.currentTarget.value })}
        maxLength={segmentLimits.text}
        w={220}
        size="xs"
      />
    </>
  )
}

const textTests = [
  { value: 'is', label: 'is' },
  { value: 'contains', label: 'contains' },
  { value: 'starts', label: 'starts with' },
] as const
const numberTests = [
  { value: 'number is', op: 'is', label: 'is the number' },
  { value: 'gte', op: 'gte', label: 'is at least' },
  { value: 'gt', op: 'gt', label: 'is more than' },
  { value: 'lte', op: 'lte', label: 'is at most' },
  { value: 'lt', op: 'lt', label: 'is less than' },
] as const

function PropertyInputs({
  condition,
  property,
  onChange,
}: {
  condition: ConditionOf<'website_event'>
  property: EventProperty
  onChange: Props['onChange']
}) {
  const put = (next: EventProperty) => onChange({ ...condition, property: next })
  const { property: _, ...without } = condition
  const chosen = isNumeric(property) ? (property.op === 'is' ? 'number is' : property.op) : property.op
  const choose = (value: string | null) => {
    const text = textTests.find(one => one.value === value)
    const number = numberTests.find(one => one.value === value)
    if (text)
      put({ name: property.name, op: text.value, value: isNumeric(property) ? textOf(property.value) : property.value })
    if (number)
      put({
        name: property.name,
        op: number.op,
        value: isNumeric(property) ? property.value : Number.parseFloat(property.value),
      })
  }
  return (
    <Detail label="Property" onRemove={() => onChange(without)}>
      <TextInput
        aria-label="Property: name"
        placeholder="total"
        value={property.name}
        onChange={event => put({ ...property, name: event.currentTarget.value })}
        maxLength={100}
        w={120}
        size="xs"
      />
      <Select
        aria-label="Property: comparison"
        data={[...textTests, ...numberTests].map(({ value, label }) => ({ value, label }))}
        value={chosen}
        allowDeselect={false}
        onChange={choose}
        w={130}
        size="xs"
      />
      {isNumeric(property) ? (
        <NumberInput
          aria-label="Property: number"
          value={Number.isFinite(property.value) ? property.value : ''}
          onChange={next => put({ ...property, value: next === '' || next === '-' ? Number.NaN : Number(next) })}
          thousandSeparator=","
          hideControls
          w={110}
          size="xs"
        />
      ) : (
        <TextInput
          aria-label="Property: text"
          value={property.value}
          onChange={event => put({ ...property, value: event.currentTarget.value })}
          maxLength={segmentLimits.text}
          w={150}
          size="xs"
        />
      )}
    </Detail>
  )
}

const textOf = (n: number) => (Number.isFinite(n) ? String(n) : '')

const timesTests = [
  { value: 'at_least', label: 'at least' },
  { value: 'exactly', label: 'exactly' },
  { value: 'at_most', label: 'at most' },
  { value: 'between', label: 'between' },
] as const
type TimesOfMany = NonNullable<OfWebsite['times']>

function TimesInputs({ times, onChange }: { times: TimesOfMany; onChange: (times: TimesOfMany) => void }) {
  const [from, to] = times.op === 'between' ? times.values : [times.n, times.n + 1]
  const whole = (label: string, value: number, set: (n: number) => void) => (
    <Whole label={label} value={value} least={0} most={segmentLimits.times} onChange={set} />
  )
  return (
    <>
      <Select
        aria-label="How often: comparison"
        data={timesTests}
        value={times.op}
        allowDeselect={false}
        onChange={value => {
          const op = timesTests.find(one => one.value === value)?.value ?? times.op
          onChange(op === 'between' ? { op, values: [from, to] } : { op, n: from })
        }}
        w={110}
        size="xs"
      />
      {times.op === 'between' ? (
        <>
          {whole('How often: from', from, n => onChange({ op: 'between', values: [n, to] }))}
          <Text size="xs">and</Text>
          {whole('How often: to', to, n => onChange({ op: 'between', values: [from, n] }))}
        </>
      ) : (
        whole('How often', times.n, n => onChange({ ...times, n }))
      )}
      <Text size="xs">times</Text>
    </>
  )
}
