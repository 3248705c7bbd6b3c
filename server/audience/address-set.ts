/**
 * Many addresses as a set, in eight bytes each, to see how many two audiences share: the same phone number reached through two profiles is one
 * phone. Each address is 52 bits of its hash, in order: two sets of a million take one number for another once in some thousands of comparisons.
 * No address leaves the database.
 */

export type AddressSet = Float64Array

/** Takes the lists of hashes of statements, eight bytes each (`hashesOf` in recipients.ts). */
export class AddressGatherer {
  private readonly found: Float64Array[] = []

  add(hashes: Buffer): void {
    const list = new Float64Array(hashes.length / 8)
    for (let i = 0; i < list.length; i++)
      list[i] = (hashes.readUInt32BE(i * 8) & 0xf_ffff) * 2 ** 32 + hashes.readUInt32BE(i * 8 + 4)
    this.found.push(list)
  }

  /** One that came twice is in it twice: it gets two messages. */
  set(): AddressSet {
    const all = new Float64Array(this.found.reduce((sum, { length }) => sum + length, 0))
    let at = 0
    for (const list of this.found) {
      all.set(list, at)
      at += list.length
    }
    return all.sort()
  }
}

/** How many of `own` are in `theirs`. */
export function countAlsoIn(own: AddressSet, theirs: AddressSet): number {
  let both = 0
  let j = 0
  for (const address of own) {
    while (j < theirs.length && theirs[j]! < address) j++
    if (j === theirs.length) break
    if (theirs[j] === address) both++
  }
  return both
}
