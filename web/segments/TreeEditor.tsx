/**
 * The tree as nested lists. AND and OR are words between the items, changed for the whole group at its head. Each item says its own sentence, and
 * is included or excluded by its switch. Alt and an arrow move the item that has the focus.
 */
import { Button, SegmentedControl, Switch, Text, Tooltip, VisuallyHidden } from '@mantine/core'
import { IconCircleCheck, IconCircleX, IconGripVertical, IconPlus } from '@tabler/icons-react'
import { createContext, type KeyboardEvent, useContext } from 'react'
import { clauseOf } from '../../core/segments/clauses.ts'
import { changeMatch, type Path, pathOf, placeOf, toggleExclude } from '../../core/segments/edit-tree.ts'
import { textOf } from '../../core/segments/sentence-parts.ts'
import type { Condition, Group, Node } from '../../core/segments/tree.ts'
import { count, plural } from '../ui/numbers.ts'
import { ink } from '../ui/status.ts'
import classes from './Builder.module.css'
import { useBuilder } from './builder.ts'
import { ConditionInputs } from './ConditionInputs.tsx'
import { ItemMenu, moveActs } from './ItemMenu.tsx'
import { Sentence } from './Sentence.tsx'
import { useDrag } from './useDrag.ts'

const DragContext = createContext<ReturnType<typeof useDrag> | null>(null)

export function TreeEditor() {
  const builder = useBuilder()
  const drag = useDrag(builder.tree, edited => builder.edit(edited, 'Move'))
  const move = (event: KeyboardEvent) => {
    const act = event.altKey && !event.ctrlKey && !event.metaKey ? moveActs[event.key] : undefined
    const { target } = event
    if (act === undefined || builder.isReadOnly || !(target instanceof HTMLElement)) return
    const place = target.closest('[data-place]')?.getAttribute('data-place')
    // In a field the arrows with Alt belong to the text.
    if (!place || place === 'root' || target.matches('input, textarea')) return
    event.preventDefault()
    builder.edit(act.edit(builder.tree, pathOf(place)), act.label)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: shortcuts of the items within; each is also in their menus
    <div onKeyDown={move}>
      <DragContext value={drag}>
        <GroupEditor group={builder.tree.root} path={[]} name="Segment" />
      </DragContext>
    </div>
  )
}

const matchWords = { all: 'all of these', any: 'any of these' } as const

function GroupEditor({ group, path, name }: { group: Group; path: Path; name: string }) {
  const builder = useBuilder()
  const place = placeOf(path)
  const isRoot = path.length === 0
  const isTarget = placeOf(builder.target) === place
  const label = `${name}: ${group.exclude ? 'none of the people who match' : 'people who match'} ${matchWords[group.match]}`
  return (
    // biome-ignore lint/a11y/useSemanticElements: a set of fields would be read with each of them
    <div
      className={classes.item}
      role="group"
      aria-label={label}
      data-place={place}
      data-kind="group"
      data-exclude={group.exclude}
      data-fault={builder.faults.has(place) || undefined}
      data-target={(isTarget && !builder.isReadOnly) || undefined}
      {...useDropLook(place)}
      tabIndex={-1}
    >
      <div className={classes.head}>
        {!isRoot && <Handle place={place} />}
        <Holds place={place} />
        <SegmentedControl
          aria-label={`${name}: how its conditions are joined`}
          size="xs"
          data={[
            { value: 'all', label: 'All of these (AND)' },
            { value: 'any', label: 'Any of these (OR)' },
          ]}
          value={group.match}
          disabled={builder.isReadOnly}
          onChange={value =>
            builder.edit(
              changeMatch(builder.tree, path, value === 'any' ? 'any' : 'all'),
              value === 'any' ? 'Join by OR' : 'Join by AND',
            )
          }
        />
        <Tools path={path} node={group} name={name} isRoot={isRoot} />
      </div>
      <Fault place={place} />
      {group.items.length === 0 ? (
        <Text size="sm" c="dimmed" py="xs">
          {emptyWords(group, isRoot)}
        </Text>
      ) : (
        <ol className={classes.items}>
          {group.items.map((item, i) => (
            // An item has no other identity than its place; inputs keep no state of their own.
            // biome-ignore lint/suspicious/noArrayIndexKey: see above
            <li key={i}>
              {i > 0 && (
                <div className={classes.word} aria-hidden>
                  {group.match === 'all' ? 'and' : 'or'}
                </div>
              )}
              <Item item={item} path={[...path, i]} joint={i > 0 ? (group.match === 'all' ? 'and' : 'or') : ''} />
            </li>
          ))}
        </ol>
      )}
      <Button
        mt={8}
        size="xs"
        variant={isRoot ? 'default' : 'subtle'}
        leftSection={<IconPlus size={14} aria-hidden />}
        disabled={builder.isReadOnly}
        onClick={() => builder.choose(path)}
      >
        Add a condition
        {!isRoot && <VisuallyHidden> to {name}</VisuallyHidden>}
      </Button>
    </div>
  )
}

