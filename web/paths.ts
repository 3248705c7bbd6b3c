/** All addresses of the pages, each written once. The functions return options for <Link> and navigate(). */
import { linkOptions } from '@tanstack/react-router'
import type { StepPath } from '../core/activities/steps.ts'
import type { SegmentTree } from '../core/segments/tree.ts'
import { writeIds } from './report/compare/ids.ts'
import type { ReportSearch, StartSearch } from './search.ts'
import type { CsvChoice } from './ui/ExportMenu.tsx'

const of = (workspace: number) => ({ workspace: String(workspace) })
const ofActivity = (workspace: number, activity: number | string) => ({ ...of(workspace), activity: String(activity) })

export const paths = {
  signIn: () => linkOptions({ to: '/sign-in' }),
  home: () => linkOptions({ to: '/' }),
  sms: (workspace: number, search: StartSearch = {}) =>
    linkOptions({ to: '/w/$workspace/sms', params: of(workspace), search }),
  edit: (workspace: number, activity: number | string, step: StepPath = 'details') =>
    linkOptions({ to: '/w/$workspace/sms/$activity/edit/$step', params: { ...ofActivity(workspace, activity), step } }),
  report: (
    workspace: number,
    activity: number | string,
    search: Pick<ReportSearch, 'tab' | 'link' | 'bots' | 'reason'> = {},
  ) => linkOptions({ to: '/w/$workspace/sms/$activity/report', params: ofActivity(workspace, activity), search }),
  /** Compares 2 to 10 activities. */
  compare: (workspace: number, ids: readonly number[] = []) => {
    const written = writeIds(ids)
    return linkOptions({
      to: '/w/$workspace/sms/compare',
      params: of(workspace),
      search: written === undefined ? {} : { ids: written },
    })
  },
  profiles: (workspace: number) => linkOptions({ to: '/w/$workspace/profiles', params: of(workspace) }),
  profile: (workspace: number, profile: number) =>
    linkOptions({ to: '/w/$workspace/profiles/$profile', params: { ...of(workspace), profile: String(profile) } }),
  segments: (workspace: number) => linkOptions({ to: '/w/$workspace/segments', params: of(workspace) }),
  /** `from`: the conditions to begin with. */
  newSegment: (workspace: number, search: { from?: SegmentTree; name?: string } = {}) =>
    linkOptions({ to: '/w/$workspace/segments/new', params: of(workspace), search }),
  segment: (workspace: number, id: number) =>
    linkOptions({ to: '/w/$workspace/segments/$segment', params: { ...of(workspace), segment: String(id) } }),
  segmentFromList: (workspace: number) =>
    linkOptions({ to: '/w/$workspace/segments/from-list', params: of(workspace) }),
  segmentList: (workspace: number, list: number) =>
    linkOptions({ to: '/w/$workspace/segments/lists/$list', params: { ...of(workspace), list: String(list) } }),
  imports: (workspace: number) => linkOptions({ to: '/w/$workspace/imports', params: of(workspace) }),
  newImport: (workspace: number) => linkOptions({ to: '/w/$workspace/imports/new', params: of(workspace) }),
  import: (workspace: number, id: number) =>
    linkOptions({ to: '/w/$workspace/imports/$import', params: { ...of(workspace), import: String(id) } }),
  gateways: (workspace: number) => linkOptions({ to: '/w/$workspace/settings/gateways', params: of(workspace) }),
  general: (workspace: number) => linkOptions({ to: '/w/$workspace/settings/general', params: of(workspace) }),
  topics: (workspace: number) => linkOptions({ to: '/w/$workspace/settings/topics', params: of(workspace) }),
  tags: (workspace: number) => linkOptions({ to: '/w/$workspace/settings/tags', params: of(workspace) }),
  attributes: (workspace: number) => linkOptions({ to: '/w/$workspace/settings/attributes', params: of(workspace) }),
  website: (workspace: number) => linkOptions({ to: '/w/$workspace/settings/website', params: of(workspace) }),
  apiKeys: (workspace: number) => linkOptions({ to: '/w/$workspace/settings/api-keys', params: of(workspace) }),
  members: (workspace: number) => linkOptions({ to: '/w/$workspace/settings/members', params: of(workspace) }),
  audit: (workspace: number) => linkOptions({ to: '/w/$workspace/settings/audit', params: of(workspace) }),
  unmatched: (workspace: number) => linkOptions({ to: '/w/$workspace/settings/unmatched', params: of(workspace) }),
  account: (workspace: number) => linkOptions({ to: '/w/$workspace/settings/account', params: of(workspace) }),
}

const api = (workspace: number) => `/api/v1/workspaces/${workspace}`

interface ExportedList {
  tab: string
  format: string
  csv: CsvChoice
  filters: object
  announced: number
}

/** The values that are given, as a query. */
const query = (values: object) =>
  new URLSearchParams(
    Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])),
  )

/** Addresses that the browser opens without the API client: downloads and the stream of live figures. */
export const downloads = {
  list: (workspace: number, activity: number | string, { tab, format, csv, filters, announced }: ExportedList) =>
    `${api(workspace)}/activities/${activity}/export/${tab}?${query({ format, ...csv, export: announced, ...filters })}`,
  /** the list of the start page, with its filters */
  activities: (workspace: number, values: object) => `${api(workspace)}/activities/export?${query(values)}`,
  segment: (workspace: number, id: number, values: object) =>
    `${api(workspace)}/segments/${id}/export?${query(values)}`,
  unmatchedEntries: (workspace: number, list: number) => `${api(workspace)}/segments/lists/${list}/unmatched.csv`,
  known: (workspace: number, profile: number) => `${api(workspace)}/profiles/${profile}/known`,
  rejectedRows: (workspace: number, id: number) => `${api(workspace)}/imports/${id}/rejected`,
}
export const streams = {
  report: (workspace: number, activity: number | string) => `${api(workspace)}/activities/${activity}/live`,
}
