import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { AddressGatherer, countAlsoIn } from './address-set.ts'

const hashOf = (address: number) => createHash('sha256').update(String(address)).digest().subarray(0, 8)
const setOf = (addresses: readonly number[]) => {
  const gatherer = new AddressGatherer()
  // In several lists, as the buckets come.
  for (let from = 0; from < addresses.length; from += 3)
    gatherer.add(Buffer.concat(addresses.slice(from, from + 3).map(hashOf)))
  return gatherer.set()
}

test('two sets say how many addresses of the one are in the other, in any order', async () => {
  const addresses = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 80 })
  await fc.assert(
    fc.asyncProperty(addresses, addresses, async (own, theirs) => {
      const wanted = own.filter(address => theirs.includes(address)).length
      expect(await countAlsoIn(await setOf(own), await setOf(theirs))).toBe(wanted)
    }),
  )
})
