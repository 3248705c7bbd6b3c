/**
 * The websites of a workspace: registered hosts, the public key in their pages, and the keys of the shop's servers.
 *
 * The public key names the website and proves nothing. The signing secret proves to us who a signed-in visitor is; it is sealed, and admins can
 * read it. A server key may do everything for the website; it is shown once and kept as SHA-256.
 */
import { createHash, randomBytes } from 'node:crypto'
import { problem } from '../../core/problems.ts'
import { audit } from '../access/audit.ts'
import { refuseMore } from '../access/collections.ts'
import { checkName } from '../access/workspaces.ts'
import type { Database, Db } from '../platform/db/database.ts'
import { sql } from '../platform/db/sql.ts'
import type { Keyring } from '../platform/secrets/keyring.ts'

export const consentModes = ['ask', 'token'] as const
export type ConsentMode = (typeof consentModes)[number]

export interface WebsiteSettings {
  name: string
  hosts: string[]
  consent: ConsentMode
  queryKeys: string[]
  hashRoutes: boolean
  retentionDays: number
}

export interface Website extends WebsiteSettings {
  id: number
  publicKey: string
  createdAt: Date
}

export interface WebsiteKey {
  id: number
  name: string
  prefix: string
  createdAt: Date
  revokedAt: Date | null
}

export interface ActingMember {
  workspaceId: number
  actor: string
  now: Date
}

const hostsLimit = 20
const queryKeysLimit = 20
const keysLimit = 10
export const websiteDefaults = { consent: 'ask', queryKeys: [], hashRoutes: false, retentionDays: 400 } as const

const columns = sql`w.id, w.name, w.hosts, w.public_key as "publicKey", w.consent, w.query_keys as "queryKeys", w.hash_routes as "hashRoutes",
  w.retention_days as "retentionDays", w.created_at as "createdAt"`

export function listWebsites(db: Db, workspaceId: number): Promise<Website[]> {
  return db.query<Website>(
    sql`select ${columns} from websites w where w.workspace_id = ${workspaceId} and w.removed_at is null order by w.id limit 100`,
  )
}

/** Throws not_found. */
export async function getWebsite(db: Db, workspaceId: number, id: number): Promise<Website> {
  const [row] = await db.query<Website>(
    sql`select ${columns} from websites w where w.workspace_id = ${workspaceId} and w.id = ${id} and w.removed_at is null`,
  )
  if (row === undefined) throw problem('not_found', { what: 'website' })
  return row
}

/** Throws invalid_input, limit_reached, conflict, secret_key. */
export async function createWebsite(
  db: Database,
  keys: Keyring,
  given: Partial<WebsiteSettings> & Pick<WebsiteSettings, 'name' | 'hosts'>,
  { workspaceId, actor, now }: ActingMember,
): Promise<Website> {
  const settings = checked({ ...websiteDefaults, queryKeys: [], ...given })
  await refuseMore(db, workspaceId, 'websites')
  const publicKey = randomBytes(12).toString('base64url')
  const secret = `hs_${randomBytes(32).toString('base64url')}`
  return db.tx(async tx => {
    await refuseTaken(tx, workspaceId, settings.hosts)
    const [row] = await tx.query<{ id: number }>(sql`
      insert into websites (workspace_id, name, hosts, public_key, signing_secret, consent, query_keys, hash_routes, retention_days, created_at)
      values (${workspaceId}, ${settings.name}, ${settings.hosts}::text[], ${publicKey}, '', ${settings.consent}, ${settings.queryKeys}::text[],
        ${settings.hashRoutes}, ${settings.retentionDays}, ${now}) returning id`)
    const id = row!.id
    await tx.run(
      sql`update websites set signing_secret = ${keys.seal(secret, aboutSecret(workspaceId, id))} where id = ${id} and workspace_id = ${workspaceId}`,
    )
    const details = { name: settings.name, hosts: settings.hosts }
    await audit(tx, { workspaceId, actor, action: 'website.create', subject: `website ${id}`, details }, now)
    return { id, publicKey, createdAt: now, ...settings }
  })
}

