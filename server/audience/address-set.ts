/**
 * Many addresses as a set, in eight bytes each, to see how many two audiences share: the same phone number reached through two profiles is one
 * phone. Each address is 52 bits of its hash, in order: two sets of a million take one number for another once in some thousands of comparisons.
 * No address leaves the database.
 */

import { breather } from '../platform/breathe.ts'

/** In parts by the highest eight bits, so that nothing else waits for the sort of a million. */
export interface AddressSet {
  size: number
  parts: readonly Float64Array[]
}

const partCount = 256
const partOf = (address: number) => Math.floor(address / 2 ** 44)

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
  async set(): Promise<AddressSet> {
    const breathe = breather()
    const sizes = new Uint32Array(partCount)
    for (const list of this.found) {
      for (const address of list) sizes[partOf(address)]!++
      await breathe()
    }
    const parts = Array.from(sizes, size => new Float64Array(size))
    const filled = new Uint32Array(partCount)
    for (const list of this.found) {
      for (const address of list) {
        const part = partOf(address)
        parts[part]![filled[part]!++] = address
      }
      await breathe()
    }
    for (const part of parts) {
      part.sort()
      await breathe()
    }
    return { size: parts.reduce((sum, { length }) => sum + length, 0), parts }
  }
}

/** How many of `own` are in `theirs`. */
export async function countAlsoIn(own: AddressSet, theirs: AddressSet): Promise<number> {
  const breathe = breather()
  let both = 0
  for (const [i, part] of own.parts.entries()) {
    both += countInPart(part, theirs.parts[i]!)
    await breathe()
  }
  return both
}

/** Both in order. */
function countInPart(own: Float64Array, theirs: Float64Array): number {
  let both = 0
  let j = 0
  for (const address of own) {
    while (j < theirs.length && theirs[j]! < address) j++
    if (j === theirs.length) break
    if (theirs[j] === address) both++
  }
  return both
}
