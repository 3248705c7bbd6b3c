/** The columns whose suggestion a person should confirm before the import, each with the reason and one button. */
import { Button, Group, NativeSelect, Stack, Table, Text } from '@mantine/core'
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react'
import { ink } from '../ui/status.ts'
import classes from './AskedColumns.module.css'
import { FirstValues, TargetSelect } from './MappingTable.tsx'
import { type ColumnChoice, columnName, isWord, type Word } from './mapping.ts'

interface Props {
  choices: readonly ColumnChoice[]
  onChange: (at: number, change: Partial<ColumnChoice>) => void
}

export function AskedColumns({ choices, onChange }: Props) {
  return (
    <Table aria-label="Columns to confirm" className={classes.table} verticalSpacing="sm">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Column</Table.Th>
          <Table.Th>Import as</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {choices.flatMap((choice, at) =>
          choice.ask === null
            ? []
            : [
                <Table.Tr key={`${at.toString()} ${choice.column}`}>
                  <Table.Td className="wrap-anywhere">
                    <Text size="sm" fw={500}>
                      {columnName(choice, at)}
                    </Text>
                    <FirstValues samples={choice.samples} />
                    <Text size="sm" mt={4}>
                      {choice.ask}
                    </Text>
                  </Table.Td>
                  <Table.Td>
                    <Stack gap="xs">
                      <Group gap="xs">
                        <TargetSelect choice={choice} at={at} onChange={change => onChange(at, change)} />
                        <Button
                          size="xs"
                          variant={choice.confirmed ? 'default' : 'outline'}
                          leftSection={choice.confirmed && <IconCheck size={14} aria-hidden />}
                          aria-pressed={choice.confirmed}
                          aria-label={`Confirm ${columnName(choice, at)}`}
                          onClick={() => onChange(at, { confirmed: !choice.confirmed })}
                        >
                          {choice.confirmed ? 'Confirmed' : 'Confirm'}
                        </Button>
                      </Group>
                      {choice.target === 'sms_consent' && (
                        <Words choice={choice} onChange={answers => onChange(at, { answers })} />
                      )}
                    </Stack>
                  </Table.Td>
                </Table.Tr>,
              ],
        )}
      </Table.Tbody>
    </Table>
  )
}

const meanings = [
  { value: '', label: 'Neither' },
  { value: 'yes', label: 'Yes' },
  { value: 'no', label: 'No' },
]

/** The words that are neither a yes nor a no: each is asked once. */
function Words({ choice, onChange }: { choice: ColumnChoice; onChange: (answers: ColumnChoice['answers']) => void }) {
  const unknown = choice.words?.unknown ?? []
  if (unknown.length === 0) return null
  return (
    <Stack gap={4}>
      <Group gap={6} wrap="nowrap">
        <IconAlertTriangle size={16} color={ink('orange')} aria-hidden />
        <Text size="sm">Which of these words mean yes?</Text>
      </Group>
      {unknown.map(word => (
        <Group key={word} gap="xs" wrap="nowrap">
          <NativeSelect
            size="xs"
            w={100}
            aria-label={`Meaning of “${word}”`}
            data={meanings}
            value={choice.answers[word] ?? ''}
            onChange={event => onChange({ ...choice.answers, [word]: meaningOf(event.currentTarget.value) })}
          />
          <Text size="sm" className="wrap-anywhere">
            <bdi>{word}</bdi>
          </Text>
        </Group>
      ))}
    </Stack>
  )
}

function meaningOf(value: string): Word | null {
  return isWord(value) ? value : null
}
