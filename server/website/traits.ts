/**
 * The traits of `identify`, as changes of the profile with that customer id, by the rules of the API: known names are read by their type, new ones make
 * attributes. No trait is a consent. Only a key of the shop's server gets here.
 */
import type { Database } from '../platform/db/database.ts'
import type { ProfileInput } from '../profiles/upsert.ts'
import { upsertProfiles } from '../profiles/upsert.ts'
import type { KnownWebsite } from './known-websites.ts'
import type { JsonObject } from './read-event.ts'

const own = new Set(['email', 'phone', 'firstName', 'lastName', 'first_name', 'last_name'])
export async function writeTraits(
  db: Database,
  { id, workspaceId, country }: KnownWebsite,
  given: readonly { index: number; userId: string; traits: JsonObject }[],
  now: Date,
): Promise<{ index: number; what: string }[]> {
  if (given.length === 0) return []
  const inputs = given.map(({ userId, traits }) => inputOf(userId, traits))
  const upserted = await upsertProfiles(db, workspaceId, inputs, { country, actor: `website ${id}`, now })
  return upserted.flatMap((one, i) =>
    'problem' in one ? [{ index: given[i]!.index, what: `${one.problem.title} ${one.problem.fix}` }] : [],
  )
}

function inputOf(userId: string, traits: JsonObject): ProfileInput {
  const text = (...names: string[]) => {
    const value = names.map(name => traits[name]).find(one => typeof one === 'string' && one !== '')
    return typeof value === 'string' ? value : undefined
  }
  const attributes: Record<string, string | number> = {}
  for (const [name, value] of Object.entries(traits)) {
    if (own.has(name) || name === '__proto__') continue
    if (typeof value === 'string' || typeof value === 'number') attributes[name] = value
    else if (typeof value === 'boolean') attributes[name] = String(value)
  }
  return {
    externalKey: userId,
    phone: text('phone'),
    email: text('email'),
    firstName: text('firstName', 'first_name'),
    lastName: text('lastName', 'last_name'),
    attributes,
  }
}
