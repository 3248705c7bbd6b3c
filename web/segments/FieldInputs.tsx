/** The test of a field: which field, how it is compared, and with what. The type of the field decides. */
import { Checkbox, NumberInput, Select, TagsInput, TextInput } from '@mantine/core'
import type { AttributeType } from '../../core/attributes.ts'
import { fieldName } from '../../core/segments/clauses.ts'
import { type ConditionOf, type Field, profileColumns, segmentLimits } from '../../core/segments/tree.ts'
import { attributeLabel } from '../settings/queries.ts'
import { useBuilder } from './builder.ts'
import { columnLabel, type FieldTest, firstTest } from './choices.ts'
import { DaysInput } from './WindowInput.tsx'

interface Props {
  condition: FieldTest
  onChange: (condition: FieldTest) => void
}

const testsOf: Readonly<Record<'text' | 'number' | 'date', readonly { value: string; label: string }[]>> = {
  text: [
    { value: 'is', label: 'is' },
    { value: 'in', label: 'is one of' },
    { value: 'contains', label: 'contains' },
    { value: 'starts', label: 'starts with' },
    { value: 'ends', label: 'ends with' },
    { value: 'filled', label: 'is filled in' },
  ],
  number: [
    { value: 'is', label: 'is' },
    { value: 'gte', label: 'is at least' },
    { value: 'gt', label: 'is more than' },
    { value: 'lte', label: 'is at most' },
    { value: 'lt', label: 'is less than' },
    { value: 'between', label: 'is between' },
    { value: 'filled', label: 'is filled in' },
  ],
  date: [
    { value: 'date', label: 'is' },
    { value: 'anniversary', label: 'is, in any year,' },
    { value: 'filled', label: 'is filled in' },
  ],
}

export function FieldInputs({ condition, onChange }: Props) {
  const { attributes } = useBuilder()
  const typeOf = (field: Field): AttributeType =>
    attributes.find(({ name }) => field === `attr:${name}`)?.type ?? 'text'
  const type = typeOf(condition.field)
  const tests = testsOf[type === 'datetime' ? 'date' : type]
  const of = fieldName(condition.field)
  const fields: { value: Field; label: string }[] = [
    ...profileColumns.map(column => ({ value: column, label: columnLabel(column) })),
    // An archived one stays where it is used.
    ...attributes
      .map(attribute => ({ ...attribute, value: `attr:${attribute.name}` as const }))
      .filter(({ archived, value }) => !archived || value === condition.field)
      .map(attribute => ({ value: attribute.value, label: attributeLabel(attribute) })),
  ]
  const chooseField = (value: string | null) => {
    const field = fields.find(one => one.value === value)?.value
    if (field === undefined) return
    const next = typeOf(field) === type ? { ...condition, field } : firstTest(field, typeOf(field))
    onChange(keepExclude(condition, next))
  }
  return (
    <>
      <Select
        aria-label="Field"
        data={
          fields.some(({ value }) => value === condition.field)
            ? fields
            : [...fields, { value: condition.field, label: of }]
        }
        value={condition.field}
        allowDeselect={false}
        searchable
        onChange={chooseField}
        w={180}
        size="xs"
      />
      <Select
        aria-label={`${of}: test`}
        data={[...tests]}
        value={testOf(condition)}
        allowDeselect={false}
        onChange={test => test && onChange(keepExclude(condition, withTest(condition, test)))}
        w={150}
        size="xs"
      />
      <ValueInputs condition={condition} of={of} onChange={onChange} />
    </>
  )
}

const testOf = (condition: FieldTest): string => ('op' in condition ? condition.op : condition.kind)

const keepExclude = (from: FieldTest, to: FieldTest): FieldTest => (from.exclude ? { ...to, exclude: true } : to)

/** The same field with another test. Values that it can take are kept. */
function withTest(condition: FieldTest, test: string): FieldTest {
  const { field } = condition
  if (test === 'filled') return { kind: 'filled', field }
  if (test === 'date' || test === 'anniversary')
    return { kind: test, field, days: 'days' in condition ? condition.days : { last: 30 } }
  if (test === 'in') return { kind: 'text', field, op: 'in', values: textsOf(condition) }
  if (test === 'contains' || test === 'starts' || test === 'ends' || (test === 'is' && isText(condition)))
    return { kind: 'text', field, op: test, value: textsOf(condition)[0] ?? '' }
  const [first = Number.NaN, second = Number.NaN] = numbersOf(condition)
  if (test === 'between') return { kind: 'number', field, op: 'between', values: [first, second] }
  if (test === 'is' || test === 'lt' || test === 'lte' || test === 'gt' || test === 'gte')
    return { kind: 'number', field, op: test, value: first }
  return condition
}

/** A filled-in field may be of any type: its catalogue decides which tests are offered, so only texts offer this. */
const isText = (condition: FieldTest) => condition.kind === 'text'

function textsOf(condition: FieldTest): string[] {
  if (condition.kind !== 'text') return []
  return condition.op === 'in' ? condition.values : condition.value === '' ? [] : [condition.value]
}

function numbersOf(condition: FieldTest): number[] {
  if (condition.kind !== 'number') return []
  return condition.op === 'between' ? condition.values : [condition.value]
}

function ValueInputs({ condition, of, onChange }: Props & { of: string }) {
  switch (condition.kind) {
    case 'filled':
      return null
    case 'text':
      return <TextValues condition={condition} of={of} onChange={onChange} />
    case 'number':
      return <NumberValues condition={condition} of={of} onChange={onChange} />
    case 'date':
    case 'anniversary':
      return <DaysInput of={of} value={condition.days} onChange={days => onChange({ ...condition, days })} />
  }
}

function TextValues({ condition, of, onChange }: Props & { condition: ConditionOf<'text'>; of: string }) {
  return (
    <>
      {condition.op === 'in' ? (
        <TagsInput
          aria-label={`${of}: values`}
          placeholder={condition.values.length === 0 ? 'Enter after each value' : ''}
          value={condition.values}
          onChange={values => onChange({ ...condition, values })}
          maxTags={segmentLimits.values}
          splitChars={[';', '\n']}
          acceptValueOnBlur
          w={260}
          size="xs"
        />
      ) : (
        <TextInput
          aria-label={`${of}: value`}
          placeholder="Value"
          value={condition.value}
          maxLength={segmentLimits.text}
          dir="auto"
          onChange={event => onChange({ ...condition, value: event.currentTarget.value })}
          w={200}
          size="xs"
        />
      )}
      <Checkbox
        label="Match case"
        size="xs"
        py={6}
        checked={condition.exactCase ?? false}
        onChange={event => {
          const { exactCase: _, ...rest } = condition
          onChange(event.currentTarget.checked ? { ...condition, exactCase: true } : rest)
        }}
      />
    </>
  )
}

function NumberValues({ condition, of, onChange }: Props & { condition: ConditionOf<'number'>; of: string }) {
  const input = (label: string, value: number, set: (n: number) => void) => (
    <NumberInput
      aria-label={`${of}: ${label}`}
      value={Number.isFinite(value) ? value : ''}
      onChange={next => set(next === '' || next === '-' ? Number.NaN : Number(next))}
      thousandSeparator=","
      hideControls
      w={120}
      size="xs"
    />
  )
  if (condition.op !== 'between') return input('number', condition.value, value => onChange({ ...condition, value }))
  const [from, to] = condition.values
  return (
    <>
      {input('from', from, n => onChange({ ...condition, values: [n, to] }))}
      {input('to', to, n => onChange({ ...condition, values: [from, n] }))}
    </>
  )
}
