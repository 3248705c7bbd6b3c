/**
 * How does what comes in from outside become durable before it is acknowledged?
 *
 * `append` resolves when the records are committed, or synced in a spool file. Each process is a source of its own and
 * appends over one connection, one batch after the other, so that the inbox of a source only ever grows at its end and a
 * watermark is safe. While one commit is under way the next batch gathers.
 *
 * Where the database is slow or away, the batch in doubt and all later records go to the spool (spool.ts) until the spool
 * has been appended, in order, under the same keys; only then does the next batch go to the database directly. A lost
 * connection is the same case: what was not confirmed is in the spool first. Where the disk refuses too, records are refused;
 * the way back to the database does not depend on the disk.
 */
import assert from 'node:assert/strict'
import type pg from 'pg'
import { problem } from '../../core/problems.ts'
import type { Clock } from '../platform/clock.ts'
import type { ConnectionConfig } from '../platform/db/database.ts'
import { limitWarnings, type Warn } from '../platform/limited-warnings.ts'
import type { Log } from '../platform/log.ts'
import { cleaned, mayNeedCleaning } from './cleaned.ts'
import { connect, messageOf, sleep, within } from './connect.ts'
import { type InboxEntry, insertEntries } from './insert.ts'
import type { Lane } from './lanes.ts'
import type { InboxRecord, RecordKey } from './record-kind.ts'
import { readFingerprint } from './replay.ts'
import { drawSource, renewSource, sourceRenewMs } from './sources.ts'
import { Spool } from './spool.ts'

/** A commit that takes longer sends its batch to the spool; a click waits for it. */
const slowMs = 250
/** A statement that takes longer is given up together with its connection. */
const giveUpMs = 30_000
/** The last piece of the spool, for which the next batch waits. */
const handOverMs = 2_000
/** How long a close waits for the spool. */
const closeMs = 5_000
const batchLimit = 2_000
/** Records that wait in memory; above it `append` rejects with `inbox_full`. */
const waitingLimit = 200_000
const bodyLimitBytes = 256 * 1024
const spoolLimitBytes = 1024 * 1024 * 1024
const backOffMs = { first: 100, most: 1_000 }

export interface InboxOptions {
  connection: ConnectionConfig
  /** Who appends, for people: "web 4711". */
  process: string
  /** Which loop applies its records; that of the receipts unless told otherwise. */
  lane?: Lane
  spoolFolder: string
  clock: Clock
  log: Log
  /** 1 GiB unless told otherwise. */
  spoolLimitBytes?: number
  /** 250 ms unless told otherwise. */
  slowMs?: number
  /** Called after each commit: wakes the lane where it runs in this process. */
  appended?: () => void
}

export interface Inbox {
  /** The key of its records is (source, seq). */
  readonly source: number
  /** False while records go to the spool. */
  readonly direct: boolean
  /**
   * Resolves when durable, with the key of the last record: all of them are applied when it is (applied.ts). Rejects with
   * `inbox_full`: then nothing may be acknowledged.
   */
  append(records: readonly InboxRecord[]): Promise<RecordKey>
  /** Waits for batches under way, and a while for the spool; what is left in it is for the next process. */
  close(): Promise<void>
}

/** Draws a source. Rejects where the database does not answer. Call `replaySpools` before. */
export async function openInbox(options: InboxOptions): Promise<Inbox> {
  const client = await connect(options.connection)
  try {
    const installation = await readFingerprint(client)
    const startedAt = options.clock.now()
    const source = await drawSource(client, { process: options.process, startedAt, lane: options.lane ?? 'gateway' })
    const spool = new Spool({
      folder: options.spoolFolder,
      header: { installation, source, startedAt: startedAt.toISOString() },
      limitBytes: options.spoolLimitBytes ?? spoolLimitBytes,
    })
    return new Appender(options, client, source, spool)
  } catch (error) {
    client.end().catch(() => {})
    throw error
  }
}

/** What is committed together. All that wait for it share one promise. */
interface Batch {
  entries: InboxEntry[]
  durable: Promise<void>
  resolve: () => void
  reject: (error: unknown) => void
}

