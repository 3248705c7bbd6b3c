/**
 * What does one visit alone show? From its method, its user agent, its headers and the class of its address. The
 * rules over several visits come on top (message.ts, crowd.ts). Source of the rules: docs/clicks.md.
 *
 * Only what no person's browser does makes a bot here. `Save-Data`, `DNT` and `Sec-GPC` are a person's own settings and say
 * nothing. What was not kept of a visit says nothing either: it speaks for the person.
 */
import type { ClickReasonKey } from './click-reasons.ts'

/** hosting: a data centre; bots: a network of known bots; null: anything else. */
export type AddressClass = 'hosting' | 'bots' | null

export interface HitEvidence {
  method: string
  agent: string
  /** the agent is a known program (isbot), told by the caller */
  isBot: boolean
  /** by lower-case name; those that tell, as far as they were sent. null: not kept, by a version that did not look at them */
  headers: Readonly<Record<string, string>> | null
  addressClass: AddressClass
}

/** The rule that holds for this visit alone, null: nothing speaks against a person. */
export function judgeHit(evidence: HitEvidence): ClickReasonKey | null {
  const { method, agent, isBot, headers, addressClass } = evidence
  if (method !== 'GET') return 'method'
  if (agent.trim() === '') return 'no_agent'
  if (isBot) return 'agent'
  if (isSoftware(agent)) return 'software'
  if (isPrefetch(headers)) return 'prefetch'
  // A frame is a page within a page: nobody opens a link of an SMS so.
  const destination = headers?.['sec-fetch-dest']
  if (destination !== undefined && destination !== 'document') return 'embedded'
  if (addressClass === 'bots') return 'bot_network'
  if (addressClass === 'hosting') return 'hosting'
  return lacks(headers, 'accept-language') ? 'no_language' : null
}

/**
 * A sign of a program that decides nothing alone and counts where many profiles' links are opened from one address:
 * headers that every browser sends are missing, or the address is a data centre's.
 */
export function isSigned({ headers, addressClass }: HitEvidence): boolean {
  return addressClass !== null || lacks(headers, 'accept-language') || lacks(headers, 'accept-encoding')
}

/** The HTTP stacks of Android and of Apple's systems, without a browser in front of them. */
function isSoftware(agent: string): boolean {
  return /\bDalvik\//.test(agent) || (/\bCFNetwork\//.test(agent) && !/\bSafari\//.test(agent))
}

function isPrefetch(headers: HitEvidence['headers']): boolean {
  return ['sec-purpose', 'purpose', 'x-purpose', 'x-moz'].some(name =>
    /prefetch|prerender|preview/i.test(headers?.[name] ?? ''),
  )
}

/** It was looked for, and not sent. */
function lacks(headers: HitEvidence['headers'], name: string): boolean {
  return headers !== null && (headers[name] ?? '').trim() === ''
}
