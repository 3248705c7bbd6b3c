/** The tags that a person or a client names: tidied as names are, none twice, and few at once. */
import { tidyName } from './names.ts'
import { problem } from './problems.ts'

export const tagRules = {
  /** tags of one change */
  atOnce: 10,
  characters: 100,
  ofProfile: 100,
} as const

export interface TagsGiven {
  add?: readonly string[] | undefined
  remove?: readonly string[] | undefined
}

export interface TidyTags {
  add: string[]
  remove: string[]
}

/** `where`: what a field is called in errors. `asStored`: what is removed is named as profiles have it, tidy or not. Throws invalid_input. */
export function readTags(given: TagsGiven, where: (field: 'add' | 'remove') => string, asStored = false): TidyTags {
  const tidy = (field: 'add' | 'remove') => {
    const tags = [...new Set((given[field] ?? []).map(tidyName))]
    if (tags.includes(''))
      throw problem('invalid_input', { where: where(field), what: 'a tag has something to read in it' })
    return tags
  }
  const add = tidy('add')
  const remove = asStored ? [...new Set(given.remove ?? [])] : tidy('remove')
  const both = add.find(tag => remove.includes(tag))
  if (both !== undefined) throw problem('invalid_input', { where: where('remove'), what: `"${both}" is added too` })
  if (add.length + remove.length > tagRules.atOnce)
    throw problem('invalid_input', { where: where('add'), what: `at most ${tagRules.atOnce} tags at once` })
  return { add, remove }
}
