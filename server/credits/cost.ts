/**
 * What the texts of an audience cost, exactly: each different text is rendered once and its parts counted, however many
 * profiles get it. Short links have one length for all, so only the values of the tags make texts differ.
 */
import { countParts } from '../../core/sms/split.ts'
import { renderTemplate, type Template } from '../../core/sms/template.ts'
import type { Vars } from '../../core/sms/values.ts'
import type { PriceList } from './prices.ts'

export interface Alike {
  vars: Vars | null
  /** one number of the group: all have the same price */
  phone: string
  country: string | null
  n: number
}

export interface Cost {
  creditsE4: number
  parts: number
  /** messages by number of parts */
  byParts: Record<number, number>
  byCountry: Record<string, { messages: number; parts: number; creditsE4: number }>
}

/** A link as long as the short links will be. */
export function linkOfLength(linkUrl: string, codeLength: number): string {
  return `${linkUrl}/${'x'.repeat(codeLength)}`
}

export function costOf(template: Template, link: string, prices: PriceList, groups: Iterable<Alike>): Cost {
  const cost: Cost = { creditsE4: 0, parts: 0, byParts: {}, byCountry: {} }
  for (const { vars, phone, country, n } of groups) {
    const parts = countParts(renderTemplate(template, vars ?? {}, () => link, link))
    const creditsE4 = (prices.creditsE4(phone) ?? 0) * parts * n
    cost.parts += parts * n
    cost.creditsE4 += creditsE4
    cost.byParts[parts] = (cost.byParts[parts] ?? 0) + n
    cost.byCountry[country ?? ''] ??= { messages: 0, parts: 0, creditsE4: 0 }
    const of = cost.byCountry[country ?? '']!
    of.messages += n
    of.parts += parts * n
    of.creditsE4 += creditsE4
  }
  return cost
}
