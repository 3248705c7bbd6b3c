/**
 * What the texts of an audience cost, exactly: each different text is rendered once and its parts counted, however many
 * profiles get it. Short links have one length for all, so only the values of the tags make texts differ.
 */
import type { AnyTemplate } from '../activities/tags.ts'
import { highestMaxParts, type Measure, measureText } from '../sms/split.ts'
import type { Vars } from '../sms/tag-values.ts'
import { renderTemplate } from '../sms/template.ts'
import type { PriceList } from './prices.ts'

export interface Alike {
  vars: Vars | null
  /** one profile of the group */
  profileId: number
  /** its number, or the beginning of it that has a price: all of the group have the same */
  phone: string
  country: string | null
  n: number
}

/** The smallest number of characters, more or fewer, that changes the cost, and what it changes. */
export interface Edge {
  characters: number
  /** messages that get one part more, or less */
  messages: number
  creditsE4: number
}

/** Those whose text would have too many parts: they are not sent. */
export interface TooLong {
  people: number
  /** the most that one of their texts has, and whose it is */
  parts: number
  profileId: number
}

export interface Cost {
  creditsE4: number
  parts: number
  /** messages by number of parts */
  byParts: Record<number, number>
  byCountry: Record<string, { messages: number; parts: number; creditsE4: number }>
  /** a profile whose text has the most parts, and of those the most characters, also where it is too long; null: nobody is there */
  longest: { profileId: number; vars: Vars; parts: number; units: number } | null
  more: Edge | null
  /** null: every text has one part */
  less: Edge | null
  /** null: nobody's text is too long */
  tooLong: TooLong | null
  /** sums of squares over the messages: how far a sample can be wrong */
  squares: { parts: number; creditsE4: number }
}

/** A link as long as the short links will be. */
export function linkOfLength(linkUrl: string, codeLength: number): string {
  return `${linkUrl}/${'x'.repeat(codeLength)}`
}

/** The tags whose values decide what a text costs: an e-mail is one part whatever it says. */
export function tagsOfCost(template: AnyTemplate): readonly string[] {
  return template.channel === 'sms' ? template.tags : []
}

/** Of a text that has no parts: one, and no character makes another of it. */
const onePart: Measure = { encoding: 'GSM-7', units: 0, parts: 1, room: 0, over: 0 }

export function costOf(template: AnyTemplate, link: string, prices: PriceList, groups: Iterable<Alike>): Cost {
  const costing = new Costing(template, link, prices)
  for (const group of groups) costing.add(group)
  return costing.cost()
}

/** Adds up group after group, so that an audience need not be in memory. */
export class Costing {
  readonly #template: AnyTemplate
  readonly #link: string
  readonly #prices: PriceList
  readonly #maxParts: number
  readonly #cost: Omit<Cost, 'more' | 'less'>
  readonly #more = new Map<number, Omit<Edge, 'characters'>>()
  readonly #less = new Map<number, Omit<Edge, 'characters'>>()

  constructor(template: AnyTemplate, link: string, prices: PriceList, maxParts: number = highestMaxParts) {
    this.#template = template
    this.#link = link
    this.#prices = prices
    this.#maxParts = maxParts
    const squares = { parts: 0, creditsE4: 0 }
    this.#cost = { creditsE4: 0, parts: 0, byParts: {}, byCountry: {}, longest: null, tooLong: null, squares }
  }

  isTooLong(vars: Vars | null): boolean {
    return this.#measure(vars).parts > this.#maxParts
  }

  #measure(vars: Vars | null): Measure {
    const template = this.#template
    if (template.channel !== 'sms') return onePart
    return measureText(renderTemplate(template, vars ?? {}, () => this.#link, this.#link))
  }

  /** False: the text has too many parts, nobody of the group is sent it, and nothing of it is counted. */
  add({ vars, profileId, phone, country, n }: Alike): boolean {
    const cost = this.#cost
    const { parts, units, room, over } = this.#measure(vars)
    const { longest } = cost
    const hasLength = this.#template.channel === 'sms'
    if (hasLength && (longest === null || parts > longest.parts || (parts === longest.parts && units > longest.units)))
      cost.longest = { profileId, vars: vars ?? {}, parts, units }
    if (parts > this.#maxParts) {
      this.#noteTooLong(parts, profileId, n)
      return false
    }
    const price = this.#prices.creditsE4(phone) ?? 0
    const creditsE4 = price * parts * n
    cost.parts += parts * n
    cost.creditsE4 += creditsE4
    cost.byParts[parts] = (cost.byParts[parts] ?? 0) + n
    cost.byCountry[country ?? ''] ??= { messages: 0, parts: 0, creditsE4: 0 }
    const of = cost.byCountry[country ?? '']!
    of.messages += n
    of.parts += parts * n
    of.creditsE4 += creditsE4
    cost.squares.parts += parts * parts * n
    cost.squares.creditsE4 += price * parts * creditsE4
    if (this.#template.channel !== 'sms') return true
    note(this.#more, room + 1, n, price * n)
    if (parts > 1) note(this.#less, over, n, price * n)
    return true
  }

  #noteTooLong(parts: number, profileId: number, n: number): void {
    const known = this.#cost.tooLong
    const people = (known?.people ?? 0) + n
    this.#cost.tooLong = known !== null && known.parts >= parts ? { ...known, people } : { people, parts, profileId }
  }

  cost(): Cost {
    return { ...this.#cost, more: smallest(this.#more), less: smallest(this.#less) }
  }
}

function note(edges: Map<number, Omit<Edge, 'characters'>>, characters: number, messages: number, creditsE4: number) {
  const edge = edges.get(characters)
  if (edge === undefined) edges.set(characters, { messages, creditsE4 })
  else {
    edge.messages += messages
    edge.creditsE4 += creditsE4
  }
}

function smallest(edges: ReadonlyMap<number, Omit<Edge, 'characters'>>): Edge | null {
  if (edges.size === 0) return null
  const characters = Math.min(...edges.keys())
  return { characters, ...edges.get(characters)! }
}
