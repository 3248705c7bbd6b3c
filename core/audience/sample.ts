/**
 * What does a part of the audience say of the whole? Everybody has the same chance to be in the sample, on their own.
 *
 * Always: the range holds the truth 19 times of 20. Counts: the score interval of a binomial share, which is right for small
 * numbers and for none. Sums: Horvitz-Thompson with its own variance. Source: Wilson 1927; Horvitz and Thompson 1952.
 */
export interface Estimate {
  value: number
  low: number
  high: number
}

/** The buckets that are looked at, of 256: profiles are spread over them by their id. */
export const sampledBuckets = 32
export const sampledShare = sampledBuckets / 256

const z = 1.96

/** The estimated total, from the number found in a share of all. */
export function estimateCount(found: number, share: number): Estimate {
  const rest = z * z * (1 - share)
  const middle = 2 * found + rest
  const half = Math.sqrt(middle * middle - 4 * found * found)
  return {
    value: Math.round(found / share),
    low: Math.max(found, Math.floor((middle - half) / (2 * share))),
    high: Math.ceil((middle + half) / (2 * share)),
  }
}

/** The sum of all, where those found add up to `sum`, and their squares to `squares`. `most`: the most that one may add. */
export function estimateSum(sum: number, squares: number, share: number, most: number): Estimate {
  const half = (z * Math.sqrt(squares * (1 - share))) / share
  // Where few were found their spread is not known: nobody is counted as found that could not be missed.
  const unseen = (most * z * z * (1 - share)) / share
  return {
    value: Math.round(sum / share),
    low: Math.max(sum, Math.floor(sum / share - half)),
    high: Math.ceil(sum / share + half + unseen),
  }
}
