/**
 * A saved segment beside another: the people of both and of each alone, each number a link to exactly those people. Beside a frozen list of it: who
 * stayed, came and left.
 */
import { Button, Group, Loader, Select, Stack, Table, Text } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { paths } from '../paths.ts'
import { useWorkspace } from '../shell/me.ts'
import { ErrorState } from '../ui/ErrorState.tsx'
import { TextLink } from '../ui/links.tsx'
import { count, percent } from '../ui/numbers.ts'
import { Panel } from '../ui/Panel.tsx'
import { clockTime, shortTime } from '../ui/time.ts'
import classes from './ComparePanel.module.css'
import { type ComparedPart, listOfTheOther, partsOf } from './compared.ts'
import { type Overlap, overlapQuery, type Segment, segmentsQuery } from './queries.ts'

export function ComparePanel({ segment, isEdited = false }: { segment: Segment; isEdited?: boolean }) {
  const workspace = useWorkspace()
  const queries = useQueryClient()
  const segments = useQuery(segmentsQuery(workspace.id))
  const [chosen, setChosen] = useState<number | null>(null)
  const rows = segments.data ?? []
  const others = rows.filter(({ id, archivedAt }) => id !== segment.id && archivedAt === null)
  // As it is saved now: of the page's own copy the conditions may be older.
  const own = rows.find(({ id }) => id === segment.id) ?? segment
  const isPair = (row: (typeof others)[number]) => listOfTheOther(own, row) !== undefined
  const other = rows.find(({ id }) => id === chosen)
  const query = overlapQuery(workspace.id, segment.id, chosen ?? 0)
  const overlap = useQuery({ ...query, enabled: other !== undefined })
  const optionOf = ({ id, name, frozen }: (typeof others)[number]) => ({
    value: String(id),
    label: frozen ? `${name} (frozen)` : name,
  })
  const pairs = others.filter(isPair)
  const data = [
    { group: segment.frozen ? 'Segments with the same conditions' : 'Frozen lists of it', items: pairs.map(optionOf) },
    { group: 'Others', items: others.filter(row => !isPair(row)).map(optionOf) },
  ].filter(({ items }) => items.length > 0)
  const list = other && listOfTheOther(own, other)
  return (
    <Panel
      title="Compare"
      description="How many people two segments share, and who came to this one or left it since a frozen list."
    >
      <Stack gap="sm">
        <Select
          label="With"
          placeholder="Choose a segment"
          data={data}
          value={chosen === null ? null : String(chosen)}
          onChange={id => setChosen(id === null ? null : Number(id))}
          searchable
          clearable
          clearButtonProps={{ 'aria-label': 'Compare with nothing' }}
          nothingFoundMessage="There is no other segment."
          w={{ base: '100%', xs: 320 }}
        />
        {isEdited && other && (
          <Text size="sm" c="dimmed">
            Compares the segment as it is saved, without your edits.
          </Text>
        )}
        {other && overlap.isError && <ErrorState error={overlap.error} onRetry={overlap.refetch} />}
        {other && overlap.isFetching && !overlap.data && (
          <Group gap="sm" role="status">
            <Loader size={16} aria-hidden />
            <Text size="sm">Comparing …</Text>
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => {
                void queries.cancelQueries({ queryKey: query.queryKey })
                setChosen(null)
              }}
            >
              Cancel
            </Button>
          </Group>
        )}
        {other && overlap.data && (
          <Compared
            overlap={overlap.data}
            parts={partsOf(own, other)}
            names={[own.name, other.name]}
            since={list ? shortTime(list.createdAt, workspace.timeZone) : undefined}
          />
        )}
        {!segment.frozen && pairs.length === 0 && (
          <Text size="sm" c="dimmed">
            To see later who came and who left, freeze it now and compare it with the list then. Of other days only the
            size is known.
          </Text>
        )}
      </Stack>
    </Panel>
  )
}

interface ComparedProps {
  overlap: Overlap
  parts: readonly ComparedPart[]
  names: readonly [string, string]
  /** when the list was frozen */
  since: string | undefined
}

function Compared({ overlap, parts, names, since }: ComparedProps) {
  const workspace = useWorkspace()
  const sizes = [overlap.onlyFirst + overlap.both, overlap.onlySecond + overlap.both] as const
  const all = overlap.onlyFirst + overlap.both + overlap.onlySecond
  const share = (key: ComparedPart['key'], of: 0 | 1) =>
    key === (of === 0 ? 'onlySecond' : 'onlyFirst') || sizes[of] === 0 ? null : overlap[key] / sizes[of]
  const said = parts.map(({ key, label }) => `${label}: ${count(overlap[key])}`).join(', ')
  return (
    <Stack gap="xs" data-compared>
      <div className={classes.bar} role="img" aria-label={said}>
        {all > 0 &&
          parts.map(({ key }) => (
            <span key={key} className={classes.part} data-part={key} style={{ flexGrow: overlap[key] }} />
          ))}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be scrollable by keyboard */}
      <section className={classes.scroll} aria-label="Compared" tabIndex={0}>
        <Table fz="sm" aria-label={`${names[0]} and ${names[1]}`}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">{since === undefined ? 'People' : `Since ${since}`}</Table.Th>
              <Table.Th scope="col" ta="right">
                Number
              </Table.Th>
              {names.map((name, at) => (
                <Table.Th key={at === 0 ? 'first' : 'second'} scope="col" ta="right" className="wrap-anywhere">
                  of “{name}”
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {parts.map(({ key, label, name, tree }) => (
              <Table.Tr key={key}>
                <Table.Th scope="row" fw={400} className="wrap-anywhere">
                  <span className={classes.sample} data-part={key} aria-hidden />
                  {label}
                </Table.Th>
                <Table.Td ta="right" className="figures">
                  <TextLink
                    {...paths.newSegment(workspace.id, { from: tree, name })}
                    inherit
                    aria-label={`${label}: ${count(overlap[key])}. Open these people in the builder`}
                  >
                    {count(overlap[key])}
                  </TextLink>
                </Table.Td>
                <Table.Td ta="right" className="figures">
                  {percent(share(key, 0))}
                </Table.Td>
                <Table.Td ta="right" className="figures">
                  {percent(share(key, 1))}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </section>
      <Text size="xs" c="dimmed" className="figures">
        Exact, as of {clockTime(overlap.asOf, workspace.timeZone)}. People who were erased are not counted.
      </Text>
    </Stack>
  )
}
