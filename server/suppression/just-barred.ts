/**
 * Which addresses were barred a moment ago? Between reading the audience and the socket write, an address may be opted out, closed or erased, by
 * this process or another one. Each such commit notifies all processes (NOTIFY), and right before a write the addresses that were reported
 * since the reading are removed.
 *
 * Invariant: "you get no more" (on the page, or in a deliver_sm_resp) is only answered after `passed()`: from then on no process writes to the
 * address by an earlier reading. Either it has received the notification, or its reading is so old that it writes nothing.
 * docs/decisions/0017-opt-outs-hold-at-once.md has the proof.
 */
import { createHash } from 'node:crypto'
import pg from 'pg'
import type { Channel } from '../../core/channels.ts'
import { monotonicMs } from '../platform/clock.ts'
import type { ConnectionConfig, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import type { Warn } from '../platform/limited-warnings.ts'
import { WakeableTimer } from '../platform/wakeable-timer.ts'
import { type Address, addressKey } from './addresses.ts'

export interface BarredAddress extends Address {
  /** null or empty: all topics of the workspace */
  topicIds: readonly number[] | null
}

/** The recipient of a write, and its topics. */
export interface WriteRecipient {
  workspaceId: number
  topics: readonly number[]
}

const notification = 'homing_barred'
/** How old a reading, or the last answer of the database, may be at a write. */
export const trustMs = 400
/** Longer than any process writes what it trusts, including a slow write of its journal. */
const fenceMs = trustMs + 100
const listenMs = 100
const answerMs = 2_000
/** Nothing is written later than 5 s after its reading (server/sending/submit-guard.ts). */
const keptMs = 10_000
/** PostgreSQL limits a notification to 8,000 octets. */
const payloadLimit = 7_000

/** Call it in the transaction that bars them: all processes are notified at its commit. */
export async function tellBarred(tx: Db, barred: readonly BarredAddress[]): Promise<void> {
  if (barred.length === 0) return
  const payloads: string[] = []
  for (const one of barred) {
    const line = `${markOf(one)} ${one.topicIds === null ? '' : one.topicIds.join(',')}`.slice(0, payloadLimit)
    const last = payloads.at(-1)
    if (last !== undefined && last.length + line.length < payloadLimit)
      payloads[payloads.length - 1] = `${last}\n${line}`
    else payloads.push(line)
  }
  await tx.query(
    sql`select pg_notify(${notification}, u.payload) from unnest(${payloads}::text[]) as u (payload)`,
    'barred-tell',
  )
}

/** Notifications contain no address. */
const markOf = (address: Address) => createHash('sha256').update(addressKey(address)).digest('base64url').slice(0, 20)

/**
 * Resolves when no process can write any more by a reading from before now. `own`: what this process has heard, if it sends. Other processes
 * cannot report what they have heard, so they get the time after which they trust no older reading.
 */
export async function passed(db: Db, own?: { barred: BarredAddresses; process: string }): Promise<void> {
  const others = db
    .query(
      sql`select from gateway_sessions where ended_at is null and process <> ${own?.process ?? ''} limit 1`,
      'barred-others',
    )
    .then(
      rows => rows.length > 0,
      () => true,
    )
    .then(some => (some ? sleep(fenceMs) : undefined))
  await Promise.all([others, own === undefined ? undefined : Promise.race([own.barred.caughtUp(), sleep(fenceMs)])])
}

/** The notifications that this process has received. */
export class BarredAddresses {
  readonly #connection: ConnectionConfig
  readonly #warn: Warn
  readonly #heard = new Map<string, { topics: Set<number> | undefined; atMs: number }[]>()
  readonly #timer = new WakeableTimer()
  readonly #running: Promise<void>
  #waiting: (() => void)[] = []
  #stopped = false
  /** listening without a gap since then */
  #sinceMs = Number.POSITIVE_INFINITY
  /** everything committed before then was heard */
  #untilMs = Number.NEGATIVE_INFINITY

  constructor(connection: ConnectionConfig, warn: Warn) {
    this.#connection = connection
    this.#warn = warn
    this.#running = this.#run()
  }

  /** May it still be written? Ask right before each write. `checkedMs`: monotonicMs() before the reading that allowed it. */
  lets({ workspaceId, topics }: WriteRecipient, channel: Channel, address: string, checkedMs: number): boolean {
    const now = monotonicMs()
    const isFresh = now - checkedMs <= trustMs
    if (!isFresh && (checkedMs < this.#sinceMs || now - this.#untilMs > trustMs)) return false
    if (this.#heard.size === 0) return true
    const heard = this.#heard.get(markOf({ workspaceId, channel, address }))
    // A notification from before the reading was seen by the reading, and may have been lifted since.
    return !heard?.some(
      one => one.atMs >= checkedMs && (one.topics === undefined || topics.some(id => one.topics!.has(id))),
    )
  }

  /** Resolves when everything that is committed now has been heard. */
  caughtUp(): Promise<void> {
    return new Promise(resolve => {
      this.#waiting.push(resolve)
      this.#timer.wake()
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#timer.wake()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      const client = new pg.Client({
        ...this.#connection,
        application_name: 'homing/barred',
        connectionTimeoutMillis: answerMs,
        query_timeout: answerMs,
        keepAlive: true,
      })
      client.on('error', () => {}) // the statement under way reports it
      client.on('notification', ({ payload }) => this.#hear(payload ?? ''))
      try {
        await client.connect()
        await client.query(`listen ${notification}`)
        this.#sinceMs = monotonicMs()
        await this.#listen(client)
      } catch (error) {
        this.#warn(error, 'opt-outs of other processes are not heard: what was prepared a moment ago is not sent')
      }
      this.#sinceMs = Number.POSITIVE_INFINITY
      client.end().catch(() => {})
      client.connection.stream.destroy()
      if (!this.#stopped) await this.#timer.sleep(500)
    }
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  /** An answer of the database comes after all notifications that were due before it. */
  async #listen(client: pg.Client): Promise<void> {
    while (!this.#stopped) {
      const waiting = this.#waiting.splice(0)
      const asked = monotonicMs()
      try {
        await client.query('select')
      } catch (error) {
        this.#waiting.push(...waiting)
        throw error
      }
      this.#untilMs = asked
      for (const resolve of waiting) resolve()
      if (this.#waiting.length === 0) await this.#timer.sleep(listenMs)
    }
  }

  #hear(payload: string): void {
    const atMs = monotonicMs()
    for (const [mark, heard] of this.#heard) if (heard.every(one => atMs - one.atMs > keptMs)) this.#heard.delete(mark)
    for (const line of payload.split('\n')) {
      const [mark = '', ids = ''] = line.split(' ')
      const topics = ids === '' ? undefined : new Set(ids.split(',').map(Number))
      this.#heard.set(mark, [...(this.#heard.get(mark) ?? []), { topics, atMs }])
    }
  }
}

const sleep = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))
