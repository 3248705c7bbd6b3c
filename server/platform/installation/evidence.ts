/**
 * Is this the database, the server and the machine that the installation was last seen at? The same database may be called by many
 * names (a link to the folder, a socket, localhost, a forwarded port), and a copy may have the same name: so names alone decide nothing.
 *
 * Compared, in this order: which database (system identifier and number: `identity`); the running server (the moment of its start, which no
 * two servers share); the mark in the data folder; the machine; the address. Why each: docs/operate.md, "Backups".
 */
import { readFileSync, realpathSync } from 'node:fs'
import { hostname } from 'node:os'
import type { Config } from '../config.ts'
import type { Db } from '../db/database.ts'
import { sql } from '../db/sql.ts'

/** What is found at a start, and was found at the last one. */
export interface Evidence {
  /** when the server was started, by its own clock, in microseconds */
  started: string
  /** 'embedded', else host and port; everything on this machine is 'local' */
  address: string
  host: string
  /** of the operating system's installation; '' in most containers */
  machineId: string
  /** of the running kernel: the same in all containers of a machine */
  bootId: string
}

/** The database itself, whatever it is called: the server's identifier, and the number that it gave the database. */
export async function identityOf(db: Db): Promise<string> {
  const [database] = await db.query<{ oid: string }>(
    sql`select oid::text as oid from pg_database where datname = current_database()`,
  )
  // Some providers do not let it be read.
  const [system] = await db
    .query<{ id: string }>(sql`select system_identifier::text as id from pg_control_system()`)
    .catch(() => [])
  return `pg:${system?.id ?? ''}:${database?.oid ?? ''}`
}

export async function gatherEvidence(db: Db, config: Config): Promise<Evidence> {
  const [server] = await db.query<{ started: string }>(sql`select pg_postmaster_start_time()::text as started`)
  return {
    started: server?.started ?? '',
    address: config.databaseUrl === null ? 'embedded' : addressOf(config.databaseUrl),
    host: hostname(),
    machineId: firstLine('/etc/machine-id'),
    bootId: firstLine('/proc/sys/kernel/random/boot_id'),
  }
}

/** Host and port; a socket and every name of this machine are the same place. */
export function addressOf(databaseUrl: string): string {
  const url = new URL(databaseUrl)
  const host = (url.searchParams.get('host') ?? decodeURIComponent(url.hostname)).toLowerCase().replace(/^\[|\]$/g, '')
  const port = url.searchParams.get('port') ?? (url.port || '5432')
  const local =
    host === '' ||
    host.startsWith('/') ||
    host === hostname().toLowerCase() ||
    /^(localhost|127\.[\d.]+|::1|0\.0\.0\.0)$/.test(host)
  return `${local ? 'local' : host}:${port}`
}

export const isSameMachine = (a: Evidence, b: Evidence): boolean =>
  a.host === b.host || (a.bootId !== '' && a.bootId === b.bootId) || (a.machineId !== '' && a.machineId === b.machineId)

/** What versions before 0026 called an installation: the machine and folder, or the server's address, identifier and database. */
export function isFormerName(name: string, identity: string, database: string, config: Config): boolean {
  if (config.databaseUrl === null)
    return [config.data, realpathSync(config.data)].some(folder => name === `${hostname()}:${folder}`)
  const [, host, port, system, called] = /^(.*?)(?::(\d+))?:(\d*):([^:]*)$/.exec(name) ?? []
  if (host === undefined || system !== identity.split(':')[1] || called !== database) return false
  return addressOf(`postgres://${host}${port === undefined ? '' : `:${port}`}/`) === addressOf(config.databaseUrl)
}

function firstLine(file: string): string {
  try {
    return readFileSync(file, 'utf8').split('\n')[0]?.trim() ?? ''
  } catch {
    return ''
  }
}
