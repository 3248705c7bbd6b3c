/**
 * Does a provider deliver, and its requests do not prove their origin? Then a secret or the address of this installation is wrong, and receipts and
 * replies do not arrive. Anybody may send such requests: they are counted in memory, and the database is asked every few seconds at most.
 *
 * Always: raised after `inARow` refused requests without a proved one between them; cleared by the next proved one, whichever process takes it.
 */
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { type Standing, settleAlarms } from './alarms.ts'

const inARow = 5

export class WebhookWatch {
  readonly #input: { db: Database; clock: Pick<Clock, 'now'> }
  /** by gateway, since the last proved request */
  readonly #refused = new Map<number, number>()
  /** since the last look */
  #proved = new Set<number>()
  /** those whose alarm this process has raised */
  readonly #raised = new Set<number>()

  constructor(input: { db: Database; clock: Pick<Clock, 'now'> }) {
    this.#input = input
  }

  /** A request to a gateway that there is. */
  told(gatewayId: number, isProved: boolean): void {
    if (isProved) {
      this.#refused.delete(gatewayId)
      this.#proved.add(gatewayId)
    } else this.#refused.set(gatewayId, (this.#refused.get(gatewayId) ?? 0) + 1)
  }

  /** One look, every few seconds. */
  async look(): Promise<void> {
    const proved = this.#proved
    this.#proved = new Set()
    for (const id of proved) {
      this.#raised.delete(id)
      if (!this.#isRefused(id)) await this.#settle(id, [])
    }
    for (const id of this.#refused.keys())
      if (this.#isRefused(id) && !this.#raised.has(id)) {
        await this.#settle(id, await this.#standing(id))
        this.#raised.add(id)
      }
  }

  #isRefused(id: number): boolean {
    return (this.#refused.get(id) ?? 0) >= inARow
  }

  #settle(id: number, standing: readonly Standing[]): Promise<void> {
    const { db, clock } = this.#input
    return settleAlarms(db, { kinds: ['webhook_refused'], subject: `gateway ${id}` }, standing, clock.now())
  }

  async #standing(id: number): Promise<Standing[]> {
    const rows = await this.#input.db.query<{ workspaceId: number; name: string }>(
      sql`select workspace_id as "workspaceId", name from gateways where id = ${id} and removed_at is null`,
      'alarms-webhooks',
    )
    return rows.map(({ workspaceId, name }) => ({
      kind: 'webhook_refused',
      subject: `gateway ${id}`,
      workspaceId,
      sentence: `Deliveries to the gateway “${name}” are refused: their signature is wrong.`,
      fix: 'Receipts and replies do not arrive. Compare the secrets of the gateway under Settings → Gateways with those at your provider, and the address that the provider calls with the one on that page. The next delivery with the right signature ends this alarm.',
      detail: `Gateway ${id}: ${inARow} or more requests in a row to /webhooks/${id} did not prove their origin.`,
      afterMs: 0,
    }))
  }
}
