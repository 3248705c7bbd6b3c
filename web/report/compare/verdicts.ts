/** States which activity did better, only where the intervals of the rates do not overlap. */
import { compareShares, type Share } from '../../../core/report/intervals.ts'

/** In the order of the names. */
export function verdictWords(names: readonly string[], shares: readonly Share[]): string {
  const found = compareShares(shares)
  if (found === null) return 'Not enough data to compare yet.'
  const { highest, beaten } = found
  if (beaten.length === 0) return 'No clear difference: it could be due to chance.'
  const quoted = (place: number) => `“${names[place] ?? ''}”`
  const known = shares.filter(({ d }) => d > 0).length
  if (beaten.length === known - 1) return `${quoted(highest)} is clearly higher${known > 2 ? ' than all others' : ''}.`
  return `${quoted(highest)} is clearly higher than ${beaten.map(quoted).join(', ')}, and not clearly higher than the rest.`
}
