/**
 * Time zones by their IANA names, as Intl knows them: in the browser and on the server. An instant is a number of milliseconds since
 * 1970; a wall time is text without a zone ("2026-03-29 09:30:00"). A name that `isZone` refuses is a RangeError in the other functions.
 */

interface Zone {
  format: Intl.DateTimeFormat
  /** offset by hour since 1970; null: it changes within this hour */
  offsets: Map<number, number | null>
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
/** Intl takes 5 µs for an offset, the cache 0.1 µs. A year has fewer hours than this. */
const cachedHours = 10_000

const zones = new Map<string, Zone>()

export function isZone(name: string): boolean {
  try {
    zoneOf(name)
    return true
  } catch {
    return false
  }
}

/** Milliseconds that the clocks of the zone are ahead of UTC at an instant: 3,600,000 for Stockholm in winter. */
export function offsetAt(zone: string, at: number): number {
  const { format, offsets } = zoneOf(zone)
  const hour = Math.floor(at / hourMs)
  let offset = offsets.get(hour)
  if (offset === undefined) {
    // Not every change falls on a quarter of an hour: Newfoundland's came at 00:01 for twenty years.
    const [first, last] = [readOffset(format, hour * hourMs), readOffset(format, (hour + 1) * hourMs - 1)]
    offset = first === last ? first : null
    if (offsets.size >= cachedHours) offsets.clear()
    offsets.set(hour, offset)
  }
  return offset ?? readOffset(format, at)
}

/** What calendar and clock of the zone show at an instant: { date: "2026-03-29", time: "09:30:00" }. */
export function localAt(zone: string, at: number): { date: string; time: string } {
  const shown = new Date(at + offsetAt(zone, at)).toISOString()
  const middle = shown.indexOf('T')
  return { date: shown.slice(0, middle), time: shown.slice(middle + 1, middle + 9) }
}

/**
 * The instant of a wall time in the zone. A time that the clocks skip becomes the same time after the change; of a time that
 * happens twice it is the first. NaN or a RangeError for text that is no wall time.
 */
export function instantOf(zone: string, wall: string): number {
  const asUtc = Date.parse(`${wall.replace(' ', 'T')}Z`)
  const before = asUtc - offsetAt(zone, asUtc - dayMs)
  const after = asUtc - offsetAt(zone, asUtc + dayMs)
  const fits = [before, after].filter(at => at + offsetAt(zone, at) === asUtc)
  return fits.length > 0 ? Math.min(...fits) : before
}

function zoneOf(name: string): Zone {
  let zone = zones.get(name)
  if (zone === undefined) {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' })
    zone = { format, offsets: new Map() }
    zones.set(name, zone)
  }
  return zone
}

/** Intl writes "11/23/2026, GMT+01:00", "GMT" alone for UTC, and seconds for the local times of long ago: "GMT+01:12:12". */
function readOffset(format: Intl.DateTimeFormat, at: number): number {
  const found = /([+-])(\d\d):(\d\d)(?::(\d\d))?$/.exec(format.format(at))
  if (found === null) return 0
  const seconds = Number(found[2]) * 3600 + Number(found[3]) * 60 + Number(found[4] ?? 0)
  return (found[1] === '-' ? -seconds : seconds) * 1000
}
