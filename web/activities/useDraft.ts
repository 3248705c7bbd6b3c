/** The draft that the wizard edits: saved automatically (draftSaver.ts), asked about before the tab closes. */
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { answer, api } from '../api/client.ts'
import { DraftSaver, type SaveState as SaveStateOf } from './draftSaver.ts'
import { type Activity, activityQuery } from './queries.ts'

export type Fields = Pick<
  Activity,
  'name' | 'sender' | 'body' | 'smart' | 'utm' | 'sendTo' | 'gatewayId' | 'sendAt' | 'latestAt'
>
export type SaveState = SaveStateOf<Activity, Fields>

export interface Draft {
  fields: Fields
  /** What is missing, as the server last said. */
  problems: Activity['problems']
  revision: number
  state: SaveState
  change: (fields: Partial<Fields>) => void
  /** Saves at once; true when the server has everything. */
  flush: () => Promise<boolean>
  resolve: (keep: 'mine' | 'theirs') => void
}

const path = '/api/v1/workspaces/{w}/activities/{id}'

export function useDraft(workspace: number, initial: Activity): Draft {
  const queries = useQueryClient()
  const [saver] = useState(() => {
    const params = { path: { w: workspace, id: initial.id } }
    const keep = (activity: Activity) => {
      queries.setQueryData(activityQuery(workspace, initial.id).queryKey, activity)
      return activity
    }
    return new DraftSaver<Activity, Fields>(initial, {
      save: async (revision, changed) =>
        keep(await answer(api.PATCH(path, { params, body: { revision, ...changed } }))),
      load: async () => keep(await answer(api.GET(path, { params }))),
    })
  })
  const { fields, server, state } = useSyncExternalStore(saver.subscribe, saver.read)

  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => {
      if (saver.dirty) event.preventDefault()
    }
    window.addEventListener('beforeunload', ask)
    return () => {
      window.removeEventListener('beforeunload', ask)
      void saver.flush()
    }
  }, [saver])

  return {
    fields,
    problems: server.problems,
    revision: server.revision,
    state,
    change: saver.change,
    flush: saver.flush,
    resolve: saver.resolve,
  }
}
