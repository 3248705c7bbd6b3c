/**
 * Tags as other programs write them: `{{first_name}}`, `*|FNAME|*`, `%FIRSTNAME%`, `[[name]]`, `${name}`, and ours, nearly right: `#first_name#`.
 *
 * Always: nothing that looks like a tag for sure is sent as it is. What may be meant as text (`[Name]`, `{1}`) is one only where it names an
 * attribute.
 */
import type { TagNames } from './tag-names.ts'

export interface ForeignTag {
  end: number
  /** ours in its place; undefined where it names nothing that exists */
  ours: string | undefined
  /** false: it may be meant as it is written */
  certain: boolean
}

interface Syntax {
  pattern: RegExp
  /** written so for programs only: a tag whatever it names */
  certain: boolean
}

const sticky = (pattern: RegExp, certain: boolean): Syntax => ({ pattern, certain })

/** By their first character, the longest first; the first group is what is inside. */
const syntaxes: Readonly<Record<string, readonly Syntax[]>> = {
  '{': [
    sticky(/\{{2,3}([^{}\n]{1,100})\}{2,3}/y, true),
    sticky(/\{%([^{}\n]{1,100})%\}/y, true),
    sticky(/\{\$([^{}\n]{1,60})\}/y, true),
    sticky(/\{([^{}\n]{1,60})\}/y, false),
  ],
  '*': [sticky(/\*\|([^|*\n]{1,60})(?:\|[^|*\n]{0,60})?\|\*/y, true)],
  '%': [sticky(/%%([^%\n]{1,60})%%/y, true), sticky(/%([\p{L}_][\p{L}\p{N}_.-]{1,40})%/uy, false)],
  '[': [sticky(/\[\[([^[\]\n]{1,60})\]\]/y, true), sticky(/\[([^[\]\n]{1,60})\]/y, false)],
  '<': [sticky(/<<([^<>\n]{1,60})>>/y, true), sticky(/<([^<>\n]{1,60})>/y, false)],
  $: [sticky(/\$\{([^{}\n]{1,60})\}/y, true), sticky(/\$([\p{L}_][\p{L}\p{N}_.]{1,40})/uy, false)],
  '(': [sticky(/\(\(([^()\n]{1,60})\)\)/y, false)],
  '«': [sticky(/«([^«»\n]{1,60})»/uy, false)],
  '#': [sticky(/#\{([^{}\n]{1,60})\}/y, true), sticky(/#([^#\n]{1,40})##?/y, false)],
}

/** In a link percent signs, brackets and number signs have meanings of their own. */
const inLinks = '{*$['

/** The tag of another program that begins at `at`, if one does. */
export function readForeignTag(text: string, at: number, names: TagNames, isInLink = false): ForeignTag | undefined {
  const first = text.charAt(at)
  if (isInLink && !inLinks.includes(first)) return undefined
  for (const { pattern, certain } of syntaxes[first] ?? []) {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found === null || (isInLink && !certain)) continue
    if (first === '%' && /[\p{L}\p{N}]$/u.test(text.slice(Math.max(0, at - 2), at))) continue
    const { name, fallback } = inner(found[1]!)
    const meant = names.meant(name)
    const end = at + found[0].length
    if (meant !== undefined) {
      const ours = `##${meant}${fallback === '' || meant === 'unsubscribe' ? '' : `|${fallback}`}##`
      // "[Name]" with a capital may be a word of the text.
      return { end, ours, certain: certain || !('[(«<'.includes(first) && /^\p{Lu}\p{Ll}+$/u.test(name)) }
    }
    if (certain || /^[A-Z]+_[A-Z_]+$/.test(name)) return { end, ours: undefined, certain: true }
  }
  return undefined
}

/** "person.first_name|default:'x'", "FNAME:x", "name ?? 'x'": the name, and what to write where it is empty. */
function inner(text: string): { name: string; fallback: string } {
  const cut = text.search(/[|:?,]/)
  const name = (cut < 0 ? text : text.slice(0, cut))
    .trim()
    .replace(/^[$@#^&=!~]+/, '')
    .trim()
  const behind = cut < 0 ? '' : text.slice(cut)
  const quoted = /["'“”‘’]([^"'“”‘’]{1,40})["'“”‘’]/.exec(behind)?.[1]
  const bare = /^\|?(?:\s?default|\s?fallback)?[\s:=|?]{0,5}([\p{L}\p{N} ]{1,40})$/u.exec(behind)?.[1]
  return { name, fallback: (quoted ?? bare ?? '').trim() }
}
