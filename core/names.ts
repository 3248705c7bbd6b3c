/**
 * What may a thing be called (an activity, a topic, a workspace, a key …), and what may stand where people write a reason?
 *
 * Decided: spaces around a name are taken off and its letters composed (NFC), as nobody sees the difference. What is only spaces,
 * invisible or holds control characters is refused, not mended: whoever sent it meant something else. The HTTP API checks
 * each field of this kind by its `format` (server/platform/formats.ts), the verbs of the command line by `checkName`.
 */

/** Controls (U+0000 to U+001F, U+007F to U+009F) and the two separators that end a line. */
const control = /[\p{Cc}\u2028\u2029]/u
const lineBreaks = /[\t\n\r]/g
/** Neither space, nor control, nor format sign, nor one of the letters that are drawn as nothing. */
const visible = /[^\p{Z}\p{Cc}\p{Cf}\u115f\u1160\u3164\uffa0]/u

/** One line; it may be empty. */
export const isLine = (text: string): boolean => !control.test(text)

/** One line with something to see in it. */
export const isName = (text: string): boolean => isLine(text) && visible.test(text)

/** Something to see in it, on several lines if need be. */
export const isText = (text: string): boolean => isLine(text.replace(lineBreaks, '')) && visible.test(text)

/** As it is kept and compared. */
export const tidyName = (text: string): string => text.trim().normalize('NFC')
