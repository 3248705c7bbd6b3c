/** The sizes of a segment as days of a calendar. A day without a count stays empty: it is a gap, never 0. */

export interface DaySize {
  day: string
  /** null: not counted */
  size: number | null
}

const dayMs = 86_400_000
const after = (day: string, n: number) =>
  new Date(Date.parse(`${day}T00:00:00Z`) + n * dayMs).toISOString().slice(0, 10)

/** Each day from the first to the last of them, oldest first. */
export function everyDay<Size extends DaySize>(sizes: readonly Size[]): (Size | DaySize)[] {
  const byDay = new Map(sizes.map(size => [size.day, size]))
  const days = [...byDay.keys()].toSorted()
  const [first, last] = [days[0], days.at(-1)]
  if (first === undefined || last === undefined) return []
  const all: (Size | DaySize)[] = []
  for (let day = first; day <= last; day = after(day, 1)) all.push(byDay.get(day) ?? { day, size: null })
  return all
}

/** Stretches of days that were counted, by their places: lines do not cross a gap. */
export function countedStretches(days: readonly DaySize[]): { at: number; size: number }[][] {
  const stretches: { at: number; size: number }[][] = []
  let open = false
  for (const [at, { size }] of days.entries()) {
    if (size === null) {
      open = false
      continue
    }
    if (!open) stretches.push([])
    stretches.at(-1)?.push({ at, size })
    open = true
  }
  return stretches
}

export interface SizeRow {
  from: string
  /** the same day but for days that nobody counted */
  to: string
  size: number | null
  /** since the count before; null: there is none, or it is of other conditions */
  change: number | null
  why: 'slow' | 'broken' | null
  isOther: boolean
}

interface Counted extends DaySize {
  why: 'slow' | 'broken' | null
  isOther: boolean
}

/** The rows of a table, newest first. Days on which nothing ran are one row. */
export function rowsOf(sizes: readonly Counted[]): SizeRow[] {
  const byDay = new Map(sizes.map(size => [size.day, size]))
  const rows: SizeRow[] = []
  let before: number | null = null
  for (const { day } of everyDay(sizes)) {
    const counted = byDay.get(day)
    const last = rows.at(-1)
    if (counted === undefined) {
      if (last && last.size === null && last.why === null) last.to = day
      else rows.push({ from: day, to: day, size: null, change: null, why: null, isOther: false })
      continue
    }
    const { size, why, isOther } = counted
    if (isOther) before = null
    rows.push({
      from: day,
      to: day,
      size,
      why,
      isOther,
      change: size === null || before === null ? null : size - before,
    })
    before = size ?? before
  }
  return rows.toReversed()
}

const short = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })

/** "28 Mar": for an axis. */
export const shortDay = (day: string): string => (day === '' ? '' : short.format(new Date(`${day}T00:00:00Z`)))
