/**
 * The table of all lists. Rows open (double-click, Enter), are selected (click, checkbox, Space; Shift selects a range) and take the
 * focus (arrow keys). It shows placeholders while it loads, and keeps the old rows until a new page has arrived, so that the
 * page does not jump.
 */
import { Box, Checkbox, Skeleton, Table, Text, UnstyledButton } from '@mantine/core'
import { IconArrowDown, IconArrowsSort, IconArrowUp } from '@tabler/icons-react'
import { type MouseEvent as ClickEvent, type KeyboardEvent, type ReactNode, useRef } from 'react'
import classes from './DataTable.module.css'
import { ErrorState } from './ErrorState.tsx'
import { none } from './numbers.ts'

export interface Column<Row> {
  key: string
  label: ReactNode
  render: (row: Row) => ReactNode
  /** Aligned right, in tabular digits. */
  figure?: boolean
  /** Hidden on a phone. */
  wide?: boolean
  /** On a phone, shown below the content of the first column, with its label if it needs one. */
  below?: 'plain' | 'labelled'
  /** The minimum width in pixels, below which the table scrolls sideways. */
  room?: number
  /** The list can be sorted by this column. */
  sortable?: boolean
  width?: number | string
}

interface Props<Row> {
  label: string
  columns: readonly Column<Row>[]
  rows: readonly Row[] | undefined
  rowKey: (row: Row) => string
  /** The name of a row, for its checkbox. */
  rowName?: (row: Row) => string
  onOpen?: (row: Row) => void
  selected?: ReadonlySet<string>
  onSelect?: (selected: Set<string>) => void
  error?: unknown
  onRetry?: () => void
  empty: ReactNode
  /** The key of a column; a leading "-" sorts descending. */
  sort?: string
  onSort?: (sort: string) => void
  /** Old rows are shown while new ones load. */
  stale?: boolean
  loadingRows?: number
  /** The row that was opened last. It takes the focus when the user comes back. */
  focusKey?: string | undefined
  /** Called when a row opens by any way: double-click, Enter, or a link in it. */
  onLeave?: (row: Row) => void
}

