/**
 * Which binds does this process hold? Opens what is missing, closes what is gone or was changed, again and again.
 *
 * Always: no gateway waits for another. What opens or closes does so beside the others: a close waits for its window, or for a
 * database that is away. A bind that is being closed is opened again only after that.
 */
import { readGatewaySettings } from '../gateways/find-kind.ts'
import { openSecrets, type StoredSecrets, sealPlainPasswords } from '../gateways/secrets.ts'
import { monotonicMs } from '../platform/clock.ts'
import type { Database } from '../platform/db/database.ts'
import { anything, flag, int, orNull, rowsNamed, text, time } from '../platform/db/rows.ts'
import { sql } from '../platform/db/sql.ts'
import type { Warn } from '../platform/limited-warnings.ts'
import type { Keyring } from '../platform/secrets/keyring.ts'
import { GatewayRunner, type GatewaySettings, type RunnerInput } from './runner.ts'

const pauseMs = 500
const longestPauseMs = 30_000

export interface TendInput extends Omit<RunnerInput, 'gateway' | 'bindNo'> {
  keeping: Database
  warn: Warn
  keys: Keyring
}

type StoredGateway = Omit<GatewaySettings, 'host' | 'settings'> & StoredSecrets & { plain: boolean; stored: unknown }

const tendedRows = rowsNamed('gateways-tend', {
  id: int,
  workspaceId: int,
  kind: text,
  stored: anything,
  secret: orNull(text),
  plain: flag,
  simulator: flag,
  binds: int,
  window: int,
  rate: int,
  resumedAt: orNull(time),
})

export class Binds {
  readonly #input: TendInput
  readonly #runners = new Map<string, GatewayRunner>()
  /** opening or closing: nobody else may touch these binds meanwhile */
  readonly #moving = new Map<string, Promise<void>>()
  readonly #closing = new Set<GatewayRunner>()
  /** of binds that could not be opened: tried again later and later, by monotonicMs() */
  readonly #failed = new Map<string, { times: number; againMs: number }>()
  #stopped = false
  #locked: readonly number[] = []

  constructor(input: TendInput) {
    this.#input = input
  }

  /** Attempts without a committed answer. */
  get unanswered(): number {
    return [...this.#runners.values(), ...this.#closing].reduce((sum, runner) => sum + runner.unanswered, 0)
  }

  /** Which gateways have secrets that no key here opens; undefined: none. */
  get locked(): string | undefined {
    if (this.#locked.length === 0) return undefined
    return `The secrets of gateways ${this.#locked.join(', ')} are encrypted with a key that is not here, or were changed in the database. Put that key back, or enter their secrets again`
  }

  /**
   * One look. Where sending is held there is no bind: the gateway's password is in a copy too, and a bind of the copy would take
   * receipts and replies that belong to the original.
   */
  async tend(): Promise<void> {
    const stored = await this.#input.keeping.query<StoredGateway>(
      sql`select id, workspace_id as "workspaceId", kind, settings as stored, secret, password <> '' as plain, simulator, binds, window_size as "window", rate,
          resumed_at as "resumedAt" from gateways
        where removed_at is null and not exists (select from installation where sending_held is not null) order by id`,
      tendedRows,
    )
    const gateways = await this.#opened(stored)
    if (this.#stopped) return
    const wanted = new Map<string, { gateway: GatewaySettings; bindNo: number }>()
    for (const gateway of gateways)
      for (let bindNo = 1; bindNo <= gateway.binds; bindNo++) wanted.set(`${gateway.id}/${bindNo}`, { gateway, bindNo })
    for (const [bind, runner] of this.#runners) {
      const settings = wanted.get(bind)?.gateway
      if (runner.ended || JSON.stringify(settings) !== JSON.stringify(runner.settings)) this.#close(bind, runner)
    }
    for (const [bind, { gateway, bindNo }] of wanted)
      if (
        !this.#runners.has(bind) &&
        !this.#moving.has(bind) &&
        monotonicMs() >= (this.#failed.get(bind)?.againMs ?? 0)
      )
        this.#move(bind, () => this.#open(bind, gateway, bindNo))
  }

  /** Those whose secrets open: the others are not bound, and the alarm says so. */
  async #opened(stored: readonly StoredGateway[]): Promise<GatewaySettings[]> {
    const { keys, keeping } = this.#input
    const locked: number[] = []
    const opened: GatewaySettings[] = []
    if (stored.some(({ plain }) => plain) && keys.fault === undefined) await sealPlainPasswords(keeping, keys)
    for (const row of stored) {
      const { secret, plain, simulator, workspaceId, stored: document, ...rest } = row
      const { target, fault } = readGatewaySettings(row.kind, document)
      // The list of gateways and its alarm name the fault; the others are opened.
      if (fault !== null) continue
      // What was in the clear a moment ago is read again, sealed, at the next look.
      const secrets = plain ? undefined : openSecrets({ id: row.id, workspaceId, secret, simulator }, keys)
      if (secrets !== undefined)
        opened.push({ ...rest, host: target.host, settings: { ...target.settings, ...secrets } })
      else if (!plain) locked.push(row.id)
    }
    this.#locked = locked
    return opened
  }

  /** Closes all of them: no attempt stays unknown. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const [bind, runner] of this.#runners) this.#close(bind, runner)
    while (this.#moving.size > 0) await Promise.all(this.#moving.values())
  }

  async #open(bind: string, gateway: GatewaySettings, bindNo: number): Promise<void> {
    const runner = await GatewayRunner.open({ ...this.#input, gateway, bindNo }).catch(error => {
      const times = (this.#failed.get(bind)?.times ?? 0) + 1
      this.#failed.set(bind, { times, againMs: monotonicMs() + Math.min(longestPauseMs, pauseMs * 2 ** times) })
      throw error
    })
    this.#failed.delete(bind)
    if (runner === undefined) return
    this.#runners.set(bind, runner)
    if (!this.#stopped) return
    this.#runners.delete(bind)
    await runner.close()
  }

  #close(bind: string, runner: GatewayRunner): void {
    this.#runners.delete(bind)
    this.#closing.add(runner)
    this.#move(bind, () => runner.close().finally(() => this.#closing.delete(runner)))
  }

  /** One after the other for a bind. */
  #move(bind: string, work: () => Promise<void>): void {
    const moved = (this.#moving.get(bind) ?? Promise.resolve())
      .then(work)
      .catch(error => this.#input.warn(error, `gateway and bind ${bind}: tried again in a moment`))
      .finally(() => {
        if (this.#moving.get(bind) === moved) this.#moving.delete(bind)
      })
    this.#moving.set(bind, moved)
  }
}
