/**
 * The confidence interval of a rate: 300 of 1,000 says more than 3 of 10. This is Wilson's interval at 95%. Unlike the normal
 * approximation, it holds for small counts and for rates near 0 and 1.
 * Source: E. B. Wilson, Journal of the American Statistical Association 22 (1927), 209-212.
 */

export interface Interval {
  /** 0..1, low <= the rate <= high */
  low: number
  high: number
}

/** The normal distribution has 2.5% beyond it on each side. */
const z = 1.959964

/** Null if the denominator is 0. n above d (a figure that was read a moment later) counts as d. */
export function wilson(n: number, d: number): Interval | null {
  if (d <= 0) return null
  const p = Math.min(Math.max(n / d, 0), 1)
  const spread = (z * z) / d
  const centre = (p + spread / 2) / (1 + spread)
  const half = (z / (1 + spread)) * Math.sqrt((p * (1 - p)) / d + spread / (4 * d))
  // Removes rounding errors: at the ends the formula gives exactly 0 and 1.
  return { low: p === 0 ? 0 : Math.max(0, centre - half), high: p === 1 ? 1 : Math.min(1, centre + half) }
}

/** A rate in a comparison: n of d. */
export interface Share {
  n: number
  d: number
}

export interface ClearlyHigher {
  /** index of the highest rate */
  highest: number
  /** indexes of the rates that it is clearly higher than: their intervals do not overlap */
  beaten: number[]
}

/** Null: fewer than two rates are known. If `beaten` is empty, the differences may be due to chance. */
export function compareShares(shares: readonly Share[]): ClearlyHigher | null {
  const known = shares.flatMap(({ n, d }, place) => {
    const interval = wilson(n, d)
    return interval === null ? [] : [{ place, rate: n / d, ...interval }]
  })
  if (known.length < 2) return null
  const top = known.reduce((best, one) => (one.rate > best.rate ? one : best))
  return { highest: top.place, beaten: known.filter(({ high }) => high < top.low).map(({ place }) => place) }
}
