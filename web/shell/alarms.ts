/** The current alarms, and which of them the user has hidden. */
import { queryOptions } from '@tanstack/react-query'
import { useState } from 'react'
import { type Answer, answer, api, items } from '../api/client.ts'

export type Alarm = Answer<'/api/v1/workspaces/{w}/alarms', 'get'>['items'][number]

/** Refetched every 10 s while the page is visible. */
export function alarmsQuery(workspace: number) {
  return queryOptions({
    queryKey: ['alarms', workspace],
    queryFn: ({ signal }) =>
      items(answer(api.GET('/api/v1/workspaces/{w}/alarms', { params: { path: { w: workspace } }, signal }))),
    staleTime: 5_000,
    refetchInterval: 10_000,
  })
}

/** Includes the sentence, so that a changed alarm is shown again. */
const nameOf = ({ id, sentence }: Alarm) => `${id} ${sentence}`

/**
 * Hidden by this user in this browser, until the alarm changes or is raised again. Cleared alarms are removed from the
 * storage.
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
        // the storage is full or forbidden: the alarm is hidden until the page is reloaded
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
