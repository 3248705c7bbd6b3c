/** What a page keeps in its address (its search, in the router's word): how it is read, and how a filter changes it. */

/** What a list keeps there: its search, and where the page begins or ends. */
export interface ListSearch {
  search?: string
  /** the cursor of the page before */
  after?: string
  /** the cursor of the page after */
  before?: string
}

type Patch<Search> = { [Key in keyof Search]?: Search[Key] | undefined }

/**
 * Another filter, search or order, for `navigate({ search: narrow({ bounce }) })`. A cursor belongs to the list that it was read
 * from, so the narrower list begins at its first page. What is undefined leaves the address.
 */
export function narrow<Search extends ListSearch>(patch: Patch<Search>): (search: Search) => Search {
  return search => present({ ...search, after: undefined, before: undefined, ...patch })
}

/** Leaves out what is not set, so that addresses stay short. */
export const present = <T extends object>(search: T): T =>
  Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined)) as T

export const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined

export const oneOf = <T extends string>(values: readonly T[], value: unknown): T | undefined =>
  values.find(v => v === value)

export const listSearch = (search: Record<string, unknown>): ListSearch =>
  present({ search: text(search.search), after: text(search.after), before: text(search.before) } as ListSearch)
