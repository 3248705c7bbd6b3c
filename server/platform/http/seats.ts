/** Limits on simultaneous uses, per principal, per workspace and per process. A request without a free seat learns which limit is full and does not wait. */
import type { Requester } from '../fair-queue.ts'

export interface SeatLimits {
  each: number
  workspace: number
  all: number
}

export class Seats {
  readonly #limits: SeatLimits
  readonly #taken = new Map<string, number>()

  constructor(limits: SeatLimits) {
    this.#limits = limits
  }

  /** Returns the function that frees the seat; a second call does nothing. */
  take({ principal, workspace }: Requester): { free: () => void } | { full: string; limit: number } {
    const { each, workspace: inWorkspace, all } = this.#limits
    const counted = [
      { key: `principal ${workspace} ${principal}`, limit: each, full: 'for you' },
      { key: `workspace ${workspace}`, limit: inWorkspace, full: 'in this workspace' },
      { key: 'all', limit: all, full: 'on this server' },
    ]
    const full = counted.find(({ key, limit }) => (this.#taken.get(key) ?? 0) >= limit)
    if (full !== undefined) return full
    for (const { key } of counted) this.#taken.set(key, (this.#taken.get(key) ?? 0) + 1)
    let freed = false
    return {
      free: () => {
        if (freed) return
        freed = true
        for (const { key } of counted) {
          const left = (this.#taken.get(key) ?? 1) - 1
          if (left === 0) this.#taken.delete(key)
          else this.#taken.set(key, left)
        }
      },
    }
  }
}
