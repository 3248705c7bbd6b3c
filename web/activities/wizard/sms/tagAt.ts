/** Which data tag of the text is at the caret? */

export interface PlacedTag {
  /** from the first # to behind the last */
  start: number
  end: number
  name: string
  fallback: string
}

/** The caret is in it, not beside it: behind a tag, the next one is inserted. The unsubscribe link is no data tag. */
export function tagAt(text: string, caret: number): PlacedTag | undefined {
  for (const { 0: written, 1: name = '', 2: fallback = '', index: start } of text.matchAll(
    /##([^#|\n]{1,100})(?:\|([^#\n]{0,200}))?##/g,
  )) {
    const end = start + written.length
    if (caret <= start) return undefined
    if (caret < end && name.trim().toLowerCase() !== 'unsubscribe') return { start, end, name: name.trim(), fallback }
  }
  return undefined
}
