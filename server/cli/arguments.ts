/** What a person wrote after the verb, read by cli.ts and handed to the verbs. */

export interface CommandWords {
  positionals: string[]
  text(flag: string): string | undefined
  /** Throws where it is missing. */
  needed(flag: string): string
  on(flag: string): boolean
}

/** Leaves out what is undefined (exactOptionalPropertyTypes). */
export function optional<T extends Record<string, unknown>>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
