/**
 * The passwords of gateways, as they lie in the database: sealed, each for its own workspace and gateway (platform/secrets/sealed-secret.ts).
 *
 * Always: a password is opened only to bind; it is never stored in the clear; one that cannot be opened here is kept as it is. The
 * password of the built-in simulator is no secret and is not stored.
 */
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import type { Keyring } from '../platform/secrets/keyring.ts'
import { simulatorLogin } from './simulator/login.ts'

export interface OfPassword {
  id: number
  workspaceId: number
}

export interface StoredPassword extends OfPassword {
  /** null: the gateway has none */
  secret: string | null
  simulator: boolean
}

const aboutOf = ({ workspaceId, id }: OfPassword) => `gateway password ${workspaceId} ${id}`

/** Throws `secret_key`. */
export async function storePassword(tx: Db, keys: Keyring, of: OfPassword, password: string): Promise<void> {
  const secret = password === '' ? null : keys.seal(password, aboutOf(of))
  await tx.run(
    sql`update gateways set secret = ${secret}, password = '' where id = ${of.id} and workspace_id = ${of.workspaceId}`,
  )
}

/** To bind with. undefined: its key is not here. */
export function passwordOf(stored: StoredPassword, keys: Keyring): string | undefined {
  if (stored.secret !== null) return keys.open(stored.secret, aboutOf(stored))
  return stored.simulator ? simulatorLogin.password : ''
}

/** Seals what an earlier version has stored in the clear. Again, after a crash or beside another process, it does what is left. */
export async function sealPlainPasswords(db: Database, keys: Keyring): Promise<void> {
  const plain = await db.query<OfPassword & { password: string }>(
    sql`select id, workspace_id as "workspaceId", password from gateways where password <> '' order by id`,
    'gateways-plain',
  )
  for (const { password, ...of } of plain) {
    const secret = keys.seal(password, aboutOf(of))
    await db.run(sql`update gateways set secret = ${secret}, password = ''
      where id = ${of.id} and workspace_id = ${of.workspaceId} and password = ${password}`)
  }
}

/** Under a new key. What the old ones do not open stays as it is, and opens again when its key comes back. */
export async function resealPasswords(tx: Db, from: Keyring, to: Keyring): Promise<void> {
  const rows = await tx.query<OfPassword & { secret: string }>(
    sql`select id, workspace_id as "workspaceId", secret from gateways where secret is not null order by id for no key update`,
  )
  for (const { secret, ...of } of rows) {
    const password = from.open(secret, aboutOf(of))
    if (password !== undefined) await storePassword(tx, to, of, password)
  }
}
