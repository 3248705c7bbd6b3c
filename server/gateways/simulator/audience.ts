/**
 * Those who will do something with their message: from the moment it is submitted until their last visit has been
 * answered. What each does is decided by its fate; when, by its arrival.
 */
import type { VisitLine } from './journal.ts'
import type { SimulatorOptions } from './options.ts'
import { type Deed, People } from './people.ts'
import type { Fate } from './population.ts'
import type { Register } from './register.ts'
import { Schedule } from './schedule.ts'

type Reader = {
  readonly message: number
  readonly fate: Fate
  readonly links: readonly URL[]
  /** Marks of the errands that are done. */
  readonly done: Set<string>
}

type Errand = { readonly reader: Reader; readonly mark: string; readonly deed: Deed; readonly links: readonly URL[] }

type Timing = Pick<SimulatorOptions, 'visitDelayMs' | 'readingMs' | 'clockRate'>

export class Audience {
  readonly #register: Register
  readonly #timing: Timing
  readonly #journal: (line: string) => void
  readonly #readers = new Map<number, Reader>()
  readonly #people = new People()
  readonly #schedule = new Schedule<Errand>(due => {
    for (const errand of due) this.#begin(errand)
  })

  constructor(register: Register, timing: Timing, journal: (line: string) => void) {
    this.#register = register
    this.#timing = timing
    this.#journal = journal
  }

  /** Visits that are due or under way; those of messages that have not arrived are not among them. */
  get open(): number {
    return this.#schedule.size + this.#people.busy
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
    const { visitDelayMs, readingMs, clockRate } = this.#timing
    const [least, most] = visitDelayMs
    const delay = least + reader.fate.delay * (most - least)
    let steps = 0
    for (const [index, errand] of errands.entries()) {
      const [first, between] = readingMs
      // A program does not read.
      const read = errand.deed === 'scan' ? 0 : (first + between * steps++) / clockRate
      this.#schedule.add(delay * (index + 1) + read, errand)
    }
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

  #begin({ reader, mark, deed, links }: Errand): void {
    const { message, fate, done } = reader
    const number = String(this.#register.numberOf(message))
    const finished = (what: Deed, count: number, uncertain: boolean) => {
      this.#count(message, what, count, uncertain)
      const hash = this.#register.hashOf(message).toString(16)
      this.#journal(`v ${number} ${hash} ${mark} ${what} ${count} ${uncertain ? 1 : 0}`)
      done.add(mark)
      if (errandsOf(reader).every(errand => done.has(errand.mark))) this.#readers.delete(message)
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
