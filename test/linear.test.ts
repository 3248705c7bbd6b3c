/** Every parser that sees texts of strangers: twice the input takes twice the time, whatever it is made of. */
import { describe, expect, test } from 'vitest'
import { isName, tidyName } from '../core/names.ts'
import { classifyReply, plain } from '../core/sms/keywords.ts'
import { forcingOf, savingsOf } from '../core/sms/savings.ts'
import { normaliseText, smartEncode } from '../core/sms/smart.ts'
import { countParts, splitIntoParts } from '../core/sms/split.ts'
import { parseTemplate } from '../core/sms/template.ts'
import { readUrl } from '../core/sms/urls.ts'
import { utmNameOf } from '../core/sms/utm.ts'
import { cleanValue } from '../core/sms/values.ts'
import { separatorOf } from '../server/files/csv-sniff.ts'
import { guessType, readConsent, readDate, readNumber, styleOf } from '../server/imports/values.ts'
import { faultOf, shapes } from './linear.ts'

const around = { separator: ';', country: 'SE' }
const attributes = new Set(Array.from({ length: 1000 }, (_, i) => `attribute_${i}`))

/** A parser with its own length of input: the most that it is given, or where it shows what it is. */
const parsers: readonly [name: string, run: (text: string) => unknown, n?: number][] = [
  ['parseTemplate', text => parseTemplate(text, { attributes }), 3200],
  ['parseTemplate of a text that is far too long', text => parseTemplate(text, { attributes })],
  ['readUrl', text => readUrl(text, 0, () => undefined)],
  ['cleanValue', text => cleanValue(text, true)],
  ['normaliseText', normaliseText],
  ['smartEncode', text => smartEncode(text)],
  ['countParts', text => countParts(text)],
  ['splitIntoParts', text => splitIntoParts(text, 16)],
  ['savingsOf', text => savingsOf(text, smartEncode(text).changes), 3200],
  ['forcingOf', forcingOf],
  ['utmNameOf', utmNameOf],
  ['classifyReply', text => classifyReply(text, { brand: text, sender: text })],
  ['plain', plain],
  ['isName', isName],
  ['tidyName', tidyName],
  ['readNumber', text => readNumber(text, { decimal: ',' })],
  ['readDate', text => readDate(text, { dayFirst: true })],
  ['readConsent', readConsent],
  ['styleOf', text => styleOf([text], around)],
  ['guessType', text => guessType([text], { decimal: ',', dayFirst: true, guessed: false })],
  ['separatorOf', separatorOf],
]

describe('twice the input takes no more than twice the time', () => {
  test.each(parsers)('%s', (_, run, n = 16_000) => {
    const faults: Record<string, string> = {}
    for (const [name, shape] of Object.entries(shapes)) {
      const fault = faultOf(run, shape, n)
      if (fault !== undefined) faults[name] = fault
    }
    expect(faults).toEqual({})
  })
})
