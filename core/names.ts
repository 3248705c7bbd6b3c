/**
 * What may a thing be called (an activity, a topic, a workspace, a key …), and what may a person write as a reason?
 *
 * Decided: spaces around a name are taken off, tabs and line breaks in it become one space (who copies cells of a spreadsheet brings
 * them along), characters that show nothing are removed (invisible.ts: a direction control would turn the words around it on every page) and its
 * letters are composed (NFC), as nobody sees the difference. What is only spaces, invisible or holds other
 * control characters is refused, not corrected: its sender meant something else. The HTTP API checks each field of this kind
 * by its `format` (server/platform/http/formats.ts), the verbs of the command line by `checkName`; what is kept is `tidyName` of it.
 */

import { withoutInvisible } from './invisible.ts'
import { normalForm } from './normal-form.ts'

/** U+0000 to U+001F and U+007F to U+009F. */
const control = /\p{Cc}/u
/** What moves on to the next column or line. */
const breaks = /[\t\n\v\f\r\u0085\u2028\u2029]/g
/** Neither space, nor control, nor format character, nor one of the letters that are drawn as nothing. */
const visible = /[^\p{Z}\p{Cc}\p{Cf}\u115f\u1160\u3164\uffa0]/u

/** One line as it is kept; it may be empty. */
export const isLine = (text: string): boolean => !control.test(text.replace(breaks, ''))

/** One line with something to see in it. */
export const isName = (text: string): boolean => isLine(text) && visible.test(text)

/** The same on several lines: a text is kept as it is. */
export const isText = isName

/** As it is kept and compared. */
export function tidyName(text: string): string {
  const pieces = withoutInvisible(text)
    .split(breaks)
    .map(piece => piece.trim())
  return normalForm(pieces.filter(piece => piece !== '').join(' '))
}
