/** Chances that are the same each time: pure functions of what they are about. */

/** 32 bits that look random, from three numbers. */
export function hash(seed: number, i: number, salt: number): number {
  return mix((Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(i, 0x85ebca6b) ^ Math.imul(salt, 0xc2b2ae35)) >>> 0)
}

/** Spreads 32 bits (the finalizer of lowbias32, public domain). */
function mix(bits: number): number {
  let x = bits
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d) >>> 0
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b) >>> 0
  return (x ^ (x >>> 16)) >>> 0
}

/** 0 to below 1, one for each use of a person in an activity. */
export const roll = (person: number, activity: number, use: number): number =>
  hash(person, activity, use) / 0x1_0000_0000
