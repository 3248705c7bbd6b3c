/** The inputs of a condition, by its kind. Events and fields have files of their own. */
import { Checkbox, MultiSelect, Select, TagsInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactElement } from 'react'
import { type Channel, channelKeys, channels, isChannel } from '../../core/channels.ts'
import { phoneTypes, phoneTypeWords } from '../../core/phone.ts'
import { type Condition, type ConditionOf, segmentLimits } from '../../core/segments/tree.ts'
import { topicsQuery } from '../settings/queries.ts'
import { useWorkspace } from '../shell/me.ts'
import { countryChoices } from '../ui/countries.ts'
import { useBuilder } from './builder.ts'
import { EventInputs } from './EventInputs.tsx'
import { FieldInputs } from './FieldInputs.tsx'
import { segmentsQuery } from './queries.ts'
import { WebsiteInputs } from './WebsiteInputs.tsx'
import { WindowInput } from './WindowInput.tsx'

interface Props<C extends Condition = Condition> {
  condition: C
  onChange: (condition: Condition) => void
}

export function ConditionInputs({ condition, onChange }: Props): ReactElement {
  switch (condition.kind) {
    case 'filled':
    case 'text':
    case 'number':
    case 'date':
    case 'anniversary':
      return <FieldInputs condition={condition} onChange={onChange} />
    case 'event':
      return <EventInputs condition={condition} onChange={onChange} />
    case 'page_view':
    case 'website_event':
      return <WebsiteInputs condition={condition} onChange={onChange} />
    case 'created':
      return <WindowInput of="Added" value={condition.window} onChange={window => onChange({ ...condition, window })} />
    case 'tag':
      return <TagInputs condition={condition} onChange={onChange} />
    case 'country':
      return (
        <MultiSelect
          aria-label="Countries"
          placeholder={condition.countries.length === 0 ? 'Choose countries' : ''}
          data={countryChoices()}
          value={condition.countries}
          onChange={countries => onChange({ ...condition, countries })}
          searchable
          miw={220}
          maw={420}
          size="xs"
        />
      )
    case 'phone':
      return <PhoneInputs condition={condition} onChange={onChange} />
    case 'consent':
      return <ConsentInputs condition={condition} onChange={onChange} />
    case 'closed':
      return <ClosedInputs condition={condition} onChange={onChange} />
    case 'segment':
      return <SegmentInput condition={condition} onChange={onChange} />
  }
}

function TagInputs({ condition, onChange }: Props<ConditionOf<'tag'>>) {
  return (
    <>
      <Select
        aria-label="Tags: any or all"
        data={[
          { value: 'any', label: 'any of' },
          { value: 'all', label: 'all of' },
        ]}
        value={condition.match}
        allowDeselect={false}
        onChange={match => onChange({ ...condition, match: match === 'all' ? 'all' : 'any' })}
        w={95}
        size="xs"
      />
      <TagsInput
        aria-label="Tags"
        placeholder={condition.tags.length === 0 ? 'Enter after each tag' : ''}
        value={condition.tags}
        onChange={tags => onChange({ ...condition, tags })}
        maxTags={segmentLimits.values}
        acceptValueOnBlur
        w={260}
        size="xs"
      />
    </>
  )
}

function PhoneInputs({ condition, onChange }: Props<ConditionOf<'phone'>>) {
  const { types, shared: _, ...rest } = condition
  const isShared = condition.shared ?? false
  return (
    <>
      <MultiSelect
        aria-label="Kinds of number"
        placeholder={types === undefined ? 'Any kind' : ''}
        data={phoneTypes.map(type => ({ value: type, label: phoneTypeWords[type] }))}
        value={types ?? []}
        onChange={values => {
          const chosen = phoneTypes.filter(type => values.includes(type))
          onChange({ ...rest, ...(chosen.length > 0 && { types: chosen }), ...(isShared && { shared: true }) })
        }}
        miw={200}
        maw={420}
        size="xs"
      />
      <Checkbox
        label="Shared with another profile"
        size="xs"
        py={6}
        checked={isShared}
        onChange={event =>
          onChange({ ...rest, ...(types && { types }), ...(event.currentTarget.checked && { shared: true }) })
        }
      />
    </>
  )
}

