/** Controls of a report's list: its order and filters, and the number of changes since it was loaded. */
import { Button, Group, SegmentedControl, Select, Text, Tooltip } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { useRef } from 'react'
import { figure } from '../../../core/report/figures.ts'
import { type BounceKind, bounceKindNames, bounceKinds, SORTABLE_ROWS, type Tab } from '../../../core/report/tabs.ts'
import type { ReportSearch } from '../../search.ts'
import { narrow } from '../../search.ts'
import { count, plural } from '../../ui/numbers.ts'
import type { Report } from '../queries.ts'

const route = getRouteApi('/w/$workspace/sms/$activity/report')

/** Sorting by name is disabled, with the reason, above SORTABLE_ROWS. */
export function OrderSwitch({ tab, sort, rows }: { tab: Tab; sort: 'name' | undefined; rows: number }) {
  const navigate = route.useNavigate()
  const tooMany = rows > SORTABLE_ROWS
  return (
    <Tooltip
      label={`Lists of more than ${count(SORTABLE_ROWS)} profiles cannot be sorted by name. Search instead.`}
      disabled={!tooMany}
      multiline
      w={260}
    >
      <SegmentedControl
        size="xs"
        aria-label="Order of the list"
        value={sort ?? 'tab'}
        data={[
          { value: 'tab', label: tab.order === 'newest' ? 'Newest first' : 'Sending order' },
          { value: 'name', label: 'By name', disabled: tooMany },
        ]}
        onChange={value =>
          navigate({
            search: narrow<ReportSearch>({ sort: value === 'name' ? value : undefined }),
            replace: true,
            resetScroll: false,
          })
        }
      />
    </Tooltip>
  )
}

export function BounceFilter({ report, chosen }: { report: Report; chosen: BounceKind | undefined }) {
  const navigate = route.useNavigate()
  const words = (kind: BounceKind) => `${figure(bounceKinds[kind]).label} (${count(report.figures[bounceKinds[kind]])})`
  return (
    <Select
      size="xs"
      w={190}
      aria-label="Kind of bounce"
      allowDeselect={false}
      value={chosen ?? 'all'}
      data={[
        { value: 'all', label: `All bounces (${count(report.figures.bounced)})` },
        ...bounceKindNames.map(kind => ({ value: kind, label: words(kind) })),
      ]}
      onChange={value =>
        navigate({
          search: narrow<ReportSearch>({ bounce: bounceKindNames.find(kind => kind === value) }),
          replace: true,
          resetScroll: false,
        })
      }
    />
  )
}

interface Note {
  /** profiles in the filtered list; null: not counted */
  total: number | null | undefined
  partial: boolean
  /** suspected bots are shown */
  bots: boolean
  /** the live figure of the tab, and when the list was read */
  figureNow: number
  readAt: number
  refresh: () => unknown
}

/** The list does not change while figures do. A button shows by how many rows they differ and refetches the list. */
export function ListNote({ total, partial, bots, figureNow, readAt, refresh }: Note) {
  const seen = useRef({ readAt: 0, figure: 0 })
  if (seen.current.readAt !== readAt) seen.current = { readAt, figure: figureNow }
  const moved = figureNow - seen.current.figure
  return (
    <Group gap="sm" mih={30}>
      <Text size="sm" c="dimmed" className="figures" role="status">
        {total != null && plural(total, 'profile')}
        {total != null && bots && ', including suspected bots'}
        {partial && 'Only part of the list was searched. Select Next to continue.'}
      </Text>
      {moved !== 0 && (
        <Button size="compact-xs" variant="light" onClick={() => refresh()}>
          {moved > 0 ? `Refresh: ${count(moved)} new` : `Refresh: ${count(-moved)} fewer`}
        </Button>
      )}
    </Group>
  )
}