/** Throws not_found, invalid_input, conflict. */
export async function changeWebsite(
  db: Database,
  id: number,
  changes: Partial<WebsiteSettings>,
  { workspaceId, actor, now }: ActingMember,
): Promise<Website> {
  return db.tx(async tx => {
    await tx.query(sql`select from websites where id = ${id} and workspace_id = ${workspaceId} for update`)
    const website = await getWebsite(tx, workspaceId, id)
    const { id: _, publicKey, createdAt, ...before } = website
    const settings = checked({ ...before, ...changes })
    await refuseTaken(tx, workspaceId, settings.hosts, id)
    await tx.run(sql`
      update websites set name = ${settings.name}, hosts = ${settings.hosts}::text[], consent = ${settings.consent},
        query_keys = ${settings.queryKeys}::text[], hash_routes = ${settings.hashRoutes}, retention_days = ${settings.retentionDays}
      where id = ${id} and workspace_id = ${workspaceId}`)
    const details = { name: settings.name, changed: Object.keys(changes).sort() }
    await audit(tx, { workspaceId, actor, action: 'website.change', subject: `website ${id}`, details }, now)
    return { id, publicKey, createdAt, ...settings }
  })
}

/** Its script and keys stop; what was recorded stays for its time. Throws not_found. */
export async function removeWebsite(
  db: Database,
  id: number,
  { workspaceId, actor, now }: ActingMember,
): Promise<void> {
  await db.tx(async tx => {
    const { name } = await getWebsite(tx, workspaceId, id)
    await tx.run(sql`update websites set removed_at = ${now} where id = ${id} and workspace_id = ${workspaceId}`)
    await tx.run(
      sql`update website_keys set revoked_at = ${now} where website_id = ${id} and workspace_id = ${workspaceId} and revoked_at is null`,
    )
    await audit(tx, { workspaceId, actor, action: 'website.remove', subject: `website ${id}`, details: { name } }, now)
  })
}

export async function listWebsiteKeys(db: Db, workspaceId: number, websiteId: number): Promise<WebsiteKey[]> {
  await getWebsite(db, workspaceId, websiteId)
  return db.query<WebsiteKey>(sql`
    select k.id, k.name, k.prefix, k.created_at as "createdAt", k.revoked_at as "revokedAt" from website_keys k
    where k.website_id = ${websiteId} and k.workspace_id = ${workspaceId} order by k.id desc limit 100`)
}

/** Returns the key, which cannot be read later. Throws not_found, limit_reached, name_empty. */
export async function createWebsiteKey(
  db: Database,
  websiteId: number,
  name: string,
  { workspaceId, actor, now }: ActingMember,
): Promise<{ id: number; key: string }> {
  const checkedName = checkName(name, 'website key')
  const key = `hw_${randomBytes(32).toString('base64url')}`
  return db.tx(async tx => {
    await getWebsite(tx, workspaceId, websiteId)
    const [count] = await tx.query<{ n: number }>(sql`
      select count(*)::int as n from website_keys where website_id = ${websiteId} and workspace_id = ${workspaceId} and revoked_at is null`)
    if ((count?.n ?? 0) >= keysLimit) throw problem('limit_reached', { what: 'keys of this website', limit: keysLimit })
    const [row] = await tx.query<{ id: number }>(sql`
      insert into website_keys (website_id, workspace_id, name, prefix, hash, created_at)
      values (${websiteId}, ${workspaceId}, ${checkedName}, ${key.slice(0, 9)}, ${hashOfKey(key)}, ${now}) returning id`)
    const details = { name: checkedName }
    const entry = { workspaceId, actor, action: 'website_key.create', subject: `website ${websiteId}`, details }
    await audit(tx, entry, now)
    return { id: row!.id, key }
  })
}

