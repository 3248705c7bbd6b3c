/**
 * How sure is a rate? 300 of 1,000 says more than 3 of 10. The interval is Wilson's at 95 %: it holds for small numbers and
 * near 0 and 1, where the usual "plus or minus" does not.
 * Source: E. B. Wilson, Journal of the American Statistical Association 22 (1927), 209-212.
 */

export interface Interval {
  /** 0..1, low <= the rate <= high */
  low: number
  high: number
}

/** The normal distribution leaves 2.5 % on either side of it. */
const z = 1.959964

/** Null where the denominator is 0: nothing is known. n beyond d (a figure read a moment later) counts as all. */
export function wilson(n: number, d: number): Interval | null {
  if (d <= 0) return null
  const p = Math.min(Math.max(n / d, 0), 1)
  const spread = (z * z) / d
  const centre = (p + spread / 2) / (1 + spread)
  const half = (z / (1 + spread)) * Math.sqrt((p * (1 - p)) / d + spread / (4 * d))
  // At the ends the formula gives 0 and 1 but for rounding.
  return { low: p === 0 ? 0 : Math.max(0, centre - half), high: p === 1 ? 1 : Math.min(1, centre + half) }
}

/** A rate that is compared: n of d. */
export interface Share {
  n: number
  d: number
}

export interface Comparison {
  /** place of the highest rate among those given */
  highest: number
  /** places of those that it is clearly higher than: their intervals do not meet its own */
  beaten: number[]
}

/** Null: fewer than two rates are known. Where `beaten` is empty, chance alone may explain what differs. */
export function compareShares(shares: readonly Share[]): Comparison | null {
  const known = shares.flatMap(({ n, d }, place) => {
    const interval = wilson(n, d)
    return interval === null ? [] : [{ place, rate: n / d, ...interval }]
  })
  if (known.length < 2) return null
  const top = known.reduce((best, one) => (one.rate > best.rate ? one : best))
  return { highest: top.place, beaten: known.filter(({ high }) => high < top.low).map(({ place }) => place) }
}
