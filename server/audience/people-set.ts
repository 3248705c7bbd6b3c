/**
 * Many people as a set of ids, in little memory and in few bytes: who came, who went. By bucket, the rest of each id (id >> 8)
 * in order. Packed: the gaps between them, seven bits per byte, deflated. Ids are dense, so most gaps are small and alike: of a million people of one
 * list nearly nothing is left, and of a random half of them a quarter of a megabyte.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { bucketCount } from '../platform/db/buckets.ts'

/** One ordered list of (id >> 8) per bucket. */
export type PeopleSet = readonly Uint32Array[]

/** Takes the lists of ids of statements, as `idsOf` selects them, in any order; a bucket may come several times. */
export class PeopleGatherer {
  private readonly found: Uint32Array[][] = Array.from({ length: bucketCount }, () => [])

  add(bucket: number, ids: Buffer): void {
    const list = new Uint32Array(ids.length / 4)
    for (let i = 0; i < list.length; i++) list[i] = ids.readUInt32BE(i * 4)
    this.found[bucket]!.push(list)
  }

  set(): PeopleSet {
    return this.found.map(lists => {
      const all = new Uint32Array(lists.reduce((sum, { length }) => sum + length, 0))
      let at = 0
      for (const list of lists) {
        all.set(list, at)
        at += list.length
      }
      return all.sort()
    })
  }
}

export const sizeOf = (people: PeopleSet): number => people.reduce((sum, { length }) => sum + length, 0)

export function packPeople(people: PeopleSet): Buffer {
  const bytes = new Uint8Array(sizeOf(people) * 5 + bucketCount * 5)
  let at = 0
  const write = (value: number) => {
    let rest = value
    while (rest >= 128) {
      bytes[at++] = (rest & 127) | 128
      rest >>>= 7
    }
    bytes[at++] = rest
  }
  for (const ids of people) {
    write(ids.length)
    let last = 0
    for (const id of ids) {
      write(id - last)
      last = id
    }
  }
  return deflateRawSync(bytes.subarray(0, at), { level: 6 })
}

export function unpackPeople(packed: Uint8Array): PeopleSet {
  const bytes = inflateRawSync(packed)
  let at = 0
  const read = () => {
    let value = 0
    let shift = 0
    let byte: number
    do {
      byte = bytes[at++] ?? 0
      value |= (byte & 127) << shift
      shift += 7
    } while (byte >= 128)
    return value >>> 0
  }
  return Array.from({ length: bucketCount }, () => {
    const ids = new Uint32Array(read())
    let last = 0
    for (let i = 0; i < ids.length; i++) {
      last += read()
      ids[i] = last
    }
    return ids
  })
}

export interface ChangeOfPeople {
  joined: number
  left: number
  /** the first of them, in the order of the keys */
  firstJoined: number[]
  firstLeft: number[]
}

/** `shown`: the most ids of each side that are named. */
export function differenceOf(before: PeopleSet, now: PeopleSet, shown: number): ChangeOfPeople {
  const difference: ChangeOfPeople = { joined: 0, left: 0, firstJoined: [], firstLeft: [] }
  for (let bucket = 0; bucket < bucketCount; bucket++) {
    const idOf = (rest: number) => rest * bucketCount + bucket
    walk(before[bucket]!, now[bucket]!, {
      onlyFirst: rest => {
        if (difference.left++ < shown) difference.firstLeft.push(idOf(rest))
      },
      onlySecond: rest => {
        if (difference.joined++ < shown) difference.firstJoined.push(idOf(rest))
      },
    })
  }
  return difference
}

/** The ids of the first set that are not in the second, in the order of the keys (bucket, id). */
export function onlyIn(first: PeopleSet, second: PeopleSet): number[] {
  const ids: number[] = []
  for (let bucket = 0; bucket < bucketCount; bucket++)
    walk(first[bucket]!, second[bucket]!, {
      onlyFirst: rest => ids.push(rest * bucketCount + bucket),
      onlySecond: () => {},
    })
  return ids
}

/** Both lists side by side. */
function walk(
  first: Uint32Array,
  second: Uint32Array,
  told: { onlyFirst: (rest: number) => void; onlySecond: (rest: number) => void },
): void {
  let i = 0
  let j = 0
  while (i < first.length || j < second.length) {
    const a = first[i] ?? Number.POSITIVE_INFINITY
    const b = second[j] ?? Number.POSITIVE_INFINITY
    if (a < b) {
      told.onlyFirst(a)
      i++
    } else if (b < a) {
      told.onlySecond(b)
      j++
    } else {
      i++
      j++
    }
  }
}
