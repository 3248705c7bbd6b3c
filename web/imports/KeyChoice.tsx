/** The key that identifies the rows, with what each choice would do. */
import { Group, Radio, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { count, plural } from '../ui/numbers.ts'
import { Panel } from '../ui/Panel.tsx'
import { isKey, type Key, keyLabels } from './mapping.ts'
import { type ImportRequest, outcomesQuery } from './queries.ts'

interface Props {
  workspace: number
  file: File
  options: Pick<ImportRequest, 'country' | 'map'>
  keys: readonly Key[]
  value: Key
  onChange: (key: Key) => void
}

export function KeyChoice({ workspace, file, options, keys, value, onChange }: Props) {
  const outcomes = useQuery(outcomesQuery(workspace, file, options))
  const data = outcomes.data
  return (
    <Panel
      title="Who is who"
      description="Rows with the same key are one profile. A row without the key is identified by its next key."
    >
      <Radio.Group
        aria-label="Key that identifies a profile"
        value={value}
        onChange={key => isKey(key) && onChange(key)}
      >
        <Stack gap="sm">
          {keys.map(key => {
            const outcome = data?.keys.find(one => one.key === key)
            return (
              <Radio
                key={key}
                value={key}
                label={keyLabels[key]}
                description={
                  outcome
                    ? `${count(outcome.created)} new · ${count(outcome.updated)} updated · ${count(outcome.merged)} merged · ${count(data?.rejected ?? 0)} rejected${
                        outcome.numbersMerged > 0
                          ? `. ${plural(outcome.numbersMerged, 'number')} would be lost: rows of the same ${keyWords[key]} have different numbers.`
                          : ''
                      }`
                    : outcomes.error
                      ? 'The numbers could not be computed.'
                      : 'Computing…'
                }
              />
            )
          })}
        </Stack>
      </Radio.Group>
      {data && (
        <Group mt="sm">
          <Text size="sm" c="dimmed" role="status">
            {data.complete
              ? `Computed over all ${plural(data.rows, 'row')} of the file.`
              : `Computed over the first ${plural(data.rows, 'row')} of the file.`}
          </Text>
        </Group>
      )}
    </Panel>
  )
}

const keyWords: Record<Key, string> = {
  external_key: 'customer number',
  phone: 'phone number',
  email: 'e-mail address',
}
