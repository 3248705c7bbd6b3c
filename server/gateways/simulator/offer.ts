/** A gateway to the built-in simulator for one more workspace. Unlike the rest of this folder it runs in the server, not in the simulator. */
import type { Db } from '../../platform/db/database.ts'
import { sql } from '../../platform/db/sql.ts'
import { readSmppSettings, smppAccount } from '../smpp/smpp-settings.ts'
import { simulatorAccount } from './login.ts'

/** With an account of its own. Where no workspace has such a gateway, this one gets none. */
export async function offerSimulator(db: Db, workspaceId: number, now: Date): Promise<void> {
  const [found] = await db.query<{ name: string; settings: unknown; window: number }>(
    sql`select name, settings, window_size as "window" from gateways where simulator and removed_at is null order by id limit 1`,
  )
  const settings = readSmppSettings(found?.settings)
  if (found === undefined || settings === undefined) return
  const own = { ...settings, systemId: simulatorAccount(workspaceId) }
  await db.run(sql`
    insert into gateways (workspace_id, name, kind, settings, account, window_size, test, simulator, created_at)
    values (${workspaceId}, ${found.name}, 'smpp', ${JSON.stringify(own)}::jsonb, ${smppAccount(own)}, ${found.window}, true, true, ${now})
    on conflict (workspace_id, name) where removed_at is null do nothing`)
}
