/** What prevents sending and counting now, and which of these alarms this person has hidden. */
import { queryOptions } from '@tanstack/react-query'
import { useState } from 'react'
import { type Answer, answer, api, items } from '../api/client.ts'

export type Alarm = Answer<'/api/v1/workspaces/{w}/alarms', 'get'>['items'][number]

/** Asked again every 10 s while the page is seen. */
export function alarmsQuery(workspace: number) {
  return queryOptions({
    queryKey: ['alarms', workspace],
    queryFn: ({ signal }) =>
      items(answer(api.GET('/api/v1/workspaces/{w}/alarms', { params: { path: { w: workspace } }, signal }))),
    staleTime: 5_000,
    refetchInterval: 10_000,
  })
}

/** With its sentence: an alarm that says something else is shown again. */
const nameOf = ({ id, sentence }: Alarm) => `${id} ${sentence}`

/**
 * Hidden by this person in this browser, until the alarm changes or is raised again. Of cleared alarms nothing
 * is kept.
 */
export function usePutAside(user: string, standing: readonly Alarm[]) {
  const key = `homing-alarms-put-aside-${user}`
  const [aside, setAside] = useState(() => read(key))
  return {
    isAside: (alarm: Alarm) => aside.includes(nameOf(alarm)),
    putAside(alarm: Alarm) {
      const names = [...aside.filter(name => standing.some(one => nameOf(one) === name)), nameOf(alarm)]
      setAside(names)
      try {
        localStorage.setItem(key, JSON.stringify(names))
      } catch {
        // storage is full or forbidden: put aside until the page is loaded again
      }
    },
  }
}

function read(key: string): string[] {
  try {
    const names: unknown = JSON.parse(localStorage.getItem(key) ?? '[]')
    return Array.isArray(names) ? names.filter(name => typeof name === 'string') : []
  } catch {
    return []
  }
}
