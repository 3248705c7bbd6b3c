/**
 * Where does the next page of a list begin? A cursor names the last row of a page: its tab, its time in lists by time, its
 * profile. It is opaque to clients and checked when it comes back: another tab's, or one that was tampered with, is refused.
 */
import { problem } from '../../core/problems.ts'
import type { Tab } from '../../core/report/tabs.ts'

export interface Position {
  profileId: number
  /** ISO with microseconds, as PostgreSQL has it; lists in key order have none */
  at: string | null
}

export function writeCursor(tab: Tab, { profileId, at }: Position): string {
  return Buffer.from(JSON.stringify([tab.key, profileId, at])).toString('base64url')
}

/** Throws invalid_input where the text is no cursor of this tab. */
export function readCursor(tab: Tab, text: string): Position {
  const fault = problem('invalid_input', { where: 'after', what: `is no cursor of the list "${tab.key}"` })
  if (text.length > 200) throw fault
  const [key, profileId, at] = parse(text) ?? []
  if (key !== tab.key || typeof profileId !== 'number' || !Number.isSafeInteger(profileId) || profileId < 0) throw fault
  if (tab.order === 'keys' && at === null) return { profileId, at }
  if (tab.order === 'newest' && typeof at === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(at))
    if (!Number.isNaN(Date.parse(at))) return { profileId, at }
  throw fault
}

function parse(text: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    return Array.isArray(value) && value.length === 3 ? value : undefined
  } catch {
    return undefined
  }
}