export function DataTable<Row>(props: Props<Row>) {
  const { label, columns, rows, error, onRetry, empty, stale = false, loadingRows = 8 } = props
  const anchor = useRef<string | null>(null)
  const focused = useRef(false)
  if (error && !rows) return <ErrorState error={error} onRetry={onRetry ?? (() => window.location.reload())} />
  if (rows && rows.length === 0) return <Box className={classes.frame}>{empty}</Box>
  return (
    <Box className={classes.frame}>
      <div className={classes.scroll} aria-busy={!rows || stale}>
        <Table className={classes.table} verticalSpacing={9} horizontalSpacing="md" aria-label={label}>
          <Table.Thead>
            <Table.Tr>
              {props.onSelect && <SelectAll {...props} onSelect={props.onSelect} />}
              {columns.map(column => (
                <HeadCell key={column.key} column={column} sort={props.sort} onSort={props.onSort} />
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody style={{ opacity: stale ? 0.55 : 1, transition: 'opacity 120ms' }}>
            {rows
              ? rows.map(row => (
                  <DataRow
                    key={props.rowKey(row)}
                    row={row}
                    {...props}
                    focusRef={node => {
                      if (node === null || focused.current || props.focusKey !== props.rowKey(row)) return
                      focused.current = true
                      node.focus()
                    }}
                    onPick={(key, ranging) => {
                      props.onSelect?.(
                        picked(rows.map(props.rowKey), props.selected, key, ranging ? anchor.current : null),
                      )
                      if (!ranging) anchor.current = key
                    }}
                  />
                ))
              : Array.from({ length: loadingRows }, (_, at) => (
                  <Table.Tr key={at.toString()}>
                    {props.onSelect && <Table.Td />}
                    {columns.map(column => (
                      <Table.Td key={column.key} className={cellClass(column)}>
                        <Skeleton
                          height={12}
                          my={5}
                          width={column.figure ? '50%' : '70%'}
                          ml={column.figure ? 'auto' : 0}
                        />
                      </Table.Td>
                    ))}
                  </Table.Tr>
                ))}
          </Table.Tbody>
        </Table>
      </div>
    </Box>
  )
}

function HeadCell<Row>({ column, sort, onSort }: { column: Column<Row> } & Pick<Props<Row>, 'sort' | 'onSort'>) {
  const { key, label, width, sortable } = column
  if (!sortable || !onSort) {
    return (
      <Table.Th w={width} className={cellClass(column)}>
        {label}
      </Table.Th>
    )
  }
  const up = sort === key
  const down = sort === `-${key}`
  const Arrow = up ? IconArrowUp : down ? IconArrowDown : IconArrowsSort
  return (
    <Table.Th w={width} className={cellClass(column)} aria-sort={up ? 'ascending' : down ? 'descending' : 'none'}>
      <UnstyledButton
        className={classes.sort}
        data-active={up || down || undefined}
        onClick={() => onSort(up ? `-${key}` : key)}
      >
        {label}
        <Arrow size={13} aria-hidden />
      </UnstyledButton>
    </Table.Th>
  )
}

interface RowProps<Row> extends Props<Row> {
  row: Row
  focusRef: (node: HTMLTableRowElement | null) => void
  /** `ranging`: selects all rows between this one and the last one selected. */
  onPick: (key: string, ranging: boolean) => void
}

function DataRow<Row>(props: RowProps<Row>) {
  const { row, columns, rowKey, rowName, selected, onSelect, onPick, onLeave } = props
  const key = rowKey(row)
  const onOpen =
    props.onOpen &&
    (() => {
      onLeave?.(row)
      props.onOpen?.(row)
    })
  const chosen = selected?.has(key) ?? false
  const onKeyDown = (event: KeyboardEvent<HTMLTableRowElement>) => {
    if (event.target !== event.currentTarget) return // a link or a checkbox in the row handles the key
    const neighbour =
      event.key === 'ArrowDown'
        ? event.currentTarget.nextElementSibling
        : event.key === 'ArrowUp'
          ? event.currentTarget.previousElementSibling
          : null
    if (neighbour instanceof HTMLElement) neighbour.focus()
    else if (event.key === 'Enter' && onOpen) onOpen()
    else if (event.key === ' ' && onSelect) onPick(key, event.shiftKey)
    else return
    event.preventDefault()
  }
  const onClick = (event: ClickEvent<HTMLTableRowElement>) => {
    // The second click of a double-click opens the row. Selecting text to copy it does not select the row.
    if (event.detail > 1 || actsForItself(event.target) || window.getSelection()?.toString()) return
    onPick(key, event.shiftKey)
  }
  return (
    <Table.Tr
      ref={props.focusRef}
      tabIndex={onOpen || onSelect ? 0 : undefined}
      className={classes.row}
      data-selected={chosen || undefined}
      onKeyDown={onKeyDown}
      onClick={onSelect && onClick}
      // Shift-click would select the text between the rows.
      onMouseDown={onSelect && (event => event.shiftKey && event.preventDefault())}
      onDoubleClick={onOpen && (event => !actsForItself(event.target) && onOpen())}
      // Runs before the link navigates.
      onClickCapture={onLeave && (({ target }) => target instanceof Element && target.closest('a') && onLeave(row))}
    >
      {onSelect && (
        <Table.Td w={44} pr={0}>
          <Checkbox
            size="xs"
            checked={chosen}
            onChange={({ nativeEvent }) => onPick(key, nativeEvent instanceof MouseEvent && nativeEvent.shiftKey)}
            aria-label={`Select ${rowName?.(row) ?? key}`}
          />
        </Table.Td>
      )}
      {columns.map((column, at) => (
        <Table.Td key={column.key} className={cellClass(column)} miw={column.room}>
          {column.render(row)}
          {at === 0 && <Below row={row} columns={columns} />}
        </Table.Td>
      ))}
    </Table.Tr>
  )
}

function Below<Row>({ row, columns }: Pick<RowProps<Row>, 'row' | 'columns'>) {
  const below = columns.filter(column => column.below)
  if (below.length === 0) return null
  return (
    <div className={classes.below}>
      {below.map(({ key, label, render, below }) => {
        const shown = render(row)
        if (shown === none) return null
        return (
          <div key={key} className={below === 'labelled' ? classes.labelled : undefined}>
            {below === 'labelled' && <span className={classes.label}>{label}</span>}
            {shown}
          </div>
        )
      })}
    </div>
  )
}

function actsForItself(target: EventTarget): boolean {
  return target instanceof Element && target.closest('a, button, input, label') !== null
}

function SelectAll<Row>({
  rows,
  rowKey,
  selected,
  onSelect,
}: Props<Row> & { onSelect: (selected: Set<string>) => void }) {
  const keys = (rows ?? []).map(rowKey)
  const chosen = keys.filter(key => selected?.has(key)).length
  const all = keys.length > 0 && chosen === keys.length
  return (
    <Table.Th w={44} pr={0}>
      <Checkbox
        size="xs"
        aria-label="Select all on this page"
        checked={all}
        indeterminate={chosen > 0 && !all}
        onChange={() => onSelect(new Set(all ? [] : keys))}
      />
    </Table.Th>
  )
}

/** A cell of two lines: the name, and a detail. */
export function TwoLines({ first, second }: { first: ReactNode; second: ReactNode }) {
  return (
    <>
      <div className="wrap-anywhere">{first}</div>
      <Text size="xs" c="dimmed" component="div" className="wrap-anywhere">
        {second}
      </Text>
    </>
  )
}

function cellClass<Row>(column: Column<Row>): string {
  return [column.figure && classes.figure, (column.wide || column.below) && classes.wide].filter(Boolean).join(' ')
}

/** The selection after a row is toggled. With an anchor, all rows between are selected. */
function picked(
  keys: readonly string[],
  selected: ReadonlySet<string> | undefined,
  key: string,
  anchor: string | null,
): Set<string> {
  const next = new Set(selected)
  const [from, to] = [keys.indexOf(anchor ?? key), keys.indexOf(key)]
  if (anchor !== null && from >= 0) {
    for (const between of keys.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(between)
  } else if (!next.delete(key)) next.add(key)
  return next
}
