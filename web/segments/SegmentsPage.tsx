/** The segments of the workspace: who is in each, in one line; how many, as of when; and what uses it. */
import { ActionIcon, Button, Group, Menu, Stack, Switch, Text, VisuallyHidden } from '@mantine/core'
import {
  IconArchive,
  IconCopy,
  IconDots,
  IconEye,
  IconPlus,
  IconSearch,
  IconSnowflake,
  IconTrash,
  IconUsersGroup,
} from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { sentenceOf } from '../../core/segments/describe.ts'
import { type SegmentSort, segmentSorts } from '../../core/segments/segment-sorts.ts'
import type { SegmentTree } from '../../core/segments/tree.ts'
import { dayInWords } from '../../core/segments/window-words.ts'
import { Confirm } from '../activities/Confirm.tsx'
import { paths } from '../paths.ts'
import { narrow, type SegmentsSearch } from '../search.ts'
import { ActButton, ActItem, ActLink } from '../shell/may.tsx'
import { useWorkspace } from '../shell/me.ts'
import { type Column, DataTable } from '../ui/DataTable.tsx'
import { EmptyState } from '../ui/EmptyState.tsx'
import { notifyDone, notifyProblem } from '../ui/ErrorState.tsx'
import { TextLink } from '../ui/links.tsx'
import { count, none, plural } from '../ui/numbers.ts'
import { Page } from '../ui/Page.tsx'
import { Pager } from '../ui/Pager.tsx'
import { SearchBox } from '../ui/SearchBox.tsx'
import { Time } from '../ui/Time.tsx'
import { useReturn } from '../ui/useReturn.ts'
import { readGiven } from './from.ts'
import { NameDialog } from './NameDialog.tsx'
import { freeName, type SegmentRow, segmentPageQuery, segmentsQuery, treeOf, useSegmentActs } from './queries.ts'
import { Sparkline } from './Sparkline.tsx'
import { StarterList } from './StarterList.tsx'
import { everyDay } from './sizeDays.ts'
import { useNames } from './useNames.ts'

const route = getRouteApi('/w/$workspace/segments')

export function SegmentsPage() {
  const workspace = useWorkspace()
  const navigate = route.useNavigate()
  const place = route.useSearch()
  const { search = '', archived, sort = 'name' } = place
  const list = useQuery(segmentPageQuery(workspace.id, place))
  const { focusKey, leave } = useReturn()
  const trees = new Map((list.data?.items ?? []).flatMap(row => entryOf(row)))
  const names = useNames([...trees.values()])
  const said = (row: SegmentRow) => {
    const tree = trees.get(row.id)
    return tree ? sentenceOf(tree, names, workspace.timeZone) : 'A list of people.'
  }
  const hidden = list.data?.all.archived ?? 0
  const live = list.data?.all.live ?? 0
  const isEmpty = list.data !== undefined && live + hidden === 0
  return (
    <Page
      title="Segments"
      description="Who is in a segment follows from its conditions each time it is used. A frozen one keeps its people."
      actions={
        <Group gap="sm">
          <ActLink operation="startSegmentList" variant="default" {...paths.segmentFromList(workspace.id)}>
            From a list
          </ActLink>
          <ActButton
            operation="createSegment"
            leftSection={<IconPlus size={16} aria-hidden />}
            onClick={() => navigate(paths.newSegment(workspace.id))}
          >
            New segment
          </ActButton>
        </Group>
      }
    >
      {!isEmpty && (
        <Group justify="space-between">
          <SearchBox
            label="Search segments by name or conditions"
            placeholder="Name or conditions"
            value={search}
            onChange={value =>
              navigate({ search: narrow<SegmentsSearch>({ search: value || undefined }), replace: true })
            }
          />
          {hidden > 0 && (
            <Switch
              label={`Show archived (${hidden})`}
              checked={archived ?? false}
              onChange={({ currentTarget: { checked } }) =>
                navigate({
                  search: narrow<SegmentsSearch>({ archived: checked ? true : undefined }),
                  replace: true,
                })
              }
            />
          )}
        </Group>
      )}
      <Stack gap="sm">
        <DataTable
          label="Segments"
          columns={columns(workspace.id, said, row => leave(String(row.id)))}
          rows={list.data?.items}
          rowKey={row => String(row.id)}
          onOpen={row => navigate(paths.segment(workspace.id, row.id))}
          onLeave={row => leave(String(row.id))}
          focusKey={focusKey}
          error={list.error}
          onRetry={list.refetch}
          stale={list.isPlaceholderData}
          sort={sort}
          onSort={key => navigate({ search: narrow<SegmentsSearch>({ sort: sortOf(key, sort) }), replace: true })}
          empty={
            isEmpty ? (
              <NoneYet />
            ) : (
              <EmptyState
                icon={IconSearch}
                title={search ? `No segment matches “${search}”` : 'All segments are archived'}
              >
                {search ? 'Names and conditions were searched.' : 'Show archived ones to restore them.'}
              </EmptyState>
            )
          }
        />
        {list.data && (list.data.previous || list.data.next) && (
          <Pager
            page={list.data}
            beside={
              <Text size="sm" c="dimmed" className="figures">
                {plural(list.data.total?.n ?? 0, 'segment')}
              </Text>
            }
          />
        )}
      </Stack>
      {!isEmpty && list.data && live + hidden < 5 && <StarterList />}
    </Page>
  )
}

