/** What the pages read and do about activities. */
import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query'
import type { ContentChannel } from '../../core/activities/content.ts'
import type { RemindedPeople } from '../../core/activities/send-to.ts'
import type { Sort } from '../../core/activities/sorts.ts'
import { type ActivityState, isMoving } from '../../core/activities/states.ts'
import { type Answer, answer, api } from '../api/client.ts'
import { gatewaysQuery } from '../settings/queries.ts'

const one = '/api/v1/workspaces/{w}/activities/{id}'
export type Activity = Answer<typeof one, 'get'>
export type ActivityList = Answer<'/api/v1/workspaces/{w}/activities', 'get'>
export type ActivityRow = ActivityList['items'][number]
export type AudienceChanges = Answer<'/api/v1/workspaces/{w}/activities/{id}/changes', 'post'>
export type Overlaps = Answer<'/api/v1/workspaces/{w}/activities/{id}/overlaps', 'post'>
export type Audience = Answer<'/api/v1/workspaces/{w}/activities/{id}/audience', 'post'>

export interface ActivityListQuery {
  tab: 'drafts' | 'sent'
  search?: string | undefined
  state?: ActivityState | undefined
  from?: string | undefined
  to?: string | undefined
  sort?: Sort | undefined
  after?: string | undefined
  before?: string | undefined
}

/** Do its figures change: is it being sent, or about to be? `now`: business time, ms. */
export function moves(row: Pick<ActivityRow, 'state' | 'when'>, now: number): boolean {
  if (row.state === 'scheduled') return Date.parse(row.when) - now < 60_000
  return isMoving(row.state)
}

/** Its recipients are counted when it starts. */
export const hasNotStarted = ({ recipients }: Pick<ActivityRow, 'recipients'>): boolean => recipients === null

/** Read again every 2 s while figures of a row change, else every 20 s; never while the page is hidden. */
export function activitiesQuery(workspace: number, query: ActivityListQuery) {
  return queryOptions({
    queryKey: ['activities', workspace, query],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/v1/workspaces/{w}/activities', {
          params: { path: { w: workspace }, query: present(query) },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    staleTime: 0,
    refetchInterval: ({ state: { data } }) =>
      data?.items.some(row => moves(row, Date.parse(data.asOf))) ? 2_000 : 20_000,
  })
}

export function activityQuery(workspace: number, id: number) {
  return queryOptions({
    queryKey: ['activity', workspace, id],
    queryFn: ({ signal }) => answer(api.GET(one, { params: { path: { w: workspace, id } }, signal })),
  })
}

/** Asked again every 10 s while something is set aside, as it is being spent then. */
export function creditsQuery(workspace: number) {
  return queryOptions({
    queryKey: ['credits', workspace],
    queryFn: ({ signal }) =>
      answer(api.GET('/api/v1/workspaces/{w}/credits', { params: { path: { w: workspace } }, signal })),
    staleTime: 0,
    refetchInterval: ({ state }) => (Number(state.data?.reserved.credits ?? 0) > 0 ? 10_000 : 60_000),
  })
}

/** After a change of an activity: what the pages show of it. */
export function useRenewActivity(workspace: number): () => Promise<void> {
  const queries = useQueryClient()
  return async () => {
    await Promise.all(
      ['activities', 'activity', 'report'].map(name => queries.invalidateQueries({ queryKey: [name, workspace] })),
    )
  }
}

export interface Reminding {
  activity: number
  planned?: 'replace' | 'keep'
  /** without it: that of the activity */
  channel?: ContentChannel
  who?: RemindedPeople
}

/** The acts on one activity; each renews what the pages show of it. */
export function useActs(workspace: number) {
  const queries = useQueryClient()
  const onSettled = useRenewActivity(workspace)
  const params = (id: number) => ({ params: { path: { w: workspace, id } } })
  const act = (id: number) => ({ ...params(id), body: {} })
  return {
    create: useMutation({
      mutationFn: async ({ name, channel }: { name: string; channel: ContentChannel }) => {
        const gateways = await queries.fetchQuery(gatewaysQuery(workspace))
        const [gateway, ...others] = gateways.filter(one => one.channel === channel)
        return answer(
          api.POST('/api/v1/workspaces/{w}/activities', {
            params: { path: { w: workspace } },
            // Where there is one gateway only, there is nothing to choose.
            body: { name, content: { channel }, ...(gateway && others.length === 0 && { gatewayId: gateway.id }) },
          }),
        )
      },
      onSettled,
    }),
    unschedule: useMutation({ mutationFn: (id: number) => answer(api.POST(`${one}/unschedule`, act(id))), onSettled }),
    duplicate: useMutation({ mutationFn: (id: number) => answer(api.POST(`${one}/duplicate`, act(id))), onSettled }),
    remind: useMutation({
      mutationFn: ({ activity, ...choice }: Reminding) =>
        answer(api.POST(`${one}/remind`, { ...params(activity), body: choice })),
      onSettled,
    }),
    pause: useMutation({ mutationFn: (id: number) => answer(api.POST(`${one}/pause`, act(id))), onSettled }),
    resume: useMutation({ mutationFn: (id: number) => answer(api.POST(`${one}/resume`, act(id))), onSettled }),
    cancel: useMutation({ mutationFn: (id: number) => answer(api.POST(`${one}/cancel`, act(id))), onSettled }),
    restore: useMutation({ mutationFn: (id: number) => answer(api.POST(`${one}/restore`, act(id))), onSettled }),
    removeReminder: useMutation({
      mutationFn: (id: number) => answer(api.DELETE(`${one}/reminder`, params(id))),
      onSettled,
    }),
    remove: useMutation({ mutationFn: (id: number) => answer(api.DELETE(one, params(id))), onSettled }),
  }
}

function present(query: ActivityListQuery) {
  return {
    tab: query.tab,
    ...(query.search && { search: query.search }),
    ...(query.state && { state: query.state }),
    ...(query.from && { from: query.from }),
    ...(query.to && { to: query.to }),
    ...(query.sort && { sort: query.sort }),
    ...(query.after ? { after: query.after } : query.before && { before: query.before }),
  }
}
