/**
 * Which requests wait for their response? At most `limit` of them; the oldest first, because sequence numbers are given
 * in the order of writing. What has timed out is remembered for a while: a late answer is still a true word.
 */
export type Waiting<Item> = { readonly item: Item; readonly writtenAt: number }

export class SendWindow<Item> {
  readonly limit: number
  readonly #open = new Map<number, Waiting<Item>>()
  readonly #late = new Map<number, Waiting<Item>>()

  constructor(limit: number) {
    this.limit = limit
  }

  get size(): number {
    return this.#open.size
  }

  get room(): number {
    return this.limit - this.#open.size
  }

  add(sequence: number, item: Item, now: number): void {
    this.#open.set(sequence, { item, writtenAt: now })
  }

  /** The request that this response belongs to, once. */
  take(sequence: number): (Waiting<Item> & { late: boolean }) | undefined {
    const open = this.#open.get(sequence)
    if (open) {
      this.#open.delete(sequence)
      return { ...open, late: false }
    }
    const late = this.#late.get(sequence)
    if (late === undefined) return undefined
    this.#late.delete(sequence)
    return { ...late, late: true }
  }

  /** Those written at or before `before`: they leave the window, the last `2 × limit` of them stay known for a late answer. */
  expire(before: number): Waiting<Item>[] {
    const expired: Waiting<Item>[] = []
    for (const [sequence, waiting] of this.#open) {
      if (waiting.writtenAt > before) break
      this.#open.delete(sequence)
      this.#late.set(sequence, waiting)
      expired.push(waiting)
    }
    for (const sequence of this.#late.keys()) {
      if (this.#late.size <= 2 * this.limit) break
      this.#late.delete(sequence)
    }
    return expired
  }

  /** The connection is gone: all that wait, in order. */
  drain(): Item[] {
    const items = [...this.#open.values()].map(waiting => waiting.item)
    this.#open.clear()
    this.#late.clear()
    return items
  }
}
