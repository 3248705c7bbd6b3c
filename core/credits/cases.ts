/**
 * What do people really get? Over an audience: how many have no value for a tag of the text, how many have one that stands for nothing, and
 * how many parts and credits the characters of values cost, each with one profile as an example.
 *
 * Always: measured as the cost is (cost.ts), on the same groups; those whose text is too long are in none of the figures.
 */
import { placeholderWords } from '../placeholders.ts'
import { measureText } from '../sms/split.ts'
import { cleanValue, type Vars } from '../sms/tag-values.ts'
import { renderTemplate, type Template } from '../sms/template.ts'
import type { Alike } from './cost.ts'
import type { PriceList } from './prices.ts'

/** People in the same case, and one of them. */
export interface Case {
  people: number
  profileId: number
}

export interface TagCases {
  name: string
  /** those who get the default, or nothing where there is none */
  empty: Case | null
  /** values that stand for nothing, the most frequent first; `isEmpty`: those get the default too */
  placeholders: (Case & { value: string; isEmpty: boolean })[]
  /** those whose SMS costs more because of a character of this value, and what the audience would cost if all got the default */
  costly: (Case & { creditsE4: number }) | null
}

export interface Cases {
  people: number
  creditsE4: number
  tags: TagCases[]
  /** those whose values alone make the text UCS-2 */
  ucs2: Case | null
}

const told: ReadonlySet<string> = new Set(placeholderWords)
/** Of a tag; others are not listed. */
const listed = 5
/** What a text would cost without a value is measured for these many tags. */
const measuredTags = 5

interface Tally {
  name: string
  empty: Case | null
  placeholders: Map<string, Case & { isEmpty: boolean }>
  costly: Case | null
  creditsE4: number
}

export class Casing {
  readonly #template: Template
  readonly #link: string
  readonly #prices: PriceList
  readonly #maxParts: number
  readonly #isPlain: boolean
  readonly #tags: Tally[]
  readonly #inText: ReadonlySet<string>
  #people = 0
  #creditsE4 = 0
  #ucs2: Case | null = null

  constructor(template: Template, link: string, prices: PriceList, maxParts: number) {
    this.#template = template
    this.#link = link
    this.#prices = prices
    this.#maxParts = maxParts
    this.#isPlain = this.#measure({}).encoding === 'GSM-7'
    this.#tags = template.tags.map(name => ({ name, empty: null, placeholders: new Map(), costly: null, creditsE4: 0 }))
    const inText = template.pieces.flatMap(piece => (piece.kind === 'tag' ? piece.name : []))
    this.#inText = new Set([...new Set(inText)].slice(0, measuredTags))
  }

  #measure(vars: Vars) {
    return measureText(renderTemplate(this.#template, vars, () => this.#link, this.#link))
  }

  add({ vars, profileId, phone, n }: Alike): void {
    const values = vars ?? {}
    const { encoding, parts } = this.#measure(values)
    if (parts > this.#maxParts) return
    const one = { people: n, profileId }
    const price = (this.#prices.creditsE4(phone) ?? 0) * n
    this.#people += n
    this.#creditsE4 += price * parts
    const isUcs2ByValue = encoding === 'UCS-2' && this.#isPlain
    if (isUcs2ByValue) this.#ucs2 = joined(this.#ucs2, one)
    for (const tag of this.#tags) {
      this.#noteValue(tag, values, one)
      if (!this.#inText.has(tag.name)) continue
      const without = this.#measure({ ...values, [tag.name]: null })
      tag.creditsE4 += price * without.parts
      if (isUcs2ByValue && without.encoding === 'GSM-7' && without.parts < parts) tag.costly = joined(tag.costly, one)
    }
  }

  #noteValue(tag: Tally, values: Vars, one: Case): void {
    const value = values[tag.name]
    const written = typeof value === 'string' ? value.trim() : ''
    const isEmpty = cleanValue(value, this.#template.smart) === ''
    if (isEmpty) tag.empty = joined(tag.empty, one)
    if (written === '' || written.length > 40 || !(isEmpty || told.has(written))) return
    tag.placeholders.set(written, { ...joined(tag.placeholders.get(written) ?? null, one), isEmpty })
  }

  cases(): Cases {
    return {
      people: this.#people,
      creditsE4: this.#creditsE4,
      ucs2: this.#ucs2,
      tags: this.#tags.map(({ name, empty, placeholders, costly, creditsE4 }) => ({
        name,
        empty,
        placeholders: [...placeholders]
          .map(([value, found]) => ({ value, ...found }))
          .sort((a, b) => b.people - a.people)
          .slice(0, listed),
        costly: costly && { ...costly, creditsE4 },
      })),
    }
  }
}

/** Of the first, one is shown. */
function joined(known: Case | null, { people, profileId }: Case): Case {
  return known === null ? { people, profileId } : { people: known.people + people, profileId: known.profileId }
}
