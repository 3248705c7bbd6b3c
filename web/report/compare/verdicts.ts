/** Which activity did better? Only where the intervals of the rates do not overlap; before that, it is too early to say or makes no difference. */
import { compareShares, type Share } from '../../../core/report/intervals.ts'
import { percent } from '../../ui/numbers.ts'

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

/** What is compared, up to the same time since sending. */
export interface Contestant {
  name: string
  counts: { sent: number; delivered: number; unique: number }
}

/** Most clicks come within a day. */
const earlyMinutes = 1440

/** The answer for all of them: by those who clicked, or by delivery where nobody has. `minutes`: the time since sending. */
export function betterWords(all: readonly Contestant[], minutes: number): { title: string; words: string } {
  const byClicks = all.some(({ counts }) => counts.unique > 0)
  const shares = all.map(({ counts: { sent, delivered, unique } }) =>
    byClicks ? { n: unique, d: delivered } : { n: delivered, d: sent },
  )
  const found = compareShares(shares)
  if (found === null) return { title: 'Too early to say', words: 'Fewer than two of these SMS have been delivered.' }
  const { highest, beaten } = found
  const rate = (place: number) => percent(shares[place] ? shares[place].n / shares[place].d : null)
  const what = byClicks ? 'of Delivered clicked' : 'of Sent were delivered'
  const known = shares.flatMap(({ d }, place) => (d > 0 ? [place] : []))
  const others = known.filter(place => place !== highest)
  const against = `${rate(highest)} ${what}, against ${listed(others.map(rate))}.`
  if (beaten.length === 0) {
    const chance = `${against} The difference could be due to chance.`
    return minutes < earlyMinutes
      ? { title: 'Too early to say', words: `${chance} Compare again when all are 24 hours old.` }
      : { title: 'No clear difference', words: chance }
  }
  const quoted = (place: number) => `“${all[place]?.name ?? ''}”`
  const than = beaten.length === others.length ? '' : ` than ${listed(beaten.map(quoted))}`
  const rest = others.filter(place => !beaten.includes(place))
  const open = rest.length === 0 ? '' : ` The difference to ${listed(rest.map(quoted))} could be due to chance.`
  return { title: `${quoted(highest)} did better${than}`, words: `${against}${open}` }
}

const listed = (words: readonly string[]) => new Intl.ListFormat('en', { type: 'conjunction' }).format(words)
