/**
 * What providers deliver by HTTP. The web process takes a request for a gateway, the kind of the gateway reads it (`receive`), and what it
 * says enters the inbox as if it had come over a connection.
 *
 * Always: a request that does not prove its origin leaves nothing behind; what is answered as taken is durable, and a reply is applied; records
 * carry the gateway of the address and no other. Anybody may send requests: whatever they name, the database is asked once per second.
 */
import { createHash } from 'node:crypto'
import { type Clock, monotonicMs } from '../platform/clock.ts'
import type { Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import type { Warn } from '../platform/limited-warnings.ts'
import type { Keyring } from '../platform/secrets/keyring.ts'
import type { Arrival, Arrivals, WebhookRequest } from './gateway.ts'
import type { AnyGatewayKind } from './kind.ts'
import { gatewayKinds } from './kinds.ts'
import { openSecrets, type StoredSecrets } from './secrets.ts'

const path = '/webhooks'
export const webhookRoute = `${path}/:id`
export const webhookUrlOf = (url: string, gatewayId: number): string => `${url}${path}/${gatewayId}`

/** A request that cannot be read is kept as hexadecimal, and must fit into a record of the inbox (append.ts). */
export const webhookLimitBytes = 100 * 1024

/** A change of a gateway holds for its webhooks within this time. */
const freshMs = 1000

export interface WebhooksInput {
  db: Pick<Db, 'query'>
  keys: Keyring
  clock: Pick<Clock, 'now'>
  warn: Warn
  /** Resolves when `ack` was called for all of them. */
  keep(arrivals: Arrivals): Promise<void>
  /** Called for each request to a gateway that there is: did it prove its origin? */
  told?(gatewayId: number, isProved: boolean): void
  /** default: those of kinds.ts */
  kinds?: readonly AnyGatewayKind[]
}

/** unknown: no gateway has this address. refused: the request does not prove its origin. later: the provider is to deliver it again. */
export type WebhookOutcome = 'taken' | 'unknown' | 'refused' | 'later'

interface StoredGateway extends StoredSecrets {
  kind: string
  settings: unknown
}

/** Is there a kind whose provider delivers by HTTP? */
export const someDeliverByHttp = gatewayKinds.some(kind => kind.receive !== undefined)

export class Webhooks {
  readonly #input: WebhooksInput
  readonly #kinds: ReadonlyMap<string, AnyGatewayKind>
  /** Another name is read: a kind that this version does not know may deliver by HTTP in a newer one. */
  readonly #others: readonly string[]
  /** also those that were removed a few days ago: their receipts may still come */
  #gateways: ReadonlyMap<number, StoredGateway> = new Map()
  #readMs = Number.NEGATIVE_INFINITY
  #reading: Promise<void> | undefined

  constructor(input: WebhooksInput) {
    this.#input = input
    const { kinds = gatewayKinds } = input
    this.#kinds = new Map(kinds.map(kind => [kind.name, kind]))
    this.#others = kinds.filter(kind => kind.receive === undefined).map(kind => kind.name)
  }

  async take(gatewayId: number, request: WebhookRequest): Promise<WebhookOutcome> {
    if (monotonicMs() - this.#readMs >= freshMs) await this.#refresh()
    const gateway = this.#gateways.get(gatewayId)
    if (gateway === undefined) return this.#readMs === Number.NEGATIVE_INFINITY ? 'later' : 'unknown'
    const { keys, clock, keep, told } = this.#input
    const kind = this.#kinds.get(gateway.kind)
    const target = kind?.read(gateway.settings)
    const secrets = openSecrets(gateway, keys)
    // An empty secret would prove every request.
    if (kind?.receive === undefined || target === undefined || !kind.secrets.every(name => secrets?.[name]))
      return 'later'
    const deliveries = kind.receive({ ...target.settings, ...secrets }, request)
    told?.(gatewayId, deliveries !== undefined)
    if (deliveries === undefined) return 'refused'
    const at = clock.now()
    const all = deliveries.map(delivery => ({
      record: { ...delivery, at, gatewayId },
      print: () => createHash('sha1').update(JSON.stringify(delivery)).digest('base64'),
    }))
    const lost = new Set<Arrival>(all)
    const ack = (some: readonly Arrival[], kept: boolean) => {
      if (kept) for (const one of some) lost.delete(one)
    }
    if (all.length > 0) await keep({ all, ack })
    return lost.size === 0 ? 'taken' : 'later'
  }

  /** One reading for all that wait. While the database is away the gateways are those that were read last. */
  async #refresh(): Promise<void> {
    this.#reading ??= this.#read()
      .catch(error => this.#input.warn(error, 'the gateways could not be read: webhooks use what was read last'))
      .finally(() => {
        this.#reading = undefined
      })
    await this.#reading
  }

  async #read(): Promise<void> {
    const rows = await this.#input.db.query<StoredGateway>(
      sql`select id, workspace_id as "workspaceId", kind, settings, secret, simulator from gateways
        where kind <> all(${this.#others}::text[]) and (removed_at is null or secret is not null) order by id`,
      'gateways-webhooks',
    )
    this.#gateways = new Map(rows.map(row => [row.id, row]))
    this.#readMs = monotonicMs()
  }
}
