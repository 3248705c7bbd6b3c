/**
 * The gateway to the built-in simulator. The start chooses a port, the simulator takes it or, when another program was faster, one of the
 * next, and the one that it listens on is written into the gateways' rows.
 */

import { simulatorAccount } from '../gateways/simulator/login.ts'
import { readSmppSettings, type SmppSettings, smppAccount } from '../gateways/smpp/smpp-settings.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import { choosePort } from '../supervisor/port.ts'

/** Adds it to a workspace; its port is given at the start. `rate`: per second; 0: as fast as it goes. */
export async function addSimulatorGateway(db: Db, workspaceId: number, now: Date, rate = 0): Promise<number> {
  const settings = { host: '127.0.0.1', port: 2775, systemId: simulatorAccount(workspaceId) }
  const [row] = await db.query<{ id: number }>(
    sql`insert into gateways (workspace_id, name, kind, settings, account, window_size, rate, test, simulator, created_at)
      values (${workspaceId}, 'Simulator', 'smpp', ${JSON.stringify(settings)}::jsonb, ${smppAccount(settings)}, 200, ${rate}, true, true, ${now})
      on conflict (workspace_id, name) where removed_at is null do update set simulator = true returning id`,
  )
  return row!.id
}

/** The words of its process: the port of HOMING_SIMULATOR_PORT, or one near the last; null where no workspace has such a gateway. */
export async function simulatorWords(db: Database): Promise<readonly string[] | null> {
  const rows = await readSimulators(db)
  const [row] = rows.filter(({ removed }) => !removed)
  if (row === undefined) return null
  const asked = Number(process.env.HOMING_SIMULATOR_PORT)
  const words = asked > 0 ? ['--port', String(asked)] : ['--near', String(await choosePort(row.settings.port, false))]
  // Before the worker runs: it must not connect to another program that has the old port now.
  await simulatorListens(db, Number(words[1]))
  return words
}

/** Where it can be reached from now on. */
export async function simulatorListens(db: Database, port: number): Promise<void> {
  for (const { id, settings } of await readSimulators(db)) {
    if (settings.port === port) continue
    const moved = { ...settings, port }
    await db.run(sql`update gateways set settings = ${JSON.stringify(moved)}::jsonb, account = ${smppAccount(moved)}
      where id = ${id} and simulator`)
  }
}

/** Of all workspaces, removed ones too. */
async function readSimulators(db: Db): Promise<{ id: number; settings: SmppSettings; removed: boolean }[]> {
  const rows = await db.query<{ id: number; stored: unknown; removed: boolean }>(
    sql`select id, settings as stored, removed_at is not null as removed from gateways where simulator order by id`,
  )
  return rows.flatMap(({ id, stored, removed }) => {
    const settings = readSmppSettings(stored)
    return settings === undefined ? [] : [{ id, settings, removed }]
  })
}
