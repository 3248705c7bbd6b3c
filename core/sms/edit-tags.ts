/** Changes of the data tags of a text, as a person would make them by hand. */
import { readTag, writeTag } from './template.ts'
import type { Tag } from './urls.ts'

/** Each tag of this name that has no default gets one. */
export function withDefault(text: string, name: string, fallback: string): string {
  return replaced(text, tag => (tag.name === name && tag.fallback === '' ? writeTag(name, fallback) : undefined))
}

/** Each tag of this name gives way to its default; where it has none, a space before it goes too. */
export function withoutTag(text: string, name: string): string {
  return replaced(text, tag => (tag.name === name ? tag.fallback : undefined))
}

function replaced(text: string, instead: (tag: Tag) => string | undefined): string {
  let made = ''
  let kept = 0
  for (let at = text.indexOf('##'); at >= 0; ) {
    const found = text.charAt(at + 2) === '#' ? undefined : readTag(text, at)
    const next = found && instead(found.tag)
    if (found && next !== undefined) {
      const before = text.slice(kept, at)
      made += (next === '' ? before.replace(/ $/, '') : before) + next
      kept = found.end
    }
    at = text.indexOf('##', found?.end ?? at + 1)
  }
  return made + text.slice(kept)
}