function TopicSelect({
  value,
  label,
  clearable = false,
  onChange,
}: {
  value: number
  label: string
  clearable?: boolean
  onChange: (topic: number) => void
}) {
  const workspace = useWorkspace()
  const topics = useQuery(topicsQuery(workspace.id))
  const data = (topics.data ?? [])
    .filter(({ id, archivedAt }) => archivedAt === null || id === value)
    .map(({ id, name, archivedAt }) => ({
      value: String(id),
      label: archivedAt === null ? name : `${name} (archived)`,
    }))
  return (
    <Select
      aria-label={label}
      placeholder={clearable ? 'anything' : 'Choose a topic'}
      data={data}
      value={value > 0 ? String(value) : null}
      allowDeselect={clearable}
      clearable={clearable}
      searchable
      nothingFoundMessage="No topic. Topics are added in Settings."
      onChange={topic => onChange(Number(topic ?? 0))}
      w={190}
      size="xs"
    />
  )
}

function ChannelSelect({ value, onChange }: { value: Channel; onChange: (channel: Channel) => void }) {
  return (
    <Select
      aria-label="Channel"
      data={channelKeys.map(key => ({ value: key, label: `by ${channels[key].words.channel}` }))}
      value={value}
      allowDeselect={false}
      onChange={channel => channel && isChannel(channel) && onChange(channel)}
      w={110}
      size="xs"
    />
  )
}

const consentWords = [
  { value: 'yes', label: 'consents to' },
  { value: 'ended', label: 'ended consent to' },
  { value: 'never', label: 'never answered about' },
] as const

function ConsentInputs({ condition, onChange }: Props<ConditionOf<'consent'>>) {
  return (
    <>
      <Select
        aria-label="Consent"
        data={consentWords}
        value={condition.state}
        allowDeselect={false}
        onChange={value => {
          const state = consentWords.find(one => one.value === value)?.value
          if (state) onChange({ ...condition, state })
        }}
        w={175}
        size="xs"
      />
      <TopicSelect label="Topic" value={condition.topic} onChange={topic => onChange({ ...condition, topic })} />
      <ChannelSelect value={condition.channel} onChange={channel => onChange({ ...condition, channel })} />
    </>
  )
}

const closedWords = [
  { value: 'opted_out', label: 'opted out' },
  { value: 'hard_bounces', label: 'closed after hard bounces' },
  { value: 'by_hand', label: 'closed by hand' },
] as const

function ClosedInputs({ condition, onChange }: Props<ConditionOf<'closed'>>) {
  const { topic, ...rest } = condition
  return (
    <>
      <MultiSelect
        aria-label="Why"
        data={closedWords}
        value={condition.why}
        onChange={values => {
          const why = closedWords.map(({ value }) => value).filter(value => values.includes(value))
          onChange({ ...rest, why, ...(topic !== undefined && why.includes('opted_out') && { topic }) })
        }}
        miw={200}
        maw={420}
        size="xs"
      />
      {condition.why.includes('opted_out') && (
        <TopicSelect
          label="Opted out of"
          clearable
          value={topic ?? 0}
          onChange={next => onChange({ ...rest, ...(next > 0 && { topic: next }) })}
        />
      )}
      <ChannelSelect value={condition.channel} onChange={channel => onChange({ ...condition, channel })} />
    </>
  )
}

function SegmentInput({ condition, onChange }: Props<ConditionOf<'segment'>>) {
  const workspace = useWorkspace()
  const { self } = useBuilder()
  const segments = useQuery(segmentsQuery(workspace.id))
  const data = (segments.data ?? [])
    .filter(({ id, archivedAt }) => id !== self && (archivedAt === null || id === condition.id))
    .map(({ id, name, frozen }) => ({ value: String(id), label: frozen ? `${name} (frozen)` : name }))
  return (
    <Select
      aria-label="Segment"
      placeholder="Choose a segment"
      data={data}
      value={condition.id > 0 ? String(condition.id) : null}
      allowDeselect={false}
      searchable
      nothingFoundMessage="There is no other segment."
      onChange={id => id && onChange({ ...condition, id: Number(id) })}
      w={280}
      size="xs"
    />
  )
}
