/** Changes the type of an attribute: what would convert and what would not is shown before. */
import { Alert, Button, Checkbox, Group, List, Select, Skeleton, Stack, Table, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { type AttributeType, attributeTypes, attributeTypeWords } from '../../core/attributes.ts'
import { useWorkspace } from '../shell/me.ts'
import { ErrorState } from '../ui/ErrorState.tsx'
import { count, plural } from '../ui/numbers.ts'
import {
  type Attribute,
  type TypePreview,
  type TypeWanted,
  typePreviewQuery,
  useAttributeActs,
} from './attributeQueries.ts'

export function ChangeTypeDialog({ attribute, onClose }: { attribute: Attribute; onClose: () => void }) {
  const workspace = useWorkspace()
  const { changeType } = useAttributeActs(workspace.id)
  const others = attributeTypes.filter(type => type !== attribute.type)
  const [asked, setAsked] = useState<TypeWanted>({ type: others[0]! })
  const [insists, setInsists] = useState(false)
  const preview = useQuery(typePreviewQuery(workspace.id, attribute.name, asked))
  const found = preview.data
  const needsWord = (found?.uses.length ?? 0) > 0
  const choose = (type: AttributeType) => {
    setAsked({ type })
    setInsists(false)
  }
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        if (found === undefined || (needsWord && !insists) || changeType.isPending) return
        changeType.mutate(
          { name: attribute.name, ...asked, evenIfUsed: insists },
          { onSuccess: onClose, onError: () => undefined },
        )
      }}
    >
      <Stack>
        <Select
          label="New type"
          allowDeselect={false}
          data={others.map(type => ({ value: type, label: attributeTypeWords[type] }))}
          value={asked.type}
          onChange={value => {
            const type = others.find(known => known === value)
            if (type !== undefined) choose(type)
          }}
          comboboxProps={{ withinPortal: false }}
          data-autofocus
        />
        {(asked.type === 'date' || asked.type === 'datetime') && (
          <Select
            label="Dates such as 03/04/2024"
            allowDeselect={false}
            data={[
              { value: 'day', label: 'The day is first: 3 April' },
              { value: 'month', label: 'The month is first: 4 March' },
            ]}
            value={(asked.dayFirst ?? found?.style.dayFirst ?? true) ? 'day' : 'month'}
            onChange={value => setAsked({ ...asked, dayFirst: value === 'day' })}
            comboboxProps={{ withinPortal: false }}
          />
        )}
        {asked.type === 'number' && (
          <Select
            label="Numbers such as 1,234"
            allowDeselect={false}
            data={[
              { value: ',', label: 'The comma is the decimal separator' },
              { value: '.', label: 'The point is the decimal separator' },
            ]}
            value={asked.decimal ?? found?.style.decimal ?? '.'}
            onChange={value => setAsked({ ...asked, decimal: value === ',' ? ',' : '.' })}
            comboboxProps={{ withinPortal: false }}
          />
        )}
        {preview.error && <ErrorState error={preview.error} onRetry={preview.refetch} />}
        {preview.isPending && <Skeleton height={140} />}
        {found && <Found preview={found} type={asked.type} />}
        {needsWord && (
          <Checkbox
            label="Change it all the same"
            description="Segments that ask for the old type are refused, and say so, until you edit them."
            checked={insists}
            onChange={({ currentTarget: { checked } }) => setInsists(checked)}
          />
        )}
        {changeType.error && <ErrorState error={changeType.error} />}
        <Group justify="flex-end" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            type="submit"
            disabled={found === undefined || (needsWord && !insists)}
            loading={changeType.isPending}
          >
            Change type
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

const kindWords: Readonly<Record<TypePreview['uses'][number]['kind'], string>> = {
  segment: 'Segment',
  activity: 'SMS',
  import: 'Import',
}
const ofType: Readonly<Record<AttributeType, string>> = {
  text: 'texts',
  number: 'numbers',
  date: 'dates',
  datetime: 'dates and times',
}

function Found({
  preview: { profiles, unread, unreadSamples, samples, uses },
  type,
}: {
  preview: TypePreview
  type: AttributeType
}) {
  return (
    <>
      {unread > 0 ? (
        <Alert
          variant="default"
          icon={<IconAlertTriangle aria-hidden />}
          title={`${count(unread)} of ${plural(profiles, 'value')} are not ${ofType[type]}`}
        >
          <Text size="sm">
            They keep what was written: texts and pages show it, conditions do not find it. Such as{' '}
            <bdi className="wrap-anywhere">{unreadSamples.join(', ')}</bdi>.
          </Text>
        </Alert>
      ) : (
        <Text size="sm">
          {profiles === 0 ? 'No profile has a value.' : `All ${plural(profiles, 'value')} convert.`}
        </Text>
      )}
      {samples.length > 0 && (
        <Table aria-label="What values become" layout="fixed">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Written</Table.Th>
              <Table.Th>Becomes</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {samples.slice(0, 5).map(({ given, read }) => (
              <Table.Tr key={given}>
                <Table.Td className="wrap-anywhere">{given}</Table.Td>
                <Table.Td className="wrap-anywhere">{read}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {uses.length > 0 && (
        <div>
          <Text size="sm" fw={600}>
            Used in
          </Text>
          <List size="sm">
            {uses.map(({ kind, id, name }) => (
              <List.Item key={`${kind} ${id}`}>
                {kindWords[kind]} <bdi className="wrap-anywhere">{name}</bdi>
              </List.Item>
            ))}
          </List>
        </div>
      )}
    </>
  )
}
