/**
 * Which visits of one link are kept, when it is opened again and again? One link of one SMS must not fill the disk, and no figure
 * may change by what is left out:
 *
 * - The first 20 are kept, and then 20 within 10 s; then only the first of each further visitor (address and program), 20 of them. A person's
 *   clicks within 10 s count once anyway (core/clicks/count-clicks.ts), so what is left out is repetition by programs.
 * - After 1,000 visits of one link no more are kept: of one message no more become facts (judge.ts).
 *
 * Each process counts alone, so n processes keep up to n times the limit. A visit that is not kept waits until the last visit that was
 * kept is durable: a redirect always means that its link has been recorded.
 */
import { doubleTapMs } from '../../core/clicks/count-clicks.ts'
import { clicksKept } from './judge.ts'

export const keptAtOnce = 20
const strangersAtOnce = 20
/** Links that are remembered, twice (below). */
const countedAtOnce = 50_000
const busyAtOnce = 5_000

/** What tells visitors apart. */
interface Visitor {
  addressHash: string
  agent: string
}

/** A link that was opened more than 20 times. */
interface Busy {
  /** which 10 s */
  span: number
  kept: number
  strangers: Set<string> | undefined
  total: number
  /** the last visit that was kept */
  durable: Promise<unknown>
}

export class Repeats {
  /** nearly every link is opened a few times: a number for each is all that they cost */
  readonly #counts = new Remembered<number>(countedAtOnce)
  readonly #busy = new Remembered<Busy>(busyAtOnce)

  /** `append` makes this visit durable, and is called where it is to be kept. */
  keep(codeNumber: number, visitor: Visitor, at: Date, append: () => Promise<unknown>): Promise<unknown> {
    let busy = this.#busy.get(codeNumber)
    if (busy === undefined) {
      const count = (this.#counts.get(codeNumber) ?? 0) + 1
      if (count <= keptAtOnce) {
        this.#counts.set(codeNumber, count)
        return append()
      }
      busy = { span: 0, kept: 0, strangers: undefined, total: keptAtOnce, durable: Promise.resolve() }
    }
    this.#busy.set(codeNumber, busy)
    return keepBusy(busy, visitor, at, append)
  }
}

function keepBusy(busy: Busy, visitor: Visitor, at: Date, append: () => Promise<unknown>): Promise<unknown> {
  const span = Math.floor(at.getTime() / doubleTapMs)
  if (busy.span !== span) {
    busy.span = span
    busy.kept = 0
    busy.strangers = undefined
  }
  if (!isKept(busy, visitor)) return busy.durable
  busy.kept++
  busy.total++
  busy.durable = append()
  busy.durable.catch(() => {
    // Nothing stands for those who come next: the next one is kept.
    busy.kept = 0
    busy.strangers = undefined
    busy.total--
  })
  return busy.durable
}

function isKept(busy: Busy, visitor: Visitor): boolean {
  if (busy.total >= clicksKept) return false
  if (busy.kept < keptAtOnce) return true
  busy.strangers ??= new Set()
  const name = `${visitor.addressHash} ${visitor.agent}`
  if (busy.strangers.size >= strangersAtOnce || busy.strangers.has(name)) return false
  busy.strangers.add(name)
  return true
}

/** The last n numbers, and the n before them: a number that is used now and then stays. */
class Remembered<Value> {
  readonly #most: number
  #recent = new Map<number, Value>()
  #before = new Map<number, Value>()

  constructor(most: number) {
    this.#most = most
  }

  get(key: number): Value | undefined {
    return this.#recent.get(key) ?? this.#before.get(key)
  }

  set(key: number, value: Value): void {
    if (this.#recent.size >= this.#most && !this.#recent.has(key)) {
      this.#before = this.#recent
      this.#recent = new Map()
    }
    this.#recent.set(key, value)
  }
}
