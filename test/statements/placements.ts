/** Where does each table lie? As the migrations say it: `select place('messages', 'D')`. */
import { filesBelow, readText } from '../sources.ts'
import type { Placement } from './shards.ts'

export function readPlacements(): ReadonlyMap<string, Placement> {
  const found = new Map<string, Placement>()
  for (const path of filesBelow('migrations').filter(path => /\/\d{4}_.*\.sql$/.test(path)))
    for (const [, table = '', placement = '', column] of readText(path).matchAll(
      /\bplace\('(\w+)', '([LRDV])'(?:, '(\w+)')?\)/g,
    ))
      found.set(
        table,
        placement === 'V' ? { class: 'V', column: column ?? '' } : { class: classOf(placement), column: 'bucket' },
      )
  return found
}

const classOf = (placement: string): 'L' | 'R' | 'D' => (placement === 'D' || placement === 'R' ? placement : 'L')