/** Of figures and times, the largest and the latest are what people look for first. */
function sortOf(key: string, now: SegmentSort): SegmentSort | undefined {
  const wanted = key !== 'name' && now.replace('-', '') !== key.replace('-', '') ? `-${key}` : key
  const sort = segmentSorts.find(known => known === wanted)
  return sort === 'name' ? undefined : sort
}

/** What a newer version wrote, or a list that came without conditions, has no sentence. */
function entryOf(row: SegmentRow): [number, SegmentTree][] {
  const given = row.definition === null ? undefined : readGiven(row.definition)
  return given && 'tree' in given ? [[row.id, given.tree]] : []
}

function NoneYet() {
  return (
    <>
      <EmptyState icon={IconUsersGroup} title="No segments yet">
        A segment is a group of people by what they did and what you know of them: who clicked, who never did, who lives
        in a city. Begin with one of these, or with an empty one.
      </EmptyState>
      <div style={{ padding: '0 16px 24px' }}>
        <StarterList />
      </div>
    </>
  )
}

const columns = (
  workspace: number,
  said: (row: SegmentRow) => string,
  leave: (row: SegmentRow) => void,
): Column<SegmentRow>[] => [
  {
    key: 'name',
    label: 'Name',
    sortable: true,
    room: 170,
    render: row => (
      <Group gap={6} wrap="nowrap">
        {row.frozen && <IconSnowflake size={15} aria-label="Frozen" style={{ flexShrink: 0 }} />}
        <TextLink
          {...paths.segment(workspace, row.id)}
          inherit
          className="wrap-anywhere"
          dir="auto"
          onClick={() => leave(row)}
        >
          {row.name}
        </TextLink>
        {row.archivedAt !== null && (
          <Text span inherit c="dimmed">
            (archived)
          </Text>
        )}
      </Group>
    ),
  },
  {
    key: 'who',
    label: 'Who',
    wide: true,
    render: row => (
      <Text size="sm" c="dimmed" lineClamp={1} maw={420} title={said(row)}>
        {said(row)}
      </Text>
    ),
  },
  { key: 'size', label: 'Size', sortable: true, figure: true, room: 90, render: row => <Size row={row} /> },
  { key: 'trend', label: '30 days', wide: true, width: 116, render: row => <Recent row={row} /> },
  { key: 'kind', label: 'Kind', wide: true, render: row => (row.frozen ? 'Frozen' : 'Live') },
  {
    key: 'used',
    label: 'Used in',
    sortable: true,
    figure: true,
    wide: true,
    render: row => (row.uses === 0 ? none : count(row.uses)),
  },
  { key: 'changed', label: 'Changed', sortable: true, wide: true, render: row => <Time at={row.updatedAt} /> },
  {
    key: 'acts',
    label: <VisuallyHidden>Actions</VisuallyHidden>,
    width: 56,
    render: row => <RowMenu row={row} />,
  },
]

