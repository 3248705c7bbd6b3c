/**
 * The secrets of gateways in the database: those of one gateway are one document, sealed for its workspace and gateway
 * (platform/secrets/sealed-secret.ts).
 *
 * Always: secrets are opened only to connect; they are never stored in the clear; what cannot be opened here is kept as it is. The
 * password of the built-in simulator is no secret and is not stored.
 */
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import type { Keyring } from '../platform/secrets/keyring.ts'
import type { Secrets } from './kind.ts'
import { simulatorSecrets } from './kinds.ts'

export interface SecretsOwner {
  id: number
  workspaceId: number
}

export interface StoredSecrets extends SecretsOwner {
  /** null: the gateway has none */
  secret: string | null
  simulator: boolean
}

const aboutOf = ({ workspaceId, id }: SecretsOwner) => `gateway secrets ${workspaceId} ${id}`
/** Earlier versions sealed the password alone. */
const aboutPassword = ({ workspaceId, id }: SecretsOwner) => `gateway password ${workspaceId} ${id}`

const sealed = (keys: Keyring, of: SecretsOwner, secrets: Secrets) => keys.seal(JSON.stringify(secrets), aboutOf(of))

/** All of a gateway's: they replace those stored. Throws `secret_key`. */
export async function storeSecrets(tx: Db, keys: Keyring, of: SecretsOwner, secrets: Secrets): Promise<void> {
  const secret = Object.values(secrets).every(value => value === '') ? null : sealed(keys, of, secrets)
  await tx.run(
    sql`update gateways set secret = ${secret}, password = '' where id = ${of.id} and workspace_id = ${of.workspaceId}`,
  )
}

/** To connect with. One that is not stored is empty. undefined: their key is not here. */
export function openSecrets(stored: StoredSecrets, keys: Keyring): Secrets | undefined {
  if (stored.secret === null) return stored.simulator ? simulatorSecrets : {}
  const document = keys.open(stored.secret, aboutOf(stored))
  if (document !== undefined) return JSON.parse(document)
  const password = keys.open(stored.secret, aboutPassword(stored))
  return password === undefined ? undefined : { password }
}

/** Seals what an earlier version has stored in the clear. Run again, after a crash or beside another process, it does what is left. */
export async function sealPlainPasswords(db: Database, keys: Keyring): Promise<void> {
  const plain = await db.query<SecretsOwner & { password: string }>(
    sql`select id, workspace_id as "workspaceId", password from gateways where password <> '' order by id`,
    'gateways-plain',
  )
  for (const { password, ...of } of plain)
    await db.run(sql`update gateways set secret = ${sealed(keys, of, { password })}, password = ''
      where id = ${of.id} and workspace_id = ${of.workspaceId} and password = ${password}`)
}

/** Under a new key. What the old ones do not open stays as it is, and opens again when its key comes back. */
export async function resealSecrets(tx: Db, from: Keyring, to: Keyring): Promise<void> {
  const rows = await tx.query<StoredSecrets>(
    sql`select id, workspace_id as "workspaceId", secret, simulator from gateways where secret is not null order by id for no key update`,
  )
  for (const row of rows) {
    const secrets = openSecrets(row, from)
    if (secrets !== undefined) await storeSecrets(tx, to, row, secrets)
  }
}
