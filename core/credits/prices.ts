/**
 * What does one part cost to a number? The price of the longest prefix of its E.164 form that has one.
 * A workspace without any price pays 1 credit per part, to any country. Credits are ten-thousandths, integers.
 */
export interface PriceList {
  /** The prefixes that have a price, by their length, the longest first; null: one price for every number. */
  prefixes: ReadonlyMap<number, string[]> | null
  /** null: this number has no price, and cannot be sent to */
  creditsE4(phone: string): number | null
}

/** Of a channel that costs no credits. */
export const free: PriceList = { prefixes: null, creditsE4: () => 0 }

/** `prices`: the valid price of each prefix, each prefix once. */
export function priceListOf(prices: readonly { prefix: string; creditsE4: number }[]): PriceList {
  if (prices.length === 0) return { prefixes: null, creditsE4: () => 10_000 }
  const priceOf = new Map(prices.map(({ prefix, creditsE4 }) => [prefix, creditsE4]))
  const longest = Math.max(...prices.map(({ prefix }) => prefix.length))
  const prefixes = Map.groupBy(
    [...priceOf.keys()].sort((a, b) => b.length - a.length),
    prefix => prefix.length,
  )
  return {
    prefixes,
    creditsE4(phone) {
      for (let length = Math.min(longest, phone.length); length >= 0; length--) {
        const price = priceOf.get(phone.slice(0, length))
        if (price !== undefined) return price
      }
      return null
    },
  }
}
