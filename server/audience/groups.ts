/**
 * Messages that cost the same, as one row: the same reason or none, the same country and price, texts of the same lengths. The count makes
 * them of profiles, the freeze of the messages it has written.
 */
import type { VarValue } from '../../core/sms/tag-values.ts'
import { type ColumnCheck, int, orNull, type Rows, rowsNamed, text } from '../platform/db/rows.ts'
import { join, raw, type Sql, sql } from '../platform/db/sql.ts'
import { lengthKeys, lengthOf, readValues, toldValues } from './vars.ts'

export interface CostGroup {
  reason: string | null
  country: string | null
  /** the prefix of their numbers that has a price; null: any number costs the same */
  priced: string | null
  profileId: number
  n: number
  /** lengths of the values (vars.ts); null: left out, so that they do not matter */
  [key: `key${number}`]: number | null
  /** values that are reported, as JSON */
  told: string | null
}

/** The description of the groups of a text with these tags. */
export function groupRows(tags: readonly string[]): Rows<CostGroup> {
  const keys: Record<`key${number}`, ColumnCheck<number | null>> = Object.fromEntries(
    lengthKeys(tags, 't').map((_, i) => [`key${i}`, orNull(int)]),
  )
  return rowsNamed('audience-groups', {
    reason: orNull(text),
    country: orNull(text),
    priced: orNull(text),
    profileId: int,
    n: int,
    told: orNull(text),
    ...keys,
  })
}

/** Values that cost what those of each member of the group do. */
export function varsOfGroup(tags: readonly string[], group: CostGroup): Record<string, VarValue> {
  const keys = lengthKeys(tags, 't').map((_, i) => group[`key${i}`] ?? 0)
  return readValues(tags, keys, group.told)
}

/**
 * `people`: rows (profile_id, country, priced, reason, attrs, text0, text1 and so on), with a text for each tag. The lengths are behind an
 * `offset 0`, so that they are computed once although key and told values name them. `told`: texts that are not to be lost in a length.
 */
export function groupsIn(people: Sql, tags: readonly string[], told: readonly string[] = []): Sql {
  const ofSent = (value: Sql) => sql`case when t.reason is null then ${value} end`
  const keys = lengthKeys(tags, 't').map((key, i) => sql`${ofSent(key)} as ${raw(`key${i}`)}`)
  const values = tags.length === 0 ? raw('null') : ofSent(toldValues(tags, 't'))
  const lengths = tags.map((tag, i) => {
    const text = raw(`t.text${i}`)
    return sql`${text}, ${ofSent(lengthOf(tag, text, told))} as ${raw(`length${i}`)}`
  })
  const measured =
    tags.length === 0
      ? people
      : sql`select t.profile_id, t.country, t.priced, t.reason, t.attrs, ${join(lengths, ', ')} from (${people} offset 0) t offset 0`
  const places = Array.from({ length: 4 + keys.length }, (_, i) => raw(String(i + 1)))
  return sql`select ${join([sql`t.reason`, sql`t.country`, sql`t.priced`, sql`${values} as told`, ...keys], ', ')},
      min(t.profile_id) as "profileId", count(*) as n
    from (${measured}) t group by ${join(places)}`
}
