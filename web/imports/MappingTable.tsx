/** The columns of the file, their first values, and the target of each. */
import { Group, NativeSelect, Stack, Table, Text, TextInput } from '@mantine/core'
import { Fragment } from 'react'
import { attributeTypes, attributeTypeWords, isAttributeType } from '../../core/attributes.ts'
import { ink } from '../ui/status.ts'
import classes from './MappingTable.module.css'
import { type ColumnChoice, changesOf, columnName, type MappingField, targetLabels } from './mapping.ts'

interface Props {
  choices: readonly ColumnChoice[]
  onChange: (at: number, change: Partial<ColumnChoice>) => void
}

const targets = [
  { value: '', label: "Don't import" },
  ...Object.entries(targetLabels).map(([value, label]) => ({ value, label })),
]
const types = [
  { value: '', label: 'Type: automatic' },
  ...attributeTypes.map(type => ({ value: type, label: attributeTypeWords[type] })),
]

export function MappingTable({ choices, onChange }: Props) {
  return (
    <div className={classes.scroll}>
      <Table verticalSpacing={6} horizontalSpacing="sm" aria-label="Columns of the file" className={classes.table}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Column</Table.Th>
            <Table.Th className={classes.values}>Sample values</Table.Th>
            <Table.Th>Import as</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {choices.map((choice, at) =>
            choice.ask !== null ? null : (
              <Table.Tr key={`${at.toString()} ${choice.column}`}>
                <Table.Td fw={500} className="wrap-anywhere">
                  {columnName(choice, at)}
                  <div className={classes.valuesBelow}>
                    <FirstValues samples={choice.samples} />
                  </div>
                </Table.Td>
                <Table.Td className={classes.values}>
                  <FirstValues samples={choice.samples} />
                </Table.Td>
                <Table.Td>
                  <TargetSelect choice={choice} at={at} onChange={change => onChange(at, change)} />
                </Table.Td>
              </Table.Tr>
            ),
          )}
        </Table.Tbody>
      </Table>
    </div>
  )
}

export function TargetSelect({
  choice,
  at,
  onChange,
}: {
  choice: ColumnChoice
  at: number
  onChange: (change: Partial<ColumnChoice>) => void
}) {
  const name = columnName(choice, at)
  const { different, unreadable } = changesOf(choice)
  return (
    <Stack gap={4}>
      <Group gap="xs" className={classes.becomes}>
        <NativeSelect
          size="xs"
          aria-label={`Import ${name} as`}
          data={targets}
          value={choice.target ?? ''}
          onChange={event => onChange({ target: targetOf(event.currentTarget.value) })}
        />
        {choice.target === 'attribute' && (
          <>
            <TextInput
              size="xs"
              w={130}
              aria-label={`Name of the attribute for ${name}`}
              value={choice.name}
              maxLength={64}
              onChange={event => onChange({ name: event.currentTarget.value })}
            />
            <NativeSelect
              size="xs"
              w={150}
              aria-label={`Type of the attribute for ${name}`}
              data={types}
              value={choice.type ?? ''}
              onChange={event => onChange({ type: typeOf(event.currentTarget.value) })}
            />
          </>
        )}
      </Group>
      {different && (
        <Text size="xs" c="dimmed" className="wrap-anywhere">
          {different}
        </Text>
      )}
      {unreadable && (
        <Text size="xs" c={ink('orange')} className="wrap-anywhere">
          {unreadable}
        </Text>
      )}
    </Stack>
  )
}

/** Each value has its own direction, so that one in Arabic or Hebrew does not reorder the others. */
export function FirstValues({ samples }: { samples: readonly string[] }) {
  const shown = samples.filter(Boolean).slice(0, 3)
  return (
    <Text size="sm" c="dimmed" fw={400} lineClamp={2} maw={280} className="wrap-anywhere">
      {shown.length === 0
        ? 'empty'
        : shown.map((sample, at) => (
            <Fragment key={sample}>
              {at > 0 && ' · '}
              <bdi>{sample}</bdi>
            </Fragment>
          ))}
    </Text>
  )
}

function targetOf(value: string): MappingField | null {
  return value in targetLabels ? (value as MappingField) : null
}

function typeOf(value: string): ColumnChoice['type'] {
  return isAttributeType(value) ? value : null
}
