/**
 * Is this the database, the server and the machine at which the installation was last seen? One database may have many names (a link to
 * the folder, a socket, localhost, a forwarded port), and a copy may have the same name, so names alone decide nothing.
 *
 * Compared, in this order: the database (system identifier and number: `identity`), the running server (its start time, which no two
 * servers share), the mark in the data folder, the machine, the address. The reasons: docs/operate.md, "Backups".
 */
import { readFileSync, realpathSync } from 'node:fs'
import { hostname } from 'node:os'
import type { Config } from '../config.ts'
import type { Db } from '../db/database.ts'
import { sql } from '../db/sql.ts'

/** What a start finds, and what the previous one found. */
export interface InstallationEvidence {
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

/** Identifies the database whatever its name: the server's identifier and the database's number. */
export async function identityOf(db: Db): Promise<string> {
  const [database] = await db.query<{ oid: string }>(
    sql`select oid::text as oid from pg_database where datname = current_database()`,
  )
  // Some providers forbid reading it.
  const [system] = await db
    .query<{ id: string }>(sql`select system_identifier::text as id from pg_control_system()`)
    .catch(() => [])
  return `pg:${system?.id ?? ''}:${database?.oid ?? ''}`
}

export async function gatherEvidence(db: Db, config: Config): Promise<InstallationEvidence> {
  const [server] = await db.query<{ started: string }>(sql`select pg_postmaster_start_time()::text as started`)
  return {
    started: server?.started ?? '',
    address: config.databaseUrl === null ? 'embedded' : databaseAddressOf(config.databaseUrl),
    host: hostname(),
    machineId: firstLine('/etc/machine-id'),
    bootId: firstLine('/proc/sys/kernel/random/boot_id'),
  }
}

/** Host and port; a socket and all names of this machine count as one place. */
export function databaseAddressOf(databaseUrl: string): string {
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

export const isSameMachine = (a: InstallationEvidence, b: InstallationEvidence): boolean =>
  a.host === b.host || (a.bootId !== '' && a.bootId === b.bootId) || (a.machineId !== '' && a.machineId === b.machineId)

/** The name that versions before 0026 gave an installation: machine and folder, or the server's address, identifier and database. */
export function isFormerName(name: string, identity: string, database: string, config: Config): boolean {
  if (config.databaseUrl === null)
    return [config.data, realpathSync(config.data)].some(folder => name === `${hostname()}:${folder}`)
  const [, host, port, system, called] = /^(.*?)(?::(\d+))?:(\d*):([^:]*)$/.exec(name) ?? []
  if (host === undefined || system !== identity.split(':')[1] || called !== database) return false
  return (
    databaseAddressOf(`postgres://${host}${port === undefined ? '' : `:${port}`}/`) ===
    databaseAddressOf(config.databaseUrl)
  )
}

function firstLine(file: string): string {
  try {
    return readFileSync(file, 'utf8').split('\n')[0]?.trim() ?? ''
  } catch {
    return ''
  }
}
