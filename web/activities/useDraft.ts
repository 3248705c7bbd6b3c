/** The draft that the wizard edits: saved automatically (draftSaver.ts), asked about before the tab closes. */
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { type Content, type ContentChange, contentChangeOf } from '../../core/activities/content.ts'
import { answer, api } from '../api/client.ts'
import { DraftSaver, type SaveState as SaveStateOf } from './draftSaver.ts'
import { type Activity, activityQuery } from './queries.ts'
import { isLeftUntouched } from './untouchedDrafts.ts'

export type DraftFields = Pick<
  Activity,
  'name' | 'content' | 'sendTo' | 'gatewayId' | 'sendAt' | 'latestAt' | 'reminder'
>
/** Of content the fields that change, so that two people may change different ones. */
export type Changes = Partial<Omit<DraftFields, 'content'>> & { content?: ContentChange }
export type DraftSaveState = SaveStateOf<Activity, Changes>

/** `Of`: of one channel, for its pages (wizard/sms/smsDraft.ts). */
export interface Draft<Of extends Content = Content> {
  fields: Omit<DraftFields, 'content'>
  /** What is sent; its channel decides which pages edit it (wizard/channels.tsx). */
  content: Of
  /** What is missing, as the server last said. */
  problems: Activity['problems']
  revision: number
  state: DraftSaveState
  change: (changes: Changes) => void
  changeContent(fields: Partial<Of>): void
  /** Saves at once; true when the server has everything. */
  flush: () => Promise<boolean>
  resolve: (keep: 'mine' | 'theirs') => void
}

function lay<T extends DraftFields | Changes>(below: T, { content, ...changes }: Changes): T {
  return { ...below, ...changes, ...(content && { content: { ...below.content, ...content } }) }
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
    const calls = {
      save: async (revision: number, changed: Changes) =>
        keep(await answer(api.PATCH(path, { params, body: { revision, ...changed } }))),
      load: async () => keep(await answer(api.GET(path, { params }))),
    }
    return new DraftSaver<Activity, DraftFields, Changes>(initial, calls, lay)
  })
  const { fields, server, state } = useSyncExternalStore(saver.subscribe, saver.read)

  useEffect(() => {
    const renewLists = () => queries.invalidateQueries({ queryKey: ['activities', workspace] })
    const ask = (event: BeforeUnloadEvent) => {
      if (saver.dirty) event.preventDefault()
    }
    window.addEventListener('beforeunload', ask)
    return () => {
      window.removeEventListener('beforeunload', ask)
      if (isLeftUntouched(initial.id, saver.read().server.revision, saver.dirty))
        void api.DELETE(path, { params: { path: { w: workspace, id: initial.id } } }).then(renewLists, renewLists)
      else void saver.flush()
    }
  }, [saver, workspace, initial.id, queries])

  return {
    fields,
    content: fields.content,
    problems: server.problems,
    revision: server.revision,
    state,
    change: saver.change,
    changeContent: changed => saver.change({ content: contentChangeOf(fields.content.channel, changed) }),
    flush: saver.flush,
    resolve: saver.resolve,
  }
}
