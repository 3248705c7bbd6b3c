/**
 * How deeply is a JSON text nested, and how many values does it have? One pass before parsing finds out: a body of allowed size may contain
 * half a million names, which take a parser a third of a second, or be nested so deeply that code which walks it runs out of stack.
 */
import { type Problem, problem } from '../../../core/problems.ts'

export const maxDepth = 32
/** Enough for 1,000 profiles with about 45 values each; parsing this many distinct names takes about 30 ms. */
export const maxValues = 50_000

const [quote, backslash, comma, open, close, openBrace, closeBrace] = [0x22, 0x5c, 0x2c, 0x5b, 0x5d, 0x7b, 0x7d]

/** Why a body cannot be accepted; undefined: it can. Whether it is valid JSON is for the parser. */
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
