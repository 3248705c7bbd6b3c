/** The columns of the file, their first values, and the target of each. */
import { Group, NativeSelect, Table, Text, TextInput } from '@mantine/core'
import { Fragment } from 'react'
import classes from './MappingTable.module.css'
import { type Choice, type Target, targetLabels } from './mapping.ts'

interface Props {
  choices: readonly Choice[]
  onChange: (choices: Choice[]) => void
}

const targets = [
  { value: '', label: "Don't import" },
  ...Object.entries(targetLabels).map(([value, label]) => ({ value, label })),
]
const types = [
  { value: '', label: 'Type: automatic' },
  { value: 'text', label: 'Text' },
  { value: 'number', label: 'Number' },
  { value: 'date', label: 'Date' },
]

export function MappingTable({ choices, onChange }: Props) {
  const set = (at: number, change: Partial<Choice>) =>
    onChange(choices.map((choice, place) => (place === at ? { ...choice, ...change } : choice)))
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
          {choices.map((choice, at) => (
            <Table.Tr key={`${at.toString()} ${choice.column}`}>
              <Table.Td fw={500} className="wrap-anywhere">
                {choice.column || `Column ${at + 1}`}
                <div className={classes.valuesBelow}>
                  <FirstValues samples={choice.samples} />
                </div>
              </Table.Td>
              <Table.Td className={classes.values}>
                <FirstValues samples={choice.samples} />
              </Table.Td>
              <Table.Td>
                <Group gap="xs" className={classes.becomes}>
                  <NativeSelect
                    size="xs"
                    aria-label={`Import ${choice.column} as`}
                    data={targets}
                    value={choice.target ?? ''}
                    onChange={event => set(at, { target: targetOf(event.currentTarget.value) })}
                  />
                  {choice.target === 'attribute' && (
                    <>
                      <TextInput
                        size="xs"
                        w={130}
                        aria-label={`Name of the attribute for ${choice.column}`}
                        value={choice.name}
                        maxLength={64}
                        onChange={event => set(at, { name: event.currentTarget.value })}
                      />
                      <NativeSelect
                        size="xs"
                        w={110}
                        aria-label={`Type of the attribute for ${choice.column}`}
                        data={types}
                        value={choice.type ?? ''}
                        onChange={event => set(at, { type: typeOf(event.currentTarget.value) })}
                      />
                    </>
                  )}
                </Group>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}

/** Each value has its own direction, so that one in Arabic or Hebrew does not reorder the others. */
function FirstValues({ samples }: { samples: readonly string[] }) {
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

function targetOf(value: string): Target | null {
  return value in targetLabels ? (value as Target) : null
}

function typeOf(value: string): Choice['type'] {
  return value === 'text' || value === 'number' || value === 'date' ? value : null
}
