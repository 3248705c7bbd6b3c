/**
 * Maps the number of a short code to its activity, slot and profile. Every (activity, slot, profile) has one number:
 * `code_base + slot * code_span + profile id`. Slots are the links of an activity and its unsubscribe link; profile 0 is the test SMS, an
 * activity of its own with one number per slot.
 *
 * Ranges never change once drawn and are kept sorted in memory, so that a click needs no query. A freeze in another process draws new ranges:
 * a number in no known range is looked up once, by index.
 */
import { readTarget } from '../../core/sms/template.ts'
import type { TargetPiece } from '../../core/sms/urls.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'

/** Failed look-ups per second; a number that passes the seal and has no range is rare. */
const missLimit = 20

export interface RangeLink {
  linkId: number
  kind: 'link' | 'unsubscribe'
  /** as written in the text; null for the unsubscribe link */
  url: string | null
  /** where it leads: pieces for `renderTarget`; empty if we do not redirect to the address */
  target: readonly TargetPiece[]
  /** the finished address if it contains no data tag, else null */
  location: string | null
}

interface Range {
  base: number
  /** base + slots * span */
  end: number
  span: number
  activityId: number
  workspaceId: number
  slots: readonly (RangeLink | undefined)[]
}

/** What a number refers to. */
export interface CodeTarget extends RangeLink {
  number: number
  activityId: number
  workspaceId: number
  slot: number
  /** `testRecipient` (0): a test SMS */
  profileId: number
}

export interface LinkRanges {
  /** From memory. */
  find(number: number): CodeTarget | undefined
  /**
   * From memory, else from the database. undefined: no such number. Rejects if the database does not answer. `within`: the caller's
   * transaction, so that it does not wait for a second connection of its pool.
   */
  resolve(number: number, within?: Db): Promise<CodeTarget | undefined>
  /** Reads the newest 100,000 ranges ahead. */
  load(): Promise<void>
}

interface RangeRow {
  activityId: number
  workspaceId: number
  base: number
  span: number
  linkId: number
  slot: number
  kind: 'link' | 'unsubscribe'
  url: string | null
}

export function makeLinkRanges(db: Db): LinkRanges {
  const ranges: Range[] = []
  let asking: Promise<void> = Promise.resolve()
  let missSecond = 0
  let misses = 0

  function add(rows: RangeRow[]): void {
    for (const links of Map.groupBy(rows, row => row.base).values()) {
      const range = rangeOf(links)
      const at = firstAbove(ranges, range.base)
      if (ranges[at - 1]?.base === range.base) ranges[at - 1] = range
      else ranges.splice(at, 0, range)
    }
  }

  function find(number: number): CodeTarget | undefined {
    const range = ranges[firstAbove(ranges, number) - 1]
    if (range === undefined || number >= range.end) return undefined
    const slot = Math.floor((number - range.base) / range.span)
    const link = range.slots[slot]
    const { activityId, workspaceId } = range
    return link && { ...link, number, activityId, workspaceId, slot, profileId: (number - range.base) % range.span }
  }

  async function ask(number: number, within: Db): Promise<void> {
    const second = Math.floor(Date.now() / 1000)
    if (second !== missSecond) [missSecond, misses] = [second, 0]
    if (misses >= missLimit || find(number) !== undefined) return
    const rows = await readRange(within, number)
    add(rows)
    if (find(number) === undefined) misses++
  }

  return {
    find,
    async resolve(number, within = db) {
      const known = find(number)
      if (known !== undefined) return known
      // One after the other: the first click of a new activity answers for the many behind it.
      const asked = asking.then(() => ask(number, within))
      asking = asked.catch(() => {})
      await asked
      return find(number)
    },
    async load() {
      add(await readRanges(db))
    },
  }
}

/**
 * Draws the numbers of an activity, in a short transaction. `slots`: links and unsubscribe link; `maxProfileId`: the largest profile id that
 * may get a code. The row of the installation stays locked until the commit.
 */
export async function drawCodeRange(
  tx: Db,
  slots: number,
  maxProfileId: number,
): Promise<{ base: number; span: number }> {
  const span = maxProfileId + 1
  const [row] = await tx.query<{ base: number }>(
    sql`update installation set next_code_base = next_code_base + ${slots * span}::bigint where id = 1
      returning next_code_base - ${slots * span}::bigint as base`,
  )
  if (row === undefined) throw new Error('the installation row is missing: migrate first')
  return { base: row.base, span }
}

/** Where a link leads, and whether we redirect there: http or https, with a host. */
export function targetOf(url: string): Pick<RangeLink, 'target' | 'location'> {
  const target = readTarget(url) ?? []
  const isPlain = target.length > 0 && target.every(piece => typeof piece === 'string')
  return { target, location: isPlain ? locationOf(target.join('')) : null }
}

/** The address for a Location header (ASCII, punycode host), or null if we do not redirect to it. */
export function locationOf(address: string): string | null {
  const url = URL.parse(address)
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && url.username === ''
    ? url.href
    : null
}

const nowhere: Pick<RangeLink, 'target' | 'location'> = { target: [], location: null }

function rangeOf(links: RangeRow[]): Range {
  const { activityId, workspaceId, base, span } = links[0]!
  const slots: (RangeLink | undefined)[] = []
  for (const { slot, linkId, kind, url } of links)
    slots[slot] = { linkId, kind, url, ...(url === null ? nowhere : targetOf(url)) }
  return { base, end: base + slots.length * span, span, activityId, workspaceId, slots }
}

/** Index of the first range whose base is above the number. */
function firstAbove(ranges: readonly Range[], number: number): number {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ranges[middle]!.base <= number) low = middle + 1
    else high = middle
  }
  return low
}

function readRange(db: Db, number: number): Promise<RangeRow[]> {
  return db.query<RangeRow>(sql`
    select a.id as "activityId", a.workspace_id as "workspaceId", a.code_base as base, a.code_span as span,
      l.id as "linkId", l.slot, l.kind, l.url
    from (select * from activities where code_base <= ${number}::bigint order by code_base desc limit 1) a
    join links l on l.activity_id = a.id`)
}

function readRanges(db: Db): Promise<RangeRow[]> {
  return db.query<RangeRow>(sql`
    select a.id as "activityId", a.workspace_id as "workspaceId", a.code_base as base, a.code_span as span,
      l.id as "linkId", l.slot, l.kind, l.url
    from (select * from activities where code_base is not null order by code_base desc limit 100000) a
    join links l on l.activity_id = a.id`)
}
