/**
 * How many texts a second does our counter split, beside npm split-sms on the same texts?
 *
 * Texts have 90–300 characters: 60 % plain GSM-7, 20 % with extension characters, 15 % Cyrillic and 5 % with emoji. Both sides
 * make the parts with their texts. The rounds of both alternate, and the best of each counts: the machine is shared.
 * `detail` has our count without parts, template to octets (render, split, encode) and Twilio's calculator, in texts/s.
 */
import { SegmentedMessage } from 'sms-segments-calculator'
import splitSms from 'split-sms'
import { encodeGsm, encodeUcs2 } from '../core/sms/gsm-alphabet.ts'
import { countParts, splitIntoParts } from '../core/sms/split.ts'
import { parseTemplate, renderTemplate } from '../core/sms/template.ts'
import type { BenchResult } from './result.ts'

const rounds = 5
/** The peers are slow: they see this many of the texts, ours sees all of them. */
const referenceTexts = 10_000
const calculatorTexts = 200

export async function gsm({ size = 200_000 }: { size?: number } = {}): Promise<BenchResult> {
  if (!(size >= 1)) throw new RangeError(`--size ${size}: at least one text is needed.`)
  const texts = Array.from({ length: size }, (_, i) => makeText(i))
  const fewer = texts.slice(0, referenceTexts)
  const best = { split: 0, count: 0, peer: 0, octets: 0, calculator: 0 }
  let parts = 0
  for (let round = 0; round < rounds; round++) {
    best.split = Math.max(
      best.split,
      rate(texts, text => splitIntoParts(text).parts.length),
    )
    best.peer = Math.max(
      best.peer,
      rate(fewer, text => splitSms.split(text).parts.length),
    )
    best.count = Math.max(
      best.count,
      rate(texts, text => countParts(text)),
    )
    best.octets = Math.max(best.octets, rate(texts, renderToOctets()))
  }
  const few = texts.slice(0, calculatorTexts)
  best.calculator = rate(few, text => new SegmentedMessage(text).segmentsCount)
  for (const text of texts) parts += countParts(text)
  return {
    name: 'gsm',
    figure: Math.round(best.split),
    unit: 'texts/s',
    better: 'higher',
    reference: Math.round(best.peer),
    ratio: Number((best.split / best.peer).toFixed(2)),
    size,
    detail: {
      reference: 'split-sms',
      referenceTexts: fewer.length,
      partsPerText: Number((parts / size).toFixed(3)),
      countParts: Math.round(best.count),
      templateToOctets: Math.round(best.octets),
      smsSegmentsCalculator: Math.round(best.calculator),
    },
  }
}

/** Texts a second; the sum keeps the work from being optimised away. */
function rate(texts: readonly string[], work: (text: string, i: number) => number): number {
  let sum = 0
  const start = performance.now()
  for (let i = 0; i < texts.length; i++) sum += work(texts[i]!, i)
  const seconds = (performance.now() - start) / 1000
  if (sum < texts.length) throw new Error(`${sum} parts for ${texts.length} texts`)
  return texts.length / Math.max(seconds, 1e-9)
}

/** What a message costs from its template to the octets of its parts, with a tag, two links and the unsubscribe link. */
function renderToOctets(): (text: string, i: number) => number {
  const template = parseTemplate(
    'Hej ##first_name|där##! Nu är det rea i butiken på ##city##, 50 % på allt till söndag: https://shop.example/rea och ' +
      'vinterns nyheter https://shop.example/nytt?k=##first_name##. Avsluta: ##unsubscribe##',
  )
  const names = ['Åsa', 'Björn', 'Maria-Teresa', '', 'Łukasz']
  return (_, i) => {
    const vars = { first_name: names[i % names.length], city: 'Umeå' }
    const text = renderTemplate(
      template,
      vars,
      slot => `https://l.example/${codes[slot]}`,
      `https://l.example/${codes[2]}`,
    )
    const { encoding, parts } = splitIntoParts(text)
    let octets = 0
    for (const part of parts) octets += (encoding === 'GSM-7' ? encodeGsm(part.text) : encodeUcs2(part.text)).length
    return octets
  }
}

const codes = ['aDxZcwyH7vn', 'LHJNzT9Lu7Y', '6BksWRBfTHX']
const words = 'hej på dig nu är det rea i butiken kom in och handla allt för halva priset bara till söndag'.split(' ')
const extensions = ['5 €', '[nytt]', '{1}', 'a|b', '~20']
const cyrillic = 'привет сегодня скидка на всё приходите в магазин до воскресенья'.split(' ')
const emoji = ['👍🏽', '🎉', '❤️', '👨‍👩‍👧', '🇸🇪']

/** The same text for the same number, in any run. */
function makeText(number: number): string {
  let state = (number + 1) * 2_654_435_761
  const next = (below: number) => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) >>> 0
    return (state >>> 8) % below
  }
  const kind = next(100)
  const length = 90 + next(211)
  const base = kind >= 80 && kind < 95 ? cyrillic : words
  const spice = kind >= 95 ? emoji : kind >= 60 && kind < 80 ? extensions : []
  let text = spice[0] ?? ''
  while (text.length < length) {
    const list = spice.length > 0 && next(6) === 0 ? spice : base
    text += ` ${list[next(list.length)]}`
  }
  // A flat copy, as texts have that come out of a socket or a database: not the tree of its pieces.
  return Buffer.from(text.slice(0, length).toWellFormed()).toString()
}
