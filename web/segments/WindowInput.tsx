/** When: a window in time, or days of a date. Days are those of the workspace's calendar. */
import { NumberInput, Select, Text, TextInput } from '@mantine/core'
import type { Days, TimeSpan, TimeWindow } from '../../core/segments/tree.ts'
import { dayRangeOf, rangeOf } from '../../core/segments/windows.ts'
import { isDay } from '../../core/times.ts'
import { useBusinessClock } from '../shell/installation.ts'
import { useWorkspace } from '../shell/me.ts'
import { shortTime } from '../ui/time.ts'

const units = [
  { value: 'hours', label: 'hours' },
  { value: 'days', label: 'days' },
  { value: 'weeks', label: 'weeks' },
  { value: 'months', label: 'months' },
] as const

/** `undefined`: at any time, where that is offered. */
interface WindowProps<Value> {
  /** what it is the time of, for people who cannot see it: "Clicked" */
  of: string
  value: Value
  onChange: (value: Value) => void
}

export function WindowInput({ of, value, onChange }: WindowProps<TimeWindow>) {
  const way = 'last' in value ? 'last' : 'before' in value ? 'before' : 'dates'
  const span: TimeSpan = 'last' in value ? value.last : 'before' in value ? value.before : { n: 30, unit: 'days' }
  const choose = (next: string | null) =>
    onChange(next === 'last' ? { last: span } : next === 'before' ? { before: span } : {})
  return (
    <>
      <Select
        aria-label={`${of}: when`}
        data={[
          { value: 'last', label: 'in the last' },
          { value: 'before', label: 'longer ago than' },
          { value: 'dates', label: 'between dates' },
        ]}
        value={way}
        allowDeselect={false}
        onChange={choose}
        w={170}
        size="xs"
      />
      {way === 'dates' ? (
        <FromTo of={of} value={value} onChange={onChange} />
      ) : (
        <>
          <Whole
            label={`${of}: how long`}
            value={span.n}
            most={87_600}
            onChange={n => onChange(way === 'last' ? { last: { ...span, n } } : { before: { ...span, n } })}
          />
          <Select
            aria-label={`${of}: unit`}
            data={units}
            value={span.unit}
            allowDeselect={false}
            onChange={next => {
              const unit = units.find(one => one.value === next)?.value ?? span.unit
              onChange(way === 'last' ? { last: { ...span, unit } } : { before: { ...span, unit } })
            }}
            w={100}
            size="xs"
          />
        </>
      )}
      <ResolvedWindow window={value} />
    </>
  )
}

/** From when to when that is now. */
function ResolvedWindow({ window }: { window: TimeWindow }) {
  const { timeZone } = useWorkspace()
  const clock = useBusinessClock()
  const span = 'last' in window ? window.last : 'before' in window ? window.before : null
  if (span === null || !(span.n >= 1 && span.n <= 87_600)) return null
  const { from, to } = rangeOf(window, new Date(clock()), timeZone)
  const at = from ?? to
  if (at === null) return null
  return (
    <Text size="xs" c="dimmed" className="figures" py={5}>
      {from === null ? 'before' : 'since'} {shortTime(at.toISOString(), timeZone)}
    </Text>
  )
}

export function DaysInput({ of, value, onChange }: WindowProps<Days>) {
  const { timeZone } = useWorkspace()
  const clock = useBusinessClock()
  const way = 'last' in value ? 'last' : 'next' in value ? 'next' : 'dates'
  const n = 'last' in value ? value.last : 'next' in value ? value.next : 7
  const isCount = way !== 'dates' && n >= 1 && n <= 36_600
  const range = isCount ? dayRangeOf(value, new Date(clock()), timeZone) : null
  return (
    <>
      <Select
        aria-label={`${of}: which days`}
        data={[
          { value: 'last', label: 'in the last days' },
          { value: 'next', label: 'in the next days' },
          { value: 'dates', label: 'between dates' },
        ]}
        value={way}
        allowDeselect={false}
        onChange={next => onChange(next === 'last' ? { last: n } : next === 'next' ? { next: n } : {})}
        w={170}
        size="xs"
      />
      {way === 'dates' ? (
        <FromTo of={of} value={value} onChange={onChange} />
      ) : (
        <Whole
          label={`${of}: days, today included`}
          value={n}
          most={36_600}
          onChange={days => onChange(way === 'last' ? { last: days } : { next: days })}
        />
      )}
      {range && (
        <Text size="xs" c="dimmed" className="figures" py={5}>
          {range.from} to {range.to}
        </Text>
      )}
    </>
  )
}

interface Dates {
  from?: string
  to?: string
}

/** A time with an offset, which the API takes, is shown as it is. */
function FromTo({ of, value, onChange }: WindowProps<object>) {
  const { from, to }: Dates = { ...value }
  const set = (key: keyof Dates, day: string) => {
    const { [key]: _, ...rest }: Dates = { ...value }
    onChange(day === '' ? rest : { ...rest, [key]: day })
  }
  const input = (key: keyof Dates, label: string, day: string | undefined) => (
    <TextInput
      type={day === undefined || isDay(day) ? 'date' : 'text'}
      aria-label={`${of}: ${label}`}
      leftSection={
        <Text size="xs" c="dimmed">
          {label}
        </Text>
      }
      leftSectionWidth={44}
      value={day ?? ''}
      onChange={event => set(key, event.currentTarget.value)}
      w={185}
      size="xs"
    />
  )
  return (
    <>
      {input('from', 'from', from)}
      {input('to', 'to', to)}
    </>
  )
}

/** A whole number; empty is NaN, which no condition takes. */
export function Whole(props: {
  label: string
  value: number
  most: number
  least?: number
  onChange: (n: number) => void
}) {
  const { label, value, most, least = 1, onChange } = props
  return (
    <NumberInput
      aria-label={label}
      value={Number.isFinite(value) ? value : ''}
      onChange={next => onChange(next === '' ? Number.NaN : Number(next))}
      min={least}
      max={most}
      allowDecimal={false}
      allowNegative={false}
      thousandSeparator=","
      w={90}
      size="xs"
    />
  )
}
