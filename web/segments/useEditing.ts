/** The tree and the name that somebody is editing: with undo, what is saved of it, the focus after an edit and what is said about it. */
import { useCallback, useEffect, useRef, useState } from 'react'
import { type Edited, nodeAt, type Path, placeOf, update } from '../../core/segments/edit-tree.ts'
import type { Node, SegmentTree } from '../../core/segments/tree.ts'
import { begin, recordEdit, redo, undo } from './history.ts'

export interface SavedSegment {
  name: string
  tree: SegmentTree
}

export function useEditing(initial: SavedSegment) {
  const [history, setHistory] = useState(() => begin(initial.tree))
  const [name, setName] = useState(initial.name)
  const [saved, setSaved] = useState(initial)
  const [said, setSaid] = useState({ edit: '', count: '' })
  const say = (edit: string) => setSaid({ edit, count: '' })
  const root = useRef<HTMLDivElement>(null)
  const focusNext = useRef<string | null>(null)
  const { tree } = history

  useEffect(() => {
    if (focusNext.current === null) return
    const place = focusNext.current
    focusNext.current = null
    const item = root.current?.querySelector<HTMLElement>(`[data-place="${CSS.escape(place)}"]`)
    item?.focus()
    item?.scrollIntoView({ block: 'nearest' })
  })

  const edit = (edited: Edited | null, label: string) => {
    if (edited === null) {
      say(`${label}: not possible here.`)
      return
    }
    focusNext.current = placeOf(edited.path)
    setHistory(before => recordEdit(before, edited.tree, label))
    say(`${label}. ${placeInWords(edited)}`)
  }
  const change = (path: Path, node: Node) => {
    setHistory(before => {
      const changed = update(before.tree, path, node)
      return changed ? recordEdit(before, changed.tree, 'Change a condition', placeOf(path)) : before
    })
  }
  const sayCount = useCallback((count: string) => setSaid(({ edit }) => ({ edit, count })), [])
  const step = (to: typeof undo, word: string) => {
    const next = to(history)
    if (next === history) return
    setHistory(next)
    say(`${word}.`)
  }
  return {
    tree,
    name,
    setName,
    edit,
    change,
    /** another tree as a whole, as one step */
    replace: (other: SegmentTree, label: string) => setHistory(before => recordEdit(before, other, label)),
    undo: () => step(undo, 'Undone'),
    redo: () => step(redo, 'Redone'),
    /** what undo and redo would undo and redo; undefined: nothing */
    undoes: history.past.at(-1)?.label,
    redoes: history.future[0]?.label,
    isDirty: name !== saved.name || JSON.stringify(tree) !== JSON.stringify(saved.tree),
    markSaved: setSaved,
    /** for the live region: the latest edit, and how many people it leaves */
    said: `${said.edit} ${said.count}`.trim(),
    sayCount,
    root,
  }
}

export type Editing = ReturnType<typeof useEditing>

/** "Row 2 of 3." */
function placeInWords({ tree, path }: Edited): string {
  const at = path.at(-1)
  const group = nodeAt(tree, path.slice(0, -1))
  if (at === undefined || group?.kind !== 'group') return ''
  return `Row ${path.map(i => i + 1).join('.')}, place ${at + 1} of ${group.items.length}.`
}
