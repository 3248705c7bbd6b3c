/**
 * Does a time, or a day, that somebody wrote exist? Strictly as RFC 3339 has it, with zone and seconds, and on the calendar: no
 * 30 February, no hour 24, no 60th second (neither JavaScript nor PostgreSQL keeps a leap second), years 1970 to 9999.
 */
const time = /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/
const latestMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/** "2026-03-02T10:00:00+01:00"; `new Date` of it is what was meant. */
export function isTime(text: string): boolean {
  const day = time.exec(text)?.[1]
  const ms = day !== undefined && isDay(day) ? Date.parse(text) : Number.NaN
  return ms >= 0 && ms <= latestMs
}

/** "2026-03-02T10:00", with seconds and an offset or without. */
export function isDateTime(text: string): boolean {
  const day = /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?$/.exec(
    text,
  )?.[1]
  return day !== undefined && isDay(day)
}

/** "2026-03-02" */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false
  const ms = Date.parse(`${text}T00:00:00Z`)
  // 30 February is read as 2 March.
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)
}
