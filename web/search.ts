/** The state that a page keeps in its address (the router calls it search): reading it, and changing a filter. */
import type { Sort } from '../core/activities/sorts.ts'
import type { ActivityState } from '../core/activities/states.ts'
import { currentName } from '../core/former-names.ts'
import type { ChartSpan } from '../core/report/curves.ts'
import { type BounceKind, tabs } from '../core/report/tabs.ts'
import type { SegmentSort } from '../core/segments/segment-sorts.ts'
import { isDay } from '../core/times.ts'

/** The state of a list: its search text, and the cursor of the page. */
export interface ListSearch {
  search?: string
  /** the cursor of the page before */
  after?: string
  /** the cursor of the page after */
  before?: string
}

/** The pages of the report in the order of its tabs: two of its own, then the lists. */
export const reportTabs = ['overview', 'charts', ...tabs.map(({ key }) => key)] as const
export type ReportTab = (typeof reportTabs)[number]

/** state, from, to: of the tab Scheduled & Sent. Days: "2026-03-29", both included. */
export interface StartSearch extends ListSearch {
  tab?: 'drafts' | 'sent'
  sort?: Sort
  state?: ActivityState
  from?: string
  to?: string
}

/** span, per: what the charts show. */
export interface ReportSearch extends ListSearch {
  tab?: ReportTab
  link?: number
  bots?: true
  /** default: the order of the tab */
  sort?: 'name'
  /** filter of the tab Bounced */
  bounce?: BounceKind
  /** filter of the tab Not sent */
  reason?: string
  span?: ChartSpan
  per?: 'total' | 'interval'
}

export interface SegmentsSearch extends ListSearch {
  sort?: SegmentSort
  /** those that are archived are listed too */
  archived?: true
}

export interface NewSegmentSearch {
  /** a tree of conditions to begin with: JSON, not yet checked */
  from?: unknown
  /** the proposed name */
  name?: string | undefined
}

export interface AuditSearch extends ListSearch {
  /** an action, or what is before its dot */
  action?: string
  /** as the server names who did it: "user ID" */
  actor?: string
  /** days in the time zone of the workspace, "2026-03-29"; both are included */
  from?: string
  to?: string
}

type Patch<Search> = { [Key in keyof Search]?: Search[Key] | undefined }

/**
 * Changes a filter, the search text or the order: `navigate({ search: narrow({ bounce }) })`. A cursor is valid only for the list
 * that it came from, so the new list begins at its first page. Undefined values are removed from the address.
 */
export function narrow<Search extends ListSearch>(patch: Patch<Search>): (search: Search) => Search {
  return search => present({ ...search, after: undefined, before: undefined, ...patch })
}

/** Removes undefined values, so that addresses stay short. */
export const present = <T extends object>(search: T): T =>
  Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as T

/** A bookmark may have the former name of a reason. */
export const currentReason = (value: unknown): string | undefined => {
  const reason = textOfSearch(value)
  return reason && currentName(reason)
}

export const textOfSearch = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined

/** "2026-03-29"; undefined where it is no day. */
export const dayOf = (value: unknown): string | undefined =>
  typeof value === 'string' && isDay(value) ? value : undefined

export const oneOfSearch = <T extends string>(values: readonly T[], value: unknown): T | undefined =>
  values.find(v => v === value)

export const listSearch = (search: Record<string, unknown>): ListSearch =>
  present({
    search: textOfSearch(search.search),
    after: textOfSearch(search.after),
    before: textOfSearch(search.before),
  } as ListSearch)
