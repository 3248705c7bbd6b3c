/**
 * A text without what is dropped at its ends. A regular expression for the end of a text (`/x+$/`) is tried at each of its places,
 * and takes quadratic time where there are long runs in the middle; this looks at each end once.
 */
export function trimWhere(text: string, isDropped: (character: string) => boolean): string {
  let start = 0
  while (start < text.length) {
    const character = String.fromCodePoint(text.codePointAt(start)!)
    if (!isDropped(character)) break
    start += character.length
  }
  return trimEndWhere(text.slice(start), isDropped)
}

export function trimEndWhere(text: string, isDropped: (character: string) => boolean): string {
  let end = text.length
  while (end > 0) {
    const isPair = end > 1 && text.codePointAt(end - 2)! > 0xffff
    const character = isPair ? text.slice(end - 2, end) : text.charAt(end - 1)
    if (!isDropped(character)) break
    end -= character.length
  }
  return text.slice(0, end)
}