function Recent({ row: { name, recent = [] } }: { row: SegmentRow }) {
  const [first, last] = [recent[0], recent.at(-1)]
  if (recent.length < 2 || !first || !last) return none
  const label = `Size of ${name}: ${count(first.size)} on ${dayInWords(first.day)}, ${count(last.size)} on ${dayInWords(last.day)}`
  return <Sparkline days={everyDay(recent)} label={label} />
}

function Size({ row }: { row: SegmentRow }) {
  const workspace = useWorkspace()
  const { count: counting } = useSegmentActs(workspace.id)
  return (
    <Group gap={6} justify="flex-end" wrap="nowrap">
      <div>
        <div className="figures">{count(row.size)}</div>
        {row.countedAt !== null && (
          <Text size="xs" c="dimmed">
            <Time at={row.countedAt} />
          </Text>
        )}
      </div>
      {!row.frozen && (
        <Button
          size="compact-xs"
          variant="default"
          loading={counting.isPending}
          aria-label={`Count ${row.name}`}
          onClick={() => counting.mutate(row.id, { onError: notifyProblem })}
        >
          Count
        </Button>
      )}
    </Group>
  )
}

function RowMenu({ row }: { row: SegmentRow }) {
  const workspace = useWorkspace()
  const all = useQuery(segmentsQuery(workspace.id)).data ?? []
  const navigate = route.useNavigate()
  const acts = useSegmentActs(workspace.id)
  const [asks, setAsks] = useState<'freeze' | 'delete' | null>(null)
  const isArchived = row.archivedAt !== null
  const duplicate = () =>
    acts.create
      .mutateAsync({ name: freeName(`${row.name}, copy`, all), definition: treeOf(row) })
      .then(made => navigate(paths.segment(workspace.id, made.id)), notifyProblem)
  const archive = () =>
    acts.change
      .mutateAsync({ id: row.id, archived: !isArchived })
      .then(
        () =>
          notifyDone(
            isArchived
              ? `“${row.name}” is offered again.`
              : `“${row.name}” is archived. It stays where it is used, and is not offered any more.`,
          ),
        notifyProblem,
      )
  const remove = () =>
    acts.remove.mutateAsync(row.id).then(() => notifyDone(`“${row.name}” is deleted.`), notifyProblem)
  const inUse =
    row.uses > 0 ? `${plural(row.uses, 'segment or SMS', 'segments or SMS')} use it: open it to see which.` : null
  return (
    <>
      {/* Within the page's landmark, and not cut off by the table. */}
      <Menu position="bottom-end" width={250} portalProps={{ target: '#main' }} withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`Actions for ${row.name}`}>
            <IconDots size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconEye size={16} />} onClick={() => navigate(paths.segment(workspace.id, row.id))}>
            Open
          </Menu.Item>
          <ActItem operation="createSegment" icon={<IconCopy size={16} />} onClick={duplicate}>
            Duplicate
          </ActItem>
          {!row.frozen && (
            <ActItem operation="freezeSegment" icon={<IconSnowflake size={16} />} onClick={() => setAsks('freeze')}>
              Freeze
            </ActItem>
          )}
          <ActItem operation="changeSegment" icon={<IconArchive size={16} />} onClick={archive}>
            {isArchived ? 'Restore' : 'Archive'}
          </ActItem>
          <ActItem
            operation="deleteSegment"
            why={inUse}
            red
            icon={<IconTrash size={16} />}
            onClick={() => setAsks('delete')}
          >
            Delete
          </ActItem>
        </Menu.Dropdown>
      </Menu>
      <NameDialog
        opened={asks === 'freeze'}
        title={`Freeze “${row.name}”`}
        words="Makes a new segment of the people who are in this one now. It keeps them, whatever happens later."
        act="Freeze"
        initial={freeName(`${row.name}, frozen`, all)}
        onClose={() => setAsks(null)}
        onSubmit={name => acts.freeze.mutateAsync({ name, definition: treeOf(row) })}
      />
      <Confirm
        opened={asks === 'delete'}
        title={`Delete “${row.name}”?`}
        words={
          row.frozen
            ? 'The list is deleted, the people are not. You cannot undo this.'
            : 'The conditions are deleted, the people are not. You cannot undo this.'
        }
        act="Delete"
        onConfirm={() => {
          setAsks(null)
          void remove()
        }}
        onClose={() => setAsks(null)}
      />
    </>
  )
}