class Appender implements Inbox {
  readonly source: number
  readonly #options: InboxOptions
  readonly #spool: Spool
  /** undefined: the next use connects again */
  #client: pg.Client | undefined
  #seq = 0
  #waiting: Batch[] = []
  #waitingRecords = 0
  #direct = true
  #closing = false
  /** the batches under way, one after the other */
  #pumping: Promise<void> | undefined
  /** a batch on its way to the spool */
  #writing: Promise<void> | undefined
  /** the statement that sent us to the spool has ended */
  #settled: Promise<void> = Promise.resolve()
  /** the way back from the spool */
  #draining: Promise<void> | undefined
  /** the last of the spool is being appended: no batch begins */
  #handing: Promise<void> | undefined
  readonly #warn: Warn
  readonly #renewing: NodeJS.Timeout

  constructor(options: InboxOptions, client: pg.Client, source: number, spool: Spool) {
    this.#options = options
    this.#client = client
    this.source = source
    this.#spool = spool
    this.#warn = limitWarnings(options.log)
    this.#watch(client)
    // While the spool is in use it is signed by what appends it.
    this.#renewing = setInterval(() => {
      if (this.#direct && this.#client !== undefined) renewSource(this.#client, this.source).catch(() => {}) // the next append tells
    }, sourceRenewMs).unref()
  }

  get direct(): boolean {
    return this.#direct
  }

  append(records: readonly InboxRecord[]): Promise<RecordKey> {
    if (records.length === 0) return Promise.resolve({ source: this.source, seq: 0 })
    if (this.#closing) return Promise.reject(problem('inbox_full', { what: 'it is shutting down' }))
    if (this.#waitingRecords + records.length > waitingLimit)
      return Promise.reject(problem('inbox_full', { what: `${this.#waitingRecords} records wait for the disk` }))
    let bodies: string[]
    try {
      bodies = records.map(bodyOf)
    } catch (error) {
      return Promise.reject(error)
    }
    const batch = this.#batchFor(records.length)
    for (const [i, { kind, gatewayId, at }] of records.entries())
      batch.entries.push({ seq: ++this.#seq, kind, gatewayId, at, body: bodies[i]! })
    this.#waitingRecords += records.length
    // Begun at the end of this turn of the event loop: what came in the same turn shares the commit.
    this.#pumping ??= new Promise(resolve => setImmediate(resolve)).then(() => this.#pump())
    const place = { source: this.source, seq: this.#seq }
    return batch.durable.then(() => place)
  }

  /** The last batch that waits, or a new one where it would grow beyond the limit; a call is never parted. */
  #batchFor(records: number): Batch {
    const last = this.#waiting.at(-1)
    if (last !== undefined && last.entries.length + records <= batchLimit) return last
    const { promise: durable, resolve, reject } = Promise.withResolvers<void>()
    const batch = { entries: [], durable, resolve, reject }
    this.#waiting.push(batch)
    return batch
  }

  async close(): Promise<void> {
    this.#closing = true
    clearInterval(this.#renewing)
    await this.#pumping
    await within(this.#draining ?? Promise.resolve(), closeMs)
    const client = this.#client
    if (this.#direct && client !== undefined)
      // A server that hangs keeps nobody from stopping.
      await within(
        client.query('update inbox_sources set closed_at = $2 where id = $1', [this.source, this.#options.clock.now()]),
        closeMs,
      )
    else this.#options.log.warn({ bytes: this.#spool.bytes }, 'the spool is left for the next start')
    this.#client = undefined
    await this.#spool.leave()
    if (client !== undefined && (await within(client.end(), closeMs)) === 'late') client.connection.stream.destroy()
  }

  async #pump(): Promise<void> {
    for (let batch = this.#waiting.shift(); batch !== undefined; batch = this.#waiting.shift()) {
      const { entries, resolve, reject } = batch
      this.#waitingRecords -= entries.length
      try {
        await this.#keep(entries)
        resolve()
        if (this.#direct) this.#options.appended?.()
      } catch (error) {
        this.#warn(
          new Error(messageOf(error)),
          'what came in could not be made durable and was refused: its sender is to deliver it again',
        )
        reject(error)
      }
    }
    this.#pumping = undefined
  }

  async #keep(entries: readonly InboxEntry[]): Promise<void> {
    if (this.#direct && (await this.#commit(entries))) return
    // Nothing is awaited between the last look and the write: the drain sees every batch that is on its way to the disk.
    while (this.#handing !== undefined) await this.#handing
    if (this.#direct && (await this.#commit(entries))) return
    await this.#toSpool(entries)
  }

  /** False: slow or failed, and from now on records go to the spool, this batch first. */
  async #commit(entries: readonly InboxEntry[]): Promise<boolean> {
    const client = this.#client
    const inserted =
      client === undefined
        ? Promise.reject(new Error('not connected'))
        : insertEntries(client, this.source, 'new', entries)
    const outcome = await within(inserted, this.#options.slowMs ?? slowMs)
    if (outcome === 'done') return true
    this.#direct = false
    this.#warn(
      new Error(outcome === 'late' ? 'no answer in time' : outcome.message),
      'the database is slow or away: records go to the spool as long as it has room',
    )
    // The drain must not overtake the statement that is still under way.
    this.#settled = within(inserted, giveUpMs).then(late => {
      if (late !== 'done') this.#drop()
    })
    return false
  }

  async #toSpool(entries: readonly InboxEntry[]): Promise<void> {
    // Told before anything is awaited: the drain must not end while a batch is on its way to the disk.
    this.#writing = this.#spool.write(entries)
    try {
      await this.#writing
    } finally {
      this.#writing = undefined
      this.#draining ??= this.#settled.then(() => this.#drain())
    }
  }

  /** Appends the spool in order, then lets the next batch go to the database directly; gives up only at the close. */
  async #drain(): Promise<void> {
    for (let pauseMs = backOffMs.first; ; ) {
      try {
        if (await this.#appendSpooled()) pauseMs = backOffMs.first
        else {
          await this.#renew(await this.#connected())
          await this.#handOver()
          break
        }
      } catch (error) {
        this.#warn(new Error(messageOf(error)), 'the database does not take records yet: they wait in the spool')
        this.#drop()
        if (this.#closing) return
        await sleep(pauseMs)
        pauseMs = Math.min(pauseMs * 2, backOffMs.most)
      }
    }
    this.#options.log.info({}, 'the database takes records again: nothing is left in the spool')
  }

  /** Under a steady load there is always a batch on its way to the disk: the next one waits until the last is appended. */
  async #handOver(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#handing = promise
    try {
      await this.#writing?.catch(() => {})
      while (await this.#appendSpooled(handOverMs));
      // No wait between the look and this: no batch can have begun in between.
      this.#direct = true
      this.#draining = undefined
      this.#spool.clear().catch(() => {})
    } finally {
      this.#handing = undefined
      resolve()
    }
  }

  /** One piece of the spool. False: all of it is in the database. */
  async #appendSpooled(limitMs = giveUpMs): Promise<boolean> {
    const { entries, bytes, damagedBytes } = await this.#spool.read()
    if (damagedBytes > 0) this.#options.log.warn({ damagedBytes }, 'lines of the spool were damaged on the disk')
    if (bytes === 0) return false
    await this.#insertSpooled(entries, limitMs)
    this.#spool.appended(bytes)
    return true
  }

  async #insertSpooled(entries: readonly InboxEntry[], limitMs: number): Promise<void> {
    const client = await this.#connected()
    await this.#renew(client)
    await answered(insertEntries(client, this.source, 'maybeStored', entries), limitMs)
  }

  async #connected(): Promise<pg.Client> {
    this.#client ??= this.#watch(await connect(this.#options.connection))
    return this.#client
  }

  /** Keeps the source open, even if another process has closed it meanwhile. */
  async #renew(client: pg.Client): Promise<void> {
    await answered(renewSource(client, this.source), giveUpMs)
  }

  #watch(client: pg.Client): pg.Client {
    const gone = () => {
      if (this.#client === client) this.#client = undefined
    }
    client.on('error', gone)
    client.on('end', gone)
    return client
  }

  #drop(): void {
    const client = this.#client
    this.#client = undefined
    // A polite end would wait for the statement that hangs.
    client?.connection.stream.destroy()
  }
}

async function answered(work: Promise<unknown>, limitMs: number): Promise<void> {
  const outcome = await within(work, limitMs)
  if (outcome === 'late') throw new Error('no answer in time')
  if (outcome !== 'done') throw outcome
}

function bodyOf({ kind, gatewayId, at, body }: InboxRecord): string {
  assert(!Number.isNaN(at.getTime()) && (gatewayId === null || Number.isInteger(gatewayId)))
  const written = JSON.stringify(body)
  const text = mayNeedCleaning(written) ? JSON.stringify(cleaned(body)) : written
  if (text.length > bodyLimitBytes)
    throw problem('invalid_input', { where: kind, what: `longer than ${bodyLimitBytes} characters.` })
  return text
}
