/**
 * Hands out thousands of things a second at their time with one timer: they are kept in slots of 10 ms (250 ms for what
 * is more than two seconds away), and a slot is handed out at once.
 */
const fineMs = 10
const coarseMs = 250
const coarseFromMs = 2000

export class Schedule<Thing> {
  readonly #due: (things: Thing[]) => void
  readonly #slots = new Map<number, Thing[]>()
  #timer: NodeJS.Timeout | undefined
  #armedFor = Number.POSITIVE_INFINITY
  #size = 0

  constructor(due: (things: Thing[]) => void) {
    this.#due = due
  }

  get size(): number {
    return this.#size
  }

  add(ms: number, thing: Thing): void {
    const now = performance.now()
    const grain = ms > coarseFromMs ? coarseMs : fineMs
    const at = Math.ceil((now + Math.max(0, ms)) / grain) * grain
    const slot = this.#slots.get(at)
    this.#size++
    if (slot) slot.push(thing)
    else {
      this.#slots.set(at, [thing])
      if (at < this.#armedFor) this.#arm(at, now)
    }
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#slots.clear()
    this.#size = 0
  }

  #arm(at: number, now: number): void {
    clearTimeout(this.#timer)
    this.#armedFor = at
    this.#timer = setTimeout(() => this.#run(), Math.max(0, at - now))
  }

  #run(): void {
    const now = performance.now()
    const due = [...this.#slots.keys()].filter(at => at <= now + 1).sort((a, b) => a - b)
    for (const at of due) {
      const slot = this.#slots.get(at) ?? []
      this.#slots.delete(at)
      this.#size -= slot.length
      this.#due(slot)
    }
    this.#armedFor = Number.POSITIVE_INFINITY
    let next = Number.POSITIVE_INFINITY
    for (const at of this.#slots.keys()) if (at < next) next = at
    if (next < Number.POSITIVE_INFINITY) this.#arm(next, now)
  }
}