function emptyWords({ match, exclude }: Group, isRoot: boolean): string {
  const isEverybody = (match === 'all') !== (exclude === true)
  if (isRoot)
    return isEverybody
      ? 'No conditions yet: this is everybody. Choose one to begin.'
      : 'No conditions yet: this is nobody.'
  return isEverybody ? 'An empty group: everybody fits.' : 'An empty group: nobody fits.'
}

/** "Row 2", "Row 2.1" */
const rowName = (path: Path) => `Row ${path.map(i => i + 1).join('.')}`

function Item({ item, path, joint }: { item: Node; path: Path; joint: string }) {
  const name = rowName(path)
  return item.kind === 'group' ? (
    <GroupEditor group={item} path={path} name={joint ? `${joint} ${name}` : name} />
  ) : (
    <ConditionRow condition={item} path={path} joint={joint} />
  )
}

function ConditionRow({ condition, path, joint }: { condition: Condition; path: Path; joint: string }) {
  const builder = useBuilder()
  const place = placeOf(path)
  const parts = clauseOf(condition, condition.exclude === true, builder.telling)
  const name = textOf(parts)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a set of fields would be read with each of them
    <div
      className={classes.item}
      role="group"
      aria-label={`${joint} ${name}`.trim()}
      data-place={place}
      data-exclude={condition.exclude}
      data-fault={builder.faults.has(place) || undefined}
      {...useDropLook(place)}
      tabIndex={-1}
    >
      <div className={classes.head}>
        <Handle place={place} />
        <Holds place={place} />
        <div className={classes.said}>
          <Sentence parts={parts} />
        </div>
        <Tools path={path} node={condition} name={name} isRoot={false} />
      </div>
      <fieldset
        disabled={builder.isReadOnly}
        aria-label={name}
        style={{ border: 0, margin: 0, padding: 0, minWidth: 0 }}
      >
        <div className={classes.inputs}>
          <ConditionInputs condition={condition} onChange={changed => builder.change(path, changed)} />
        </div>
      </fieldset>
      <Fault place={place} />
    </div>
  )
}

function Tools({ path, node, name, isRoot }: { path: Path; node: Node; name: string; isRoot: boolean }) {
  const { tree, edit, isReadOnly } = useBuilder()
  return (
    <div className={classes.tools}>
      {!isRoot && <People place={placeOf(path)} />}
      <Switch
        size="xs"
        label="Exclude"
        aria-label={`Exclude: ${name}`}
        checked={node.exclude ?? false}
        disabled={isReadOnly}
        onChange={() => edit(toggleExclude(tree, path), node.exclude ? 'Include' : 'Exclude')}
      />
      {!isRoot && <ItemMenu path={path} name={name} isGroup={node.kind === 'group'} />}
    </div>
  )
}

/** How an item looks that is dragged, or beside which the dragged one would go. */
function useDropLook(place: string) {
  const drag = useContext(DragContext)
  return {
    'data-dragged': drag?.dragged === place || undefined,
    'data-drop': drag?.drop?.place === place ? drag.drop.side : undefined,
  }
}

/** For pointers only: what it does is in the menu of the item, too. */
function Handle({ place }: { place: string }) {
  const drag = useContext(DragContext)
  if (useBuilder().isReadOnly || drag === null) return null
  return (
    <span className={classes.handle} aria-hidden data-handle={place} {...drag.handle(place)}>
      <IconGripVertical size={16} />
    </span>
  )
}

/** Whether the checked person fits it. */
function Holds({ place }: { place: string }) {
  const { holds } = useBuilder()
  const does = holds?.get(place)
  if (does === undefined) return null
  const Icon = does ? IconCircleCheck : IconCircleX
  return (
    <span data-holds={does} style={{ display: 'inline-flex', paddingTop: 2 }}>
      <Icon size={18} color={ink(does ? 'teal' : 'red')} aria-hidden />
      <VisuallyHidden>{does ? 'True of the person.' : 'Not true of the person.'}</VisuallyHidden>
    </span>
  )
}

/** How many people fit the row alone, and how sure that is. */
function People({ place }: { place: string }) {
  const found = useBuilder().counts?.get(place)
  if (found === undefined) return null
  const { n, range } = found
  const kind = range === null ? 'Exact' : `Estimate: ${count(range.low)} to ${count(range.high)}`
  return (
    <Tooltip label={`${kind}. People who fit this row alone.`}>
      <Text span size="xs" c="dimmed" className="figures" data-people={n} style={{ whiteSpace: 'nowrap' }}>
        {range === null ? '' : 'about '}
        {plural(n, 'person', 'people')}
      </Text>
    </Tooltip>
  )
}

function Fault({ place }: { place: string }) {
  const what = useBuilder().faults.get(place)
  if (what === undefined) return null
  return (
    <Text size="sm" c="var(--mantine-color-error)" mt={6} data-missing>
      {what}
    </Text>
  )
}
