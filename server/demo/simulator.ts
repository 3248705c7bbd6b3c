/** The gateway to the built-in simulator: its port is chosen by the start and stands in the gateway's row. */

import { simulatorAccount, simulatorLogin } from '../gateways/simulator/login.ts'
import type { Database, Db } from '../platform/db.ts'
import { sql } from '../platform/sql.ts'
import { choosePort } from '../supervisor/port.ts'

/** Adds it to a workspace; its port is given at the start. */
export async function addSimulatorGateway(db: Db, workspaceId: number, now: Date): Promise<number> {
  const [row] = await db.query<{ id: number }>(
    sql`insert into gateways (workspace_id, name, host, port, system_id, password, window_size, test, simulator, created_at)
      values (${workspaceId}, 'Simulator', '127.0.0.1', 2775, ${simulatorAccount(workspaceId)}, ${simulatorLogin.password}, 200, true, true, ${now})
      on conflict (workspace_id, name) do update set removed_at = null returning id`,
  )
  return row!.id
}

/** Its port, free now, told to the process (HOMING_SIMULATOR_PORT) and to the rows; undefined where no workspace has one. */
export async function findSimulator(db: Database): Promise<number | undefined> {
  const [row] = await db.query<{ port: number }>(
    sql`select port from gateways where simulator and removed_at is null order by id limit 1`,
  )
  if (row === undefined) return undefined
  const chosen = Number(process.env.HOMING_SIMULATOR_PORT)
  const port = chosen > 0 ? chosen : await choosePort(row.port, false)
  process.env.HOMING_SIMULATOR_PORT = String(port)
  await db.run(sql`update gateways set port = ${port} where simulator and port <> ${port}`)
  return port
}
