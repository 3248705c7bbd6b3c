/**
 * Text from outside as PostgreSQL can store it, in `text` and in `json`: without U+0000, which it refuses, and with U+FFFD for
 * a lone surrogate, which its JSON refuses. Phones cut a UCS-2 text between the halves of an emoji; some gateways send a NUL.
 */
export const cleanText = (text: string): string => text.replaceAll('\0', '').toWellFormed()
