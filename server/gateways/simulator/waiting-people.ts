/**
 * Those who will do something with their message: from the moment it is submitted until their last visit has been
 * answered. What each does is decided by its fate; when, by its arrival.
 */
import type { VisitLine } from './memory-file.ts'
import type { SimulatorOptions } from './options.ts'
import { type Deed, People } from './people.ts'
import type { Fate } from './population.ts'
import type { Register } from './register.ts'
import { Schedule } from './time-slots.ts'

type Reader = {
  readonly message: number
  readonly fate: Fate
  readonly links: readonly URL[]
  /** Marks of the errands that are done. */
  readonly done: Set<string>
}

type Errand = { readonly reader: Reader; readonly mark: string; readonly deed: Deed; readonly links: readonly URL[] }
/** `later`: what the same person does after it, in order. */
type Begun = Errand & { readonly later: readonly Errand[] }

type Timing = Pick<SimulatorOptions, 'visitDelayMs' | 'readingMs' | 'clockRate'>

export class WaitingPeople {
  readonly #register: Register
  readonly #timing: Timing
  readonly #journal: (line: string) => void
  readonly #readers = new Map<number, Reader>()
  readonly #people = new People()
  /** What people do after what they are at now. */
  #ahead = 0
  readonly #schedule = new Schedule<Begun>(due => {
    for (const errand of due) this.#begin(errand)
  })

  constructor(register: Register, timing: Timing, journal: (line: string) => void) {
    this.#register = register
    this.#timing = timing
    this.#journal = journal
  }

  /** Visits that are due or under way; those of messages that have not arrived are not among them. */
  get open(): number {
    return this.#schedule.size + this.#people.busy + this.#ahead
  }

  /** Will anybody do something with this message once it arrives? Asked before its text is read, at its first attempt. */
  wants(message: number, fate: Fate): boolean {
    if (fate.clicks === 0 && fate.scan === 'none' && !fate.optsOut) return false
    if (fate.kind === 'hard' || fate.kind === 'softForever' || fate.kind === 'silent') return false
    return this.#register.attemptsOf(message) === 1
  }

  expect(message: number, fate: Fate, links: readonly URL[]): void {
    this.#readers.set(message, { message, fate, links, done: new Set() })
  }

  arrived(message: number): void {
    const reader = this.#readers.get(message)
    if (!reader) return
    const errands = errandsOf(reader).filter(errand => !reader.done.has(errand.mark))
    if (errands.length === 0) this.#readers.delete(message)
    const delay = this.#delayOf(reader)
    // A program does not read.
    const scans = errands.filter(({ deed }) => deed === 'scan')
    for (const scan of scans) this.#schedule.add(delay, { ...scan, later: [] })
    const [first, ...later] = errands.filter(({ deed }) => deed !== 'scan')
    const { readingMs, clockRate } = this.#timing
    this.#ahead += later.length
    if (first) this.#schedule.add(delay * (scans.length + 1) + readingMs[0] / clockRate, { ...first, later })
  }

  #delayOf({ fate }: Reader): number {
    const [least, most] = this.#timing.visitDelayMs
    return least + fate.delay * (most - least)
  }

  /** A line of the journal: a visit that was answered before the restart. */
  replay(message: number, line: VisitLine): void {
    this.#register.arrives(message)
    this.#readers.get(message)?.done.add(line.mark)
    this.#count(message, line.deed, line.count, line.uncertain)
  }

  /** After the replay: those who had their message and are not done. */
  resume(): void {
    for (const message of [...this.#readers.keys()]) if (this.#register.hasArrived(message)) this.arrived(message)
  }

  stop(): void {
    this.#schedule.stop()
    this.#people.stop()
  }

  #begin({ reader, mark, deed, links, later }: Begun): void {
    const { message, fate, done } = reader
    const number = String(this.#register.numberOf(message))
    const finished = (what: Deed, count: number, uncertain: boolean) => {
      this.#count(message, what, count, uncertain)
      const hash = this.#register.hashOf(message).toString(16)
      this.#journal(`v ${number} ${hash} ${mark} ${what} ${count} ${uncertain ? 1 : 0}`)
      done.add(mark)
      if (errandsOf(reader).every(errand => done.has(errand.mark))) this.#readers.delete(message)
      // Only now: a person who had to try again for a while still reads, and is not at two links at once.
      const [next, ...rest] = later
      if (!next) return
      const { readingMs, clockRate } = this.#timing
      this.#ahead--
      this.#schedule.add(this.#delayOf(reader) + readingMs[1] / clockRate, { ...next, later: rest })
    }
    this.#people.begin(deed, number, fate, links, { done: finished, dead: what => finished(what, -1, false) })
  }

  /** -1: a dead link. */
  #count(message: number, deed: Deed, count: number, uncertain: boolean): void {
    const { counts } = this.#register
    if (count < 0) counts.deadLinks++
    else if (deed === 'scan') counts.botClicks += count
    else if (deed === 'optOut') counts.unsubscribed += count
    else if (count > 0) this.#register.click(message, uncertain)
  }
}

/** Where a text has several links, the last one is its opt-out: nobody clicks it for pleasure. */
function errandsOf(reader: Reader): Errand[] {
  const { fate, links } = reader
  const own = links.length > 1 ? links.slice(0, -1) : links
  const errands: Errand[] = []
  if (fate.scan !== 'none') errands.push({ reader, mark: 'b', deed: 'scan', links })
  if (fate.clicks > 0) errands.push({ reader, mark: 'c1', deed: 'click', links: own })
  if (fate.clicks > 1) errands.push({ reader, mark: 'c2', deed: 'click', links: own.slice(-1) })
  if (fate.optsOut) errands.push({ reader, mark: 'o', deed: 'optOut', links })
  return errands
}
