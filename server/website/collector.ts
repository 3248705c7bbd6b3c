/**
 * How do events get from the web process into the inbox? Durable before they are acknowledged, in a source of the lane `events` of its own. When the
 * lane is behind, or records go to the spool, events of browsers are dropped before the inbox and counted; servers get a 429 and send again.
 *
 * Bots get the answer of people. Their events are counted and not kept.
 */
import type { Inbox } from '../inbox/append.ts'
import { readLanes } from '../inbox/behind.ts'
import type { Clock } from '../platform/clock.ts'
import type { Db } from '../platform/db/database.ts'
import { every } from '../platform/every.ts'
import type { Warn } from '../platform/limited-warnings.ts'
import type { KnownWebsite } from './known-websites.ts'
import { countMinutes, type MinuteCounts } from './minutes.ts'
import { Rates } from './rates.ts'
import type { WebsiteEventBody } from './website-kind.ts'

/** The oldest event that is not applied: more, and no further ones of browsers are taken. Real time. */
const behindMs = 60_000
const lookMs = 2_000

export type Recorded = 'durable' | 'dropped'

export interface CollectorInput {
  inbox: Inbox
  db: Db
  clock: Clock
  warn: Warn
}

export class Collector {
  readonly #input: CollectorInput
  readonly #website = new Rates({ perSecond: 10_000, burst: 20_000 })
  readonly #address = new Rates({ perSecond: 20, burst: 300 })
  readonly #counts = new Map<number, MinuteCounts>()
  readonly #stop: () => Promise<void>
  #isBehind = false

  constructor(input: CollectorInput) {
    this.#input = input
    this.#stop = every(lookMs, input.warn, 'website events', () => this.look())
  }

  /** Of a browser: one that is over a limit gets the answer of all. `limitKey`: null: none applies. */
  async ofBrowser(
    website: KnownWebsite,
    bodies: readonly WebsiteEventBody[],
    from: { limitKey: string | null; isBot: boolean },
  ): Promise<Recorded> {
    if (bodies.length === 0) return 'durable'
    if (from.isBot) {
      this.#count(website, 'bots', bodies.length)
      return 'dropped'
    }
    const n = bodies.length
    const isOver =
      this.#isOverloaded ||
      (from.limitKey !== null && !this.#address.take(from.limitKey, n)) ||
      !this.#website.take(String(website.id), n)
    if (isOver) {
      this.#count(website, 'dropped', n)
      return 'dropped'
    }
    await this.#append(bodies)
    return 'durable'
  }

  /** Of a server of the shop. Dropped: nothing was kept, and it is to come again. */
  async ofServer(website: KnownWebsite, bodies: readonly WebsiteEventBody[]): Promise<Recorded> {
    if (this.#isOverloaded || !this.#website.take(String(website.id), bodies.length)) return 'dropped'
    await this.#append(bodies)
    return 'durable'
  }

  async look(): Promise<void> {
    const { db, clock } = this.#input
    const lane = (await readLanes(db, clock)).find(one => one.lane === 'events')
    this.#isBehind = lane !== undefined && lane.ageMs > behindMs
    const counts = [...this.#counts.values()]
    this.#counts.clear()
    await countMinutes(db, counts, clock.now())
  }

  async close(): Promise<void> {
    await this.#stop()
    await this.look().catch(() => {}) // only counts of drops and bots
  }

  get #isOverloaded(): boolean {
    return this.#isBehind || !this.#input.inbox.direct
  }

  async #append(bodies: readonly WebsiteEventBody[]): Promise<void> {
    const at = this.#input.clock.now()
    await this.#input.inbox.append(bodies.map(body => ({ kind: 'website_event', at, gatewayId: null, body })))
  }

  #count({ id, workspaceId }: KnownWebsite, what: 'bots' | 'dropped', n: number): void {
    const counts = this.#counts.get(id) ?? { websiteId: id, workspaceId, pageViews: 0, events: 0, bots: 0, dropped: 0 }
    counts[what] += n
    this.#counts.set(id, counts)
  }
}
