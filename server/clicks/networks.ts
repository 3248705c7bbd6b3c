/**
 * Is an address of a data centre, or of known bots? Only by the list that an operator gave (HOMING_NETWORKS): a file with a
 * network a line, `203.0.113.0/24` or `2001:db8::/32`, a word `bots` behind it for networks of known bots, `#` before a
 * remark. Homing ships none: such lists are outdated within weeks.
 *
 * The address itself is stored only as a hash, so its class is found when the click arrives and kept with it. It takes about 1 µs for
 * 20,000 networks: every redirect waits for it.
 */
import { readFileSync } from 'node:fs'
import type { AddressClass } from '../../core/clicks/hit.ts'
import { problem } from '../../core/problems.ts'
import { containedIn, type Network, readNetwork } from '../platform/ip-networks.ts'

type Word = 'hosting' | 'bots'

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
  const networks: Record<Word, Network[]> = { hosting: [], bots: [] }
  for (const [at, line] of text.split('\n').entries()) {
    const [written = '', word = 'hosting', ...more] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (written === '') continue
    const network = more.length === 0 ? readNetwork(written) : undefined
    if (network === undefined || (word !== 'hosting' && word !== 'bots'))
      throw problem('setting_invalid', {
        name: 'HOMING_NETWORKS',
        value: `line ${at + 1}: ${line.trim().slice(0, 100)}`,
        wanted: 'a network like 203.0.113.0/24 on each line, with the word "bots" behind it for known bots',
      })
    networks[word].push(network)
  }
  const isBots = containedIn(networks.bots)
  const isHosting = containedIn(networks.hosting)
  if (networks.bots.length + networks.hosting.length === 0) return () => null
  return address => (isBots(address) ? 'bots' : isHosting(address) ? 'hosting' : null)
}
