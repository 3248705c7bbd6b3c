/**
 * Which characters make a text expensive, and what does smart encoding save? For the composer, on the text as it would be sent.
 *
 * Always: counted by the rule by which it is sent (split.ts); a character's price is the difference that this character alone makes.
 */
import { clusterEnd } from './clusters.ts'
import { septetsOf } from './gsm-alphabet.ts'
import { type SmartChange, smartEncode } from './smart.ts'
import { countParts } from './split.ts'

/** One character that smart encoding replaces. */
export interface Saving {
  from: string
  to: string
  /** UTF-16 indices into the text as written */
  places: number[]
  /** parts that the text would have if this character alone stayed */
  partsIfKept: number
}

export interface Savings {
  /** parts without smart encoding */
  plain: number
  /** parts with it */
  smart: number
  changes: Saving[]
}

/**
 * `plainText`: rendered without smart encoding; `changes`: those of the template that was read with it. Both count the same
 * text, so what is said here is what the counter shows.
 */
export function savingsOf(plainText: string, changes: readonly SmartChange[]): Savings {
  const byCharacter = Map.groupBy(changes, change => change.from)
  return {
    plain: countParts(plainText),
    smart: countParts(smartEncode(plainText).text),
    changes: [...byCharacter].map(([from, same]) => ({
      from,
      to: same[0]!.to,
      places: same.map(change => change.index),
      partsIfKept: countParts(smartEncode(plainText, new Set([from])).text),
    })),
  }
}

/** What keeps a text out of the SMS alphabet. */
export interface Forcing {
  /** as a person sees them (an emoji is one), each once, in the order of the text */
  characters: string[]
  parts: number
  /** parts if a letter of the alphabet replaced each */
  partsWithout: number
}

/** Undefined for a text that the SMS alphabet has. */
export function forcingOf(text: string): Forcing | undefined {
  const characters = new Set<string>()
  let without = ''
  for (let at = 0; at < text.length; ) {
    const end = clusterEnd(text, at)
    const character = text.slice(at, end)
    if (isOutside(character)) characters.add(character)
    without += isOutside(character) ? 'x' : character
    at = end
  }
  if (characters.size === 0) return undefined
  return { characters: [...characters], parts: countParts(text), partsWithout: countParts(without) }
}

function isOutside(character: string): boolean {
  for (let i = 0; i < character.length; i++) if (septetsOf(character.charCodeAt(i)) === 0) return true
  return false
}
