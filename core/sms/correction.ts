/** Changes of a text that say what was probably meant. */

/** What to write in place of `length` characters (UTF-16) at `index`. */
export interface Correction {
  index: number
  length: number
  text: string
}

/** The corrections are of places in this text, which do not overlap. */
export function corrected(text: string, corrections: readonly Correction[]): string {
  return [...corrections]
    .sort((a, b) => b.index - a.index)
    .reduce((all, { index, length, text: meant }) => all.slice(0, index) + meant + all.slice(index + length), text)
}
