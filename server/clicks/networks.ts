/**
 * Is an address of a data centre, or of known bots? Only by the list that an operator gave (HOMING_NETWORKS): a file with a
 * network a line, `203.0.113.0/24` or `2001:db8::/32`, a word `bots` behind it for networks of known bots, `#` before a
 * remark. Homing ships none: such lists are outdated within weeks.
 *
 * The address itself is stored only as a hash, so its class is found when it comes and kept with the click. Looked up in a
 * sorted list, some 100 ns whatever its length: this stands before the redirect.
 */
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import type { AddressClass } from '../../core/clicks/hit.ts'
import { problem } from '../../core/problems.ts'

type Word = 'hosting' | 'bots'

interface Range {
  first: bigint
  last: bigint
  word: Word
}

/** The list of the installation; null: nothing is known of any address. Throws `setting_invalid`. */
export function readNetworksFile(path: string | null): (address: string) => AddressClass {
  if (path === null) return () => null
  try {
    return readNetworks(readFileSync(path, 'utf8'))
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error
    throw problem('setting_invalid', { name: 'HOMING_NETWORKS', value: path, wanted: 'a file that can be read' })
  }
}

/** Throws `setting_invalid`, which names the line. Where networks overlap, `bots` wins. */
export function readNetworks(text: string): (address: string) => AddressClass {
  const ranges = { 4: [] as Range[], 6: [] as Range[] }
  for (const [at, line] of text.split('\n').entries()) {
    const [network = '', word = 'hosting', ...more] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (network === '') continue
    const range = more.length === 0 && (word === 'hosting' || word === 'bots') ? rangeOf(network, word) : undefined
    if (range === undefined)
      throw problem('setting_invalid', {
        name: 'HOMING_NETWORKS',
        value: `line ${at + 1}: ${line.trim().slice(0, 100)}`,
        wanted: 'a network like 203.0.113.0/24 on each line, with the word "bots" behind it for known bots',
      })
    ranges[range.family].push(range)
  }
  const lists = {
    4: [listOf(ranges[4], 'bots'), listOf(ranges[4], 'hosting')] as const,
    6: [listOf(ranges[6], 'bots'), listOf(ranges[6], 'hosting')] as const,
  }
  if (ranges[4].length + ranges[6].length === 0) return () => null
  return address => {
    const family = isIP(address)
    if (family !== 4 && family !== 6) return null
    const [bots, hosting] = lists[family]
    const number = numberOf(address, family)
    return contains(bots, number) ? 'bots' : contains(hosting, number) ? 'hosting' : null
  }
}

function rangeOf(network: string, word: Word): (Range & { family: 4 | 6 }) | undefined {
  const [address = '', bits, ...more] = network.split('/')
  const family = isIP(address)
  if ((family !== 4 && family !== 6) || more.length > 0 || address.includes('%')) return undefined
  const most = family === 4 ? 32 : 128
  if (bits !== undefined && !/^\d{1,3}$/.test(bits)) return undefined
  const prefix = bits === undefined ? most : Number(bits)
  if (prefix > most) return undefined
  const size = 1n << BigInt(most - prefix)
  const first = (numberOf(address, family) / size) * size
  return { family, first, last: first + size - 1n, word }
}

/** Sorted, without overlaps. */
function listOf(ranges: readonly Range[], word: Word): Range[] {
  const list: Range[] = []
  const sorted = ranges.filter(range => range.word === word).sort((a, b) => (a.first < b.first ? -1 : 1))
  for (const range of sorted) {
    const before = list.at(-1)
    if (before === undefined || range.first > before.last) list.push({ ...range })
    else if (range.last > before.last) before.last = range.last
  }
  return list
}

function contains(list: readonly Range[], number: bigint): boolean {
  let [low, high] = [0, list.length - 1]
  while (low <= high) {
    const middle = (low + high) >> 1
    const { first, last } = list[middle]!
    if (number < first) high = middle - 1
    else if (number > last) low = middle + 1
    else return true
  }
  return false
}

function numberOf(address: string, family: 4 | 6): bigint {
  if (family === 4) return BigInt(address.split('.').reduce((n, part) => n * 256 + Number(part), 0))
  const [head = '', tail] = address.split('::')
  const before = groupsOf(head)
  const after = groupsOf(tail ?? '')
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0)
  return [...before, ...zeros, ...after].reduce((n, group) => n * 65_536n + BigInt(group), 0n)
}

/** The 16-bit groups of a part of an IPv6 address, which may end as an IPv4 address. */
function groupsOf(part: string): number[] {
  return part
    .split(':')
    .filter(group => group !== '')
    .flatMap(group => {
      if (!group.includes('.')) return [Number.parseInt(group, 16)]
      const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
      return [a * 256 + b, c * 256 + d]
    })
}
