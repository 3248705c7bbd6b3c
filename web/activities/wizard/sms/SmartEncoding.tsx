/** Smart encoding: which characters are replaced, where, and what each saves. */
import { Group, Stack, Switch, Table, Text } from '@mantine/core'
import { useMemo } from 'react'
import { invisibleName } from '../../../../core/sms/characters.ts'
import { type Saving, type Savings, savingsOf } from '../../../../core/sms/savings.ts'
import { parseTemplate, type Template } from '../../../../core/sms/template.ts'
import { useLinkUrl } from '../../../shell/installation.ts'
import { plural } from '../../../ui/numbers.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { previewText } from './preview.ts'
import type { SmsDraft } from './smsDraft.ts'

export function SmartEncoding({ draft, template }: { draft: SmsDraft; template: Template }) {
  const linkUrl = useLinkUrl()
  const { body, smart } = draft.content
  const savings = useMemo(() => {
    const plain = parseTemplate(body, { smart: false })
    return savingsOf(previewText(plain, linkUrl), parseTemplate(body).changes)
  }, [body, linkUrl])
  const total = template.text.trim() === '' ? 0 : savings.changes.length
  return (
    <Panel
      title="Smart encoding"
      aside={
        <Switch
          label={smart ? 'On' : 'Off'}
          aria-label="Smart encoding"
          checked={smart}
          onChange={event => draft.changeContent({ smart: event.currentTarget.checked })}
        />
      }
    >
      <Stack gap="xs">
        <Text size="sm" className="figures">
          {total === 0
            ? 'Replaces quotes, dashes and spaces that raise the cost. This text has none.'
            : summary(savings, smart)}
        </Text>
        {total > 0 && <Changes changes={savings.changes} parts={savings.smart} />}
      </Stack>
    </Panel>
  )
}

function summary({ plain, smart, changes }: Savings, on: boolean): string {
  const places = changes.reduce((sum, change) => sum + change.places.length, 0)
  const what = plural(places, 'character')
  if (plain === smart)
    return on
      ? `Replaces ${what}; the text has ${plural(smart, 'part')} either way.`
      : `Would replace ${what}; the text has ${plural(plain, 'part')} either way.`
  return on
    ? `Replaces ${what}: ${plural(smart, 'part')} instead of ${plain}.`
    : `Would replace ${what}: ${plural(smart, 'part')} instead of ${plain}.`
}

const shownChanges = 12

function Changes({ changes, parts }: { changes: readonly Saving[]; parts: number }) {
  return (
    <Table.ScrollContainer minWidth={320} type="native">
      <Table verticalSpacing={4} aria-label="Replaced characters" style={{ width: 'auto' }}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>From</Table.Th>
            <Table.Th>To</Table.Th>
            <Table.Th>At</Table.Th>
            <Table.Th>If kept</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {changes.slice(0, shownChanges).map(({ from, to, places, partsIfKept }) => (
            <Table.Tr key={from}>
              <Table.Td>{nameOf(from)}</Table.Td>
              <Table.Td>{nameOf(to)}</Table.Td>
              <Table.Td className="figures">
                {places
                  .slice(0, 4)
                  .map(place => place + 1)
                  .join(', ')}
                {places.length > 4 && ` and ${places.length - 4} more`}
              </Table.Td>
              <Table.Td className="figures">
                {partsIfKept > parts ? `${partsIfKept} parts instead of ${parts}` : 'no extra part'}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {changes.length > shownChanges && (
        <Group mt={4}>
          <Text size="sm" c="dimmed">
            And {changes.length - shownChanges} more.
          </Text>
        </Group>
      )}
    </Table.ScrollContainer>
  )
}

const shownAs: Readonly<Record<string, string>> = { '': 'nothing', '\u2011': '\u2011 (no-break hyphen)' }

/** Invisible characters are named. */
function nameOf(character: string): string {
  return shownAs[character] ?? invisibleName(character) ?? character
}
