/**
 * Ids as they are kept: keyed hashes of 128 bits. What a browser keeps is in no table, the same id on two websites is two visitors, and nobody who
 * reads the database can speak for a visitor.
 */
import { createHash, createHmac } from 'node:crypto'

export interface EventIds {
  /** of the id in a browser */
  visitor(websiteId: number, anonymousId: string): string
  /** of somebody whom only the shop's own id names */
  user(websiteId: number, userId: string): string
  event(websiteId: number, messageId: string): string
}

export function makeEventIds(secret: Buffer): EventIds {
  const id = (kind: string, websiteId: number, text: string) =>
    asUuid(createHmac('sha256', secret).update(`${kind} ${websiteId} ${text}`).digest())
  return {
    visitor: (websiteId, anonymousId) => id('visitor', websiteId, anonymousId),
    user: (websiteId, userId) => id('user', websiteId, userId),
    event: (websiteId, messageId) => id('event', websiteId, messageId),
  }
}

/** The same address with the same title on the same website is the same page. */
export function pageIdOf(websiteId: number, url: string, title: string): string {
  return asUuid(
    createHash('sha256')
      .update(JSON.stringify([websiteId, url, title]))
      .digest(),
  )
}

function asUuid(digest: Buffer): string {
  const hex = digest.toString('hex', 0, 16)
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}
