/**
 * Puts long messages together: parts of the same account, number, sender, reference and total. A group that stays incomplete is
 * given up after ten minutes, like a phone does.
 */
import { type Concatenation, messageBytes, type ReceivedMessage } from '../smpp/short-message.ts'
import type { ReceiptOwner } from './receipts.ts'

/** Groups that wait at the same time; a phone company's is far below. */
const groupLimit = 200_000
const giveUpMs = 600_000

export type ArrivedPart = { readonly providerId: string; readonly text: Uint8Array }

export type LongMessage = {
  readonly owner: ReceiptOwner
  readonly number: string
  readonly sender: string
  readonly dataCoding: number
  /** In order; undefined where a part never came. */
  readonly parts: (ArrivedPart | undefined)[]
  readonly beganAt: number
}

export class LongMessages {
  readonly #groups = new Map<string, LongMessage>()

  get full(): boolean {
    return this.#groups.size >= groupLimit
  }

  get size(): number {
    return this.#groups.size
  }

  /**
   * Keeps a part; the whole message when it was the last one missing. `again` where this very part was there already:
   * the earlier group is given back incomplete and a new one is started.
   */
  add(
    owner: ReceiptOwner,
    message: ReceivedMessage,
    part: Concatenation,
    textFrom: number,
    providerId: string,
    now: number,
  ): { whole?: LongMessage; again?: LongMessage } {
    const total = Math.max(part.total, part.number, 1)
    const key = `${owner.systemId} ${message.dest} ${message.source} ${part.reference} ${total}`
    const index = Math.max(1, part.number) - 1
    let group = this.#groups.get(key)
    const again = group?.parts[index] ? group : undefined
    if (!group || again) {
      const { dest: number, source: sender, dataCoding } = message
      group = { owner, number, sender, dataCoding, parts: Array.from({ length: total }, () => undefined), beganAt: now }
      this.#groups.delete(key)
      this.#groups.set(key, group)
    }
    group.parts[index] = { providerId, text: messageBytes(message).slice(textFrom) }
    const result = again ? { again } : {}
    if (group.parts.includes(undefined)) return result
    this.#groups.delete(key)
    return { ...result, whole: group }
  }

  /** Groups begun more than ten minutes ago, oldest first; they are forgotten here. */
  givenUp(now: number): LongMessage[] {
    const old: LongMessage[] = []
    for (const [key, group] of this.#groups) {
      if (now - group.beganAt < giveUpMs) break
      this.#groups.delete(key)
      old.push(group)
    }
    return old
  }
}
