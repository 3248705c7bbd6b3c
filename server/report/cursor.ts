/**
 * Where does the next page of a list begin, or the one before end? A cursor names a row: its tab, its order, what it is ordered by,
 * its profile. It is opaque to clients and checked when it comes back: another list's, or one that was tampered with, is refused.
 */
import { problem } from '../../core/problems.ts'
import type { Tab } from '../../core/report/tabs.ts'
import { isTime } from '../../core/times.ts'

/** keys: as sent; newest: by the tab's time, latest first; name: by first and last name, up to SORTABLE_ROWS. */
export type Order = Tab['order'] | 'name'

export interface Position {
  profileId: number
  /** newest: ISO with microseconds, as PostgreSQL has it; name: the beginning of the name; keys: null */
  value: string | null
}

export function writeCursor(tab: Tab, order: Order, { profileId, value }: Position): string {
  return Buffer.from(JSON.stringify([tab.key, order, profileId, value])).toString('base64url')
}

/** As a cursor can be at most; `maxLength` of its parameter. */
export const maxCursor = 700

/** Throws invalid_input where the text is no cursor of this list. */
export function readCursor(tab: Tab, order: Order, text: string, where: string): Position {
  const fault = problem('invalid_input', { where, what: `is no cursor of the list "${tab.key}" in this order` })
  if (text.length > maxCursor) throw fault
  const [key, of, profileId, value] = parse(text) ?? []
  if (key !== tab.key || of !== order) throw fault
  if (typeof profileId !== 'number' || !Number.isSafeInteger(profileId) || profileId < 0) throw fault
  if (order === 'keys' && value === null) return { profileId, value }
  if (typeof value !== 'string' || value.includes('\0') || !value.isWellFormed()) throw fault
  if (order === 'name') return { profileId, value }
  if (!/\.\d{6}Z$/.test(value) || !isTime(value)) throw fault
  return { profileId, value }
}

function parse(text: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    return Array.isArray(value) && value.length === 4 ? value : undefined
  } catch {
    return undefined
  }
}
