/**
 * Values that were renamed when an address stopped being a phone number only. Clients, bookmarks and stored documents may still give the
 * former ones; nothing writes them any more (`any_address` in migrations/).
 */
export const formerNames = {
  one_per_number: 'one_per_address',
  no_number: 'no_address',
  invalid_number: 'invalid_address',
  duplicate_number: 'duplicate_address',
} as const

const current = new Map<string, string>(Object.entries(formerNames))

type FormerNames = typeof formerNames
export type CurrentName<Name extends string> = Name extends keyof FormerNames ? FormerNames[Name] : Name

/** A value that never had another name is returned unchanged. */
export function currentName<Name extends string>(name: Name): CurrentName<Name>
export function currentName(name: string): string {
  return current.get(name) ?? name
}
