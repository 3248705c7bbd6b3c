/**
 * Which visits of one link are kept, when it is opened again and again? One link of one SMS must not fill the disk, and no figure
 * may change by what is left out:
 *
 * - Within 10 s the first 20 are kept; then only the first of each further visitor (address and program), 20 of them. A person's
 *   clicks within 10 s count once anyway (core/clicks/verdict.ts), so what is left out is repetition by programs.
 * - After 1,000 visits of one link no more are kept: of one message no more become facts (judge.ts).
 *
 * Each process counts for itself, so that several keep up to so many each. Whoever is not kept waits until the last visit that was
 * kept is durable: a redirect always means that its link has been recorded.
 */
import { doubleTapMs } from '../../core/clicks/verdict.ts'
import { clicksKept } from './judge.ts'

export const keptAtOnce = 20
const strangersAtOnce = 20
/** Links that are counted apart, in two generations: one that is opened now and then stays. */
const linksCounted = 50_000

interface Opened {
  /** which 10 s */
  span: number
  kept: number
  strangers: Set<string> | undefined
  total: number
  /** the last visit that was kept */
  durable: Promise<unknown>
}

export class Repeats {
  #recent = new Map<number, Opened>()
  #before = new Map<number, Opened>()

  /** `append` makes this visit durable, and is called where it is to be kept. `visitor` tells visitors apart. */
  keep(codeNumber: number, visitor: string, at: Date, append: () => Promise<unknown>): Promise<unknown> {
    const opened = this.#find(codeNumber)
    const span = Math.floor(at.getTime() / doubleTapMs)
    if (opened.span !== span) {
      opened.span = span
      opened.kept = 0
      opened.strangers = undefined
    }
    if (!isKept(opened, visitor)) return opened.durable
    opened.kept++
    opened.total++
    const durable = append()
    opened.durable = durable
    durable.catch(() => {
      // Nothing stands for those who come next: the next one is kept.
      opened.kept = 0
      opened.strangers = undefined
      opened.total--
    })
    return durable
  }

  #find(codeNumber: number): Opened {
    const recent = this.#recent.get(codeNumber)
    if (recent !== undefined) return recent
    const opened = this.#before.get(codeNumber) ?? {
      span: 0,
      kept: 0,
      strangers: undefined,
      total: 0,
      durable: Promise.resolve(),
    }
    if (this.#recent.size >= linksCounted) {
      this.#before = this.#recent
      this.#recent = new Map()
    }
    this.#recent.set(codeNumber, opened)
    return opened
  }
}

function isKept(opened: Opened, visitor: string): boolean {
  if (opened.total >= clicksKept) return false
  if (opened.kept < keptAtOnce) return true
  opened.strangers ??= new Set()
  if (opened.strangers.size >= strangersAtOnce || opened.strangers.has(visitor)) return false
  opened.strangers.add(visitor)
  return true
}
