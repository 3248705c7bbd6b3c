/**
 * The gateway to the built-in simulator. The start chooses a port, the simulator takes it or, when another program was faster, one of the
 * next, and the one that it listens on is written into the gateways' rows.
 */

import { simulatorAccount } from '../gateways/simulator/login.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { choosePort } from '../supervisor/port.ts'

/** Adds it to a workspace; its port is given at the start. */
export async function addSimulatorGateway(db: Db, workspaceId: number, now: Date): Promise<number> {
  const [row] = await db.query<{ id: number }>(
    sql`insert into gateways (workspace_id, name, host, port, system_id, window_size, test, simulator, created_at)
      values (${workspaceId}, 'Simulator', '127.0.0.1', 2775, ${simulatorAccount(workspaceId)}, 200, true, true, ${now})
      on conflict (workspace_id, name) do update set removed_at = null returning id`,
  )
  return row!.id
}

/** The words of its process: the port of HOMING_SIMULATOR_PORT, or one near the last; null where no workspace has such a gateway. */
export async function simulatorWords(db: Database): Promise<readonly string[] | null> {
  const [row] = await db.query<{ port: number }>(
    sql`select port from gateways where simulator and removed_at is null order by id limit 1`,
  )
  if (row === undefined) return null
  const asked = Number(process.env.HOMING_SIMULATOR_PORT)
  const words = asked > 0 ? ['--port', String(asked)] : ['--near', String(await choosePort(row.port, false))]
  // Before the worker runs: it opens no connection to whoever has the old port now.
  await simulatorListens(db, Number(words[1]))
  return words
}

/** Where it can be reached from now on. */
export async function simulatorListens(db: Database, port: number): Promise<void> {
  await db.run(sql`update gateways set port = ${port} where simulator and port <> ${port}`)
}
