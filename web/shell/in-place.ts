/** Keeps alarms in their places while a page is open, so that what is below them does not jump when one ends. */
import { useLocation } from '@tanstack/react-router'
import { useState } from 'react'

export interface Placed<One> {
  alarm: One
  /** It ended while the page was open. */
  isOver: boolean
}

/** What is shown keeps its place, with what is new about it; what came since follows. */
export function inPlace<One extends { id: number }>(
  shown: readonly Placed<One>[],
  standing: readonly One[],
): Placed<One>[] {
  const now = new Map(standing.map(alarm => [alarm.id, alarm]))
  const kept = shown.map(({ alarm }) => {
    const found = now.get(alarm.id)
    return found ? { alarm: found, isOver: false } : { alarm, isOver: true }
  })
  const known = new Set(shown.map(({ alarm }) => alarm.id))
  return [...kept, ...standing.filter(({ id }) => !known.has(id)).map(alarm => ({ alarm, isOver: false }))]
}

/** Until the person goes to another page, or hides it. */
export function useInPlace<One extends { id: number }>(standing: readonly One[]) {
  const { pathname } = useLocation()
  const [seen, setSeen] = useState<{ pathname: string; standing: readonly One[]; placed: Placed<One>[] }>()
  const isSame = seen?.pathname === pathname
  const placed = isSame && seen.standing === standing ? seen.placed : inPlace(isSame ? seen.placed : [], standing)
  if (!isSame || seen.standing !== standing) setSeen({ pathname, standing, placed })
  return {
    placed,
    remove: ({ id }: One) => setSeen({ pathname, standing, placed: placed.filter(({ alarm }) => alarm.id !== id) }),
  }
}
