/** A list of people that becomes a frozen segment: its progress, what it matched, and the entries that matched nobody. */
import { Alert, Button, Group, List, Progress, Skeleton, Stack, Text } from '@mantine/core'
import { IconCircleCheck, IconDownload } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { rate } from '../../core/report/figures.ts'
import { downloads, paths } from '../paths.ts'
import { ActButton } from '../shell/may.tsx'
import { useWorkspace } from '../shell/me.ts'
import { BackLink } from '../ui/BackLink.tsx'
import { type Column, DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { ErrorState, notifyProblem } from '../ui/ErrorState.tsx'
import { Facts } from '../ui/Facts.tsx'
import { ButtonLink } from '../ui/links.tsx'
import { count, plural } from '../ui/numbers.ts'
import { Page } from '../ui/Page.tsx'
import { Panel } from '../ui/Panel.tsx'
import { StatusBadge } from '../ui/StatusBadge.tsx'
import { isUnderWay, type SegmentList, segmentListQuery, unmatchedQuery, useListActs } from './listQueries.ts'
import { listLooks } from './listWords.ts'

const route = getRouteApi('/w/$workspace/segments/lists/$list')

export function SegmentListPage() {
  const workspace = useWorkspace()
  const id = Number(route.useParams().list)
  const one = useQuery(segmentListQuery(workspace.id, id))
  const back = <BackLink {...paths.segmentFromList(workspace.id)}>Segment from a list</BackLink>
  if (one.error && !one.data) {
    return (
      <Page title="List" back={back} width={860}>
        <ErrorState error={one.error} onRetry={one.refetch} />
      </Page>
    )
  }
  const list = one.data
  return (
    <Page
      title={list?.name ?? 'List'}
      back={back}
      width={860}
      aside={list && <StatusBadge look={listLooks[list.state]} />}
      actions={
        list?.segmentId && <ButtonLink {...paths.segment(workspace.id, list.segmentId)}>Open segment</ButtonLink>
      }
    >
      {list ? <Outcome list={list} /> : <Skeleton height={220} />}
    </Page>
  )
}

function Outcome({ list }: { list: SegmentList }) {
  return (
    <Stack>
      {isUnderWay(list) && <Running list={list} />}
      {list.state === 'stopped' && (
        <Alert variant="default" title="The list was stopped.">
          No segment was made.
        </Alert>
      )}
      {list.state === 'failed' && (
        <Alert variant="default" role="alert" title="No segment was made.">
          {list.problem}
        </Alert>
      )}
      {(list.state === 'done' || list.unmatched > 0) && !isUnderWay(list) && <Result list={list} />}
      {list.hasUnmatched && <UnmatchedEntries list={list} />}
    </Stack>
  )
}

function Running({ list }: { list: SegmentList }) {
  const workspace = useWorkspace()
  const { stop } = useListActs(workspace.id)
  const share = rate(list.bytesRead, list.bytesTotal) ?? 0
  return (
    <Panel title="Matching">
      <Group justify="space-between">
        <Text className="figures" role="status">
          {list.state === 'waiting' ? 'Waiting' : `${plural(list.entries, 'entry', 'entries')} read`}
        </Text>
        <ActButton
          operation="stopSegmentList"
          variant="default"
          size="xs"
          loading={stop.isPending || list.state === 'stopping'}
          onClick={() => stop.mutate(list.id, { onError: notifyProblem })}
        >
          Stop
        </ActButton>
      </Group>
      <Progress value={share * 100} mt="sm" aria-label="Share of the list read" transitionDuration={300} />
      <Text size="sm" c="dimmed" mt="sm">
        You can leave this page. The segment is made when the whole list has been read.
      </Text>
    </Panel>
  )
}

function Result({ list }: { list: SegmentList }) {
  return (
    <Panel title={list.state === 'done' ? `${plural(list.people, 'profile')} in the segment` : 'Result'}>
      <div className="figures">
        <Facts
          facts={[
            ['Entries of the list', count(list.entries)],
            ['Matched', count(list.matched)],
            list.several > 0 && ['Of these, in several profiles (all are in)', count(list.several)],
            ['Repeated', count(list.doubled)],
            ['Not matched', count(list.unmatched)],
          ]}
        />
      </div>
      {list.notes.length > 0 && (
        <List size="sm" spacing={4} mt="sm">
          {list.notes.map(note => (
            <List.Item key={note}>{note}</List.Item>
          ))}
        </List>
      )}
    </Panel>
  )
}

function UnmatchedEntries({ list }: { list: SegmentList }) {
  const workspace = useWorkspace()
  const entries = useQuery(unmatchedQuery(workspace.id, list.id))
  const more = entries.data?.more ?? false
  return (
    <Panel
      title="Not matched"
      description={
        more
          ? `The first ${entries.data?.items.length} of ${count(list.unmatched)}. Kept for 30 days.`
          : 'As they are in the list. Kept for 30 days.'
      }
      aside={
        <Button
          component="a"
          size="compact-sm"
          variant="default"
          href={downloads.unmatchedEntries(workspace.id, list.id)}
          download
          leftSection={<IconDownload size={14} aria-hidden />}
        >
          Download all
        </Button>
      }
    >
      <DataTable
        label="Entries that matched nobody"
        columns={columns}
        rows={entries.data?.items.map((entry, nth) => ({ ...entry, nth }))}
        rowKey={({ nth }) => String(nth)}
        error={entries.error}
        onRetry={entries.refetch}
        empty={<EmptyState icon={IconCircleCheck} title="None left" />}
      />
    </Panel>
  )
}

interface Row {
  nth: number
  line: number
  value: string
  reason: string
}

const columns: Column<Row>[] = [
  { key: 'line', label: 'Line', figure: true, width: 80, render: ({ line }) => count(line) },
  {
    key: 'value',
    label: 'Entry',
    room: 120,
    render: ({ value }) => (
      <bdi className="wrap-anywhere" style={{ whiteSpace: 'pre-wrap' }}>
        {value}
      </bdi>
    ),
  },
  { key: 'reason', label: 'Why', render: ({ reason }) => reason },
]
