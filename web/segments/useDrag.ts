/**
 * Drags an item of the tree to another place, by mouse, pen or finger. Pointer events alone: the browser's own drag and drop knows no touch. The
 * keyboard has the menu of each item and Alt with an arrow.
 */
import { type PointerEvent, useEffect, useRef, useState } from 'react'
import { type Edited, groupAt, moveTo, type Path, pathOf, placeOf } from '../../core/segments/edit-tree.ts'
import type { SegmentTree } from '../../core/segments/tree.ts'

/** Where the item would go: the item beside which it is shown, and on which side of it. */
export interface Drop {
  readonly place: string
  readonly side: 'before' | 'after' | 'into'
}

interface Dragging {
  readonly from: string
  readonly drop: (Drop & { readonly edited: Edited }) | null
}

/** As wide as the edge of a group where a drop goes beside it and not into it. */
const edgePx = 10
/** So near to the edge of the window it scrolls. */
const scrollPx = 56

export function useDrag(tree: SegmentTree, onMove: (edited: Edited) => void) {
  const [dragging, setDragging] = useState<Dragging | null>(null)
  const pointer = useRef<number | null>(null)
  const stop = () => {
    pointer.current = null
    setDragging(null)
  }
  const isDragging = dragging !== null
  // biome-ignore lint/correctness/useExhaustiveDependencies: stop changes nothing that it would miss
  useEffect(() => {
    if (!isDragging) return
    const onKey = (event: KeyboardEvent) => event.key === 'Escape' && stop()
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [isDragging])

  const handle = (place: string) => ({
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (event.button !== 0) return
      event.preventDefault()
      event.currentTarget.setPointerCapture(event.pointerId)
      pointer.current = event.pointerId
      setDragging({ from: place, drop: null })
    },
    onPointerMove: ({ pointerId, clientX, clientY }: PointerEvent<HTMLElement>) => {
      if (pointer.current !== pointerId) return
      if (clientY < scrollPx) window.scrollBy(0, -scrollPx / 4)
      else if (clientY > window.innerHeight - scrollPx) window.scrollBy(0, scrollPx / 4)
      setDragging({ from: place, drop: dropAt(tree, pathOf(place), clientX, clientY) })
    },
    onPointerUp: ({ pointerId }: PointerEvent<HTMLElement>) => {
      if (pointer.current !== pointerId) return
      const edited = dragging?.drop?.edited
      stop()
      if (edited) onMove(edited)
    },
    onPointerCancel: stop,
  })
  return { dragged: dragging?.from ?? null, drop: dragging?.drop ?? null, handle }
}

/** Null: it would stay where it is, or not fit there. */
function dropAt(tree: SegmentTree, from: Path, x: number, y: number): Dragging['drop'] {
  const item = document.elementFromPoint(x, y)?.closest<HTMLElement>('[data-place]')
  const place = item?.dataset.place
  if (!item || place === undefined) return null
  const path = pathOf(place)
  const { top, bottom } = item.getBoundingClientRect()
  const to = (parent: Path, at: number, drop: Drop) => {
    const edited = moveTo(tree, from, parent, at)
    return edited && { ...drop, edited }
  }
  const beside = (side: 'before' | 'after') =>
    to(path.slice(0, -1), (path.at(-1) ?? 0) + (side === 'after' ? 1 : 0), { place, side })
  const group = groupAt(tree, path)
  if (group === undefined) return beside(y < (top + bottom) / 2 ? 'before' : 'after')
  if (path.length > 0 && y < top + edgePx) return beside('before')
  if (path.length > 0 && y > bottom - edgePx) return beside('after')
  const above = group.items.filter((_, i) => {
    const inner = document.querySelector(`[data-place="${CSS.escape(placeOf([...path, i]))}"]`)?.getBoundingClientRect()
    return inner !== undefined && (inner.top + inner.bottom) / 2 < y
  }).length
  return to(path, above, { place, side: 'into' })
}
