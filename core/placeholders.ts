/**
 * Which values stand for "nothing"? Databases, spreadsheets and programs write words for it, and a person must not be greeted with one.
 *
 * Two kinds. What cannot be a name (`#N/A`, `\N`, `(null)`) is empty wherever a value is rendered, so that the default is used: in the
 * preview, the cost, the test and what is sent. What is made of letters (`NULL`, `undefined`) or of a dash might be meant, so it is named to the
 * author, with the number of people. "Null" is a surname and is neither.
 */
const brackets: Readonly<Record<string, string>> = { '(': ')', '<': '>', '[': ']', '{': '}' }
const nothing = new Set(['null', 'undefined', 'none', 'nil', 'na', 'n/a', 'nan', 'empty', 'blank'])
/** Errors of spreadsheets, in any of their languages: #REF!, #BEZUG!, #SAKNAS!, #¿NOMBRE?, #N/A, ####. */
const spreadsheet = /^#(?:[¡¿]?[\p{Lu}/0-9.]{2,16}[!?]|N\/[AD]|N\/A N\/A|NA|NV|I\/T|NIL|NULL|ERROR|#{3,14})$/u

/** Surely no value. Never true of a text without one of `#\(<[{`. */
export function isPlaceholder(text: string): boolean {
  const first = text.charCodeAt(0)
  if (first === 0x23) return text.length <= 20 && spreadsheet.test(text)
  if (first === 0x5c) return text === '\\N' || text === '\\N\\N'
  const closer = brackets[text.charAt(0)]
  if (closer === undefined || text.length > 12) return text === '[object Object]'
  return text.endsWith(closer) && nothing.has(text.slice(1, -1).toLowerCase())
}

/** Values that may stand for nothing: named to people, and sent as they are. */
export const placeholderWords = [
  ...['NULL', 'null', 'undefined', 'UNDEFINED', 'NaN', 'nan', 'NAN', 'N/A', 'n/a', 'None', 'none', 'NONE', 'nil'],
  ...['-', '--', '---', '.', '?', '_', '*', '–', '—'],
] as const
