/**
 * How deep is a JSON text, and of how many values? Told in one pass before it is parsed: a body of allowed size may hold half a
 * million names, which a parser takes a third of a second for, or be nested so deep that whoever walks through it runs out of stack.
 */
import { type Problem, problem } from '../../../core/problems.ts'

export const maxDepth = 32
/** As many as 1,000 profiles with some 45 values each; so many different names take some 30 ms. */
export const maxValues = 50_000

const [quote, backslash, comma, open, close, openBrace, closeBrace] = [0x22, 0x5c, 0x2c, 0x5b, 0x5d, 0x7b, 0x7d]

/** What keeps a body from being read; undefined: nothing. Whether it is JSON at all, the parser tells. */
export function shapeFault(text: string): Problem | undefined {
  let depth = 0
  let values = 1
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit === quote) {
      i++
      while (i < text.length && text.charCodeAt(i) !== quote) i += text.charCodeAt(i) === backslash ? 2 : 1
    } else if (unit === comma) values++
    else if (unit === open || unit === openBrace) depth++
    else if (unit === close || unit === closeBrace) depth--
    if (depth > maxDepth) return problem('invalid_input', { where: 'Body', what: `is nested deeper than ${maxDepth}` })
    if (values > maxValues)
      return problem('invalid_input', { where: 'Body', what: `holds more than ${maxValues} values` })
  }
  return undefined
}
