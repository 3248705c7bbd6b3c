/** What can be done with an item of the tree. What is not possible at its place is disabled. */
import { ActionIcon, Menu, Text } from '@mantine/core'
import { IconDots } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import {
  duplicate,
  type Edited,
  groupWithNext,
  moveDown,
  moveInto,
  moveOut,
  moveUp,
  type Path,
  remove,
  ungroup,
} from '../../core/segments/edit-tree.ts'
import type { SegmentTree } from '../../core/segments/tree.ts'
import { useBuilder } from './builder.ts'

export interface MenuAct {
  label: string
  /** shown beside it; undefined: none */
  keys?: string
  edit: (tree: SegmentTree, path: Path) => Edited | null
}

/** By the key that is pressed with Alt. */
export const moveActs: Readonly<Record<string, MenuAct>> = {
  ArrowUp: { label: 'Move up', keys: 'Alt ↑', edit: moveUp },
  ArrowDown: { label: 'Move down', keys: 'Alt ↓', edit: moveDown },
  ArrowRight: { label: 'Move into the group above', keys: 'Alt →', edit: moveInto },
  ArrowLeft: { label: 'Move out of the group', keys: 'Alt ←', edit: moveOut },
}

const others: readonly MenuAct[] = [
  { label: 'Group with the next', edit: groupWithNext },
  { label: 'Duplicate', edit: duplicate },
]

export function ItemMenu({ path, name, isGroup }: { path: Path; name: string; isGroup: boolean }) {
  const { tree, edit, isReadOnly } = useBuilder()
  const item = ({ label, keys, edit: act }: MenuAct): ReactNode => {
    const edited = act(tree, path)
    return (
      <Menu.Item
        key={label}
        disabled={edited === null}
        onClick={() => edit(edited, label)}
        rightSection={
          keys && (
            <Text size="xs" c="dimmed">
              {keys}
            </Text>
          )
        }
      >
        {label}
      </Menu.Item>
    )
  }
  return (
    <Menu
      position="bottom-end"
      withinPortal={false}
      withInitialFocusPlaceholder={false}
      width={250}
      returnFocus={false}
    >
      <Menu.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="md"
          aria-label={`Move or remove: ${name}`}
          disabled={isReadOnly}
        >
          <IconDots size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {Object.values(moveActs).map(item)}
        <Menu.Divider />
        {others.map(item)}
        {isGroup && item({ label: 'Dissolve the group', edit: ungroup })}
        <Menu.Divider />
        <Menu.Item color="var(--mantine-color-error)" onClick={() => edit(remove(tree, path), 'Remove')}>
          Remove
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