/** A second call changes nothing. Throws not_found. */
export async function revokeWebsiteKey(
  db: Database,
  websiteId: number,
  keyId: number,
  { workspaceId, actor, now }: ActingMember,
): Promise<void> {
  await db.tx(async tx => {
    await getWebsite(tx, workspaceId, websiteId)
    const [key] = await tx.query<{ name: string; revokedAt: Date | null }>(sql`
      select name, revoked_at as "revokedAt" from website_keys
      where id = ${keyId} and website_id = ${websiteId} and workspace_id = ${workspaceId} for update`)
    if (key === undefined) throw problem('not_found', { what: 'website key' })
    if (key.revokedAt !== null) return
    await tx.run(sql`update website_keys set revoked_at = ${now} where id = ${keyId} and workspace_id = ${workspaceId}`)
    const details = { name: key.name }
    const entry = { workspaceId, actor, action: 'website_key.revoke', subject: `website ${websiteId}`, details }
    await audit(tx, entry, now)
  })
}

/** The secret with which the shop's server signs user ids. Throws not_found, secret_key. */
export async function readSigningSecret(
  db: Database,
  keys: Keyring,
  id: number,
  { workspaceId, actor, now }: ActingMember,
): Promise<string> {
  await getWebsite(db, workspaceId, id)
  const [row] = await db.query<{ sealed: string }>(
    sql`select signing_secret as sealed from websites where id = ${id} and workspace_id = ${workspaceId}`,
  )
  const secret = row && keys.open(row.sealed, aboutSecret(workspaceId, id))
  if (secret === undefined)
    throw problem('secret_key', { what: keys.fault ?? 'The signing secret was sealed with another key' })
  await audit(db, { workspaceId, actor, action: 'website.read_secret', subject: `website ${id}` }, now)
  return secret
}

export const aboutSecret = (workspaceId: number, id: number): string => `website signing ${workspaceId} ${id}`

export const hashOfKey = (key: string): Buffer => createHash('sha256').update(key).digest()

async function refuseTaken(tx: Db, workspaceId: number, hosts: readonly string[], own = 0): Promise<void> {
  const [taken] = await tx.query<{ name: string }>(sql`
    select w.name from websites w
    where w.workspace_id = ${workspaceId} and w.id <> ${own} and w.removed_at is null and w.hosts && ${hosts}::text[]`)
  if (taken !== undefined)
    throw problem('conflict', { what: `The website "${taken.name}" has one of these hosts already.` })
}

function checked(given: WebsiteSettings): WebsiteSettings {
  const { hosts, queryKeys, retentionDays } = given
  if (hosts.length === 0 || hosts.length > hostsLimit)
    throw problem('invalid_input', { where: 'hosts', what: `give 1 to ${hostsLimit} hosts` })
  if (queryKeys.length > queryKeysLimit)
    throw problem('invalid_input', { where: 'queryKeys', what: `give at most ${queryKeysLimit} parameters` })
  if (!Number.isInteger(retentionDays) || retentionDays < 30 || retentionDays > 800)
    throw problem('invalid_input', { where: 'retentionDays', what: 'give 30 to 800 days' })
  return {
    name: checkName(given.name, 'website'),
    hosts: [...new Set(hosts.map(hostOf))],
    consent: given.consent,
    queryKeys: [...new Set(queryKeys.map(queryKeyOf))],
    hashRoutes: given.hashRoutes,
    retentionDays,
  }
}

/** "https://Shop.example/" -> "shop.example" */
function hostOf(given: string): string {
  const text = given.trim()
  const url = URL.parse(/^https?:\/\//i.test(text) ? text : `https://${text}`)
  const host = url?.hostname.replace(/\.$/, '') ?? ''
  if (
    url === null ||
    host === '' ||
    url.username !== '' ||
    url.pathname !== '/' ||
    url.search !== '' ||
    host.length > 253
  )
    throw problem('invalid_input', {
      where: 'hosts',
      what: `"${text.slice(0, 100)}" is not a host such as shop.example`,
    })
  return host
}

function queryKeyOf(given: string): string {
  const key = given.trim().toLowerCase()
  if (!/^[\w.-]{1,40}$/.test(key))
    throw problem('invalid_input', {
      where: 'queryKeys',
      what: `"${key.slice(0, 60)}" is not the name of a query parameter`,
    })
  return key
}
