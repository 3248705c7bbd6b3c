/**
 * The settings and access rules of the embedded PostgreSQL. Written again at each start, because memory and accounts may have changed. A
 * file `override.conf` in the cluster's folder overrides them.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { ROLE } from './cluster-folder.ts'
import { give, type OsAccount } from './os-account.ts'

const GiB = 2 ** 30

/** Names and values as in postgresql.conf. `memoryBytes`: the memory of the machine or its container. */
export function serverSettings(memoryBytes: number): Record<string, string> {
  const roomy = memoryBytes >= 4 * GiB
  return {
    shared_buffers: roomy ? '512MB' : '128MB',
    effective_cache_size: `${Math.max(256, Math.floor(memoryBytes / 2 / 2 ** 20))}MB`,
    work_mem: roomy ? '16MB' : '4MB',
    maintenance_work_mem: roomy ? '256MB' : '64MB',
    max_connections: '100',
    // Long checkpoints: after one, the first change of each page writes it whole into the log.
    max_wal_size: roomy ? '4GB' : '1GB',
    checkpoint_timeout: '15min',
    wal_compression: 'pglz', // these binaries have no lz4 or zstd
    synchronous_commit: 'on', // nothing is acknowledged before it is durable
    fsync: 'on',
    jit: 'off', // these binaries have no LLVM; elsewhere it costs our short statements more than it gives
    random_page_cost: '1.1',
    // Messages are updated several times each; vacuum has to keep up with the sending.
    autovacuum_max_workers: '4',
    autovacuum_naptime: '15s',
    autovacuum_vacuum_cost_limit: '2000',
    autovacuum_vacuum_scale_factor: '0.05',
    autovacuum_analyze_scale_factor: '0.05',
    // A client that was killed during a long statement must not keep its locks.
    client_connection_check_interval: '5s',
    // An error of a client quotes the values of its statement, even in its message. The client gets it and logs what may be logged
    // (safe-error.ts); the server's log contains what concerns the server.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_error_verbosity: 'terse',
    log_parameter_max_length_on_error: '0',
    log_parameter_max_length: '0',
    log_statement: "'none'",
    log_min_duration_statement: '-1',
    log_min_duration_sample: '-1',
    log_transaction_sample_rate: '0',
    log_lock_waits: 'off',
    log_connections: 'off',
    log_disconnections: 'off',
    log_checkpoints: 'off',
    // The folder of the socket admits no one else; neither does the socket.
    unix_socket_permissions: '0700',
    log_line_prefix: "'%m [%p] %a '",
    log_timezone: "'UTC'",
    timezone: "'UTC'",
    lc_messages: "'C'", // messages are read by the manager
  }
}

const INCLUDE = "include = 'homing.conf'\n"

/** Writes settings and access rules into the cluster. `extra` overrides ours (tests turn fsync off). */
export function writeSettings(
  cluster: string,
  account: OsAccount | null,
  password: boolean,
  extra: Readonly<Record<string, string>>,
): void {
  const settings = { ...serverSettings(memory()), ...extra }
  const write = (name: string, lines: string[]) => writeSynced(join(cluster, name), `${lines.join('\n')}\n`, account)
  write('homing.conf', [
    '# Written by Homing at each start. Put your own settings into override.conf beside this file.',
    ...Object.entries(settings).map(([name, value]) => `${name} = ${value}`),
  ])
  const main = join(cluster, 'postgresql.conf')
  const found = readFileSync(main, 'utf8')
  // Written whole or not at all: after a power cut, a server without its settings would start with tiny defaults.
  if (!found.includes(INCLUDE)) writeSynced(main, `${found}\n${INCLUDE}include_if_exists = 'override.conf'\n`, account)
  syncFolder(cluster)
  if (password) {
    write('pg_hba.conf', ['host all all 127.0.0.1/32 scram-sha-256', 'host all all ::1/128 scram-sha-256'])
    return
  }
  // Peer: the kernel identifies the client of the socket; there is no password to store.
  write('pg_hba.conf', ['local all all peer map=homing'])
  const names = new Set(['root', account?.name ?? ROLE])
  write(
    'pg_ident.conf',
    [...names].map(name => `homing "${name}" ${ROLE}`),
  )
}

/** The file gets its name only when it is on disk. */
function writeSynced(path: string, text: string, account: OsAccount | null): void {
  const fresh = `${path}.new`
  writeFileSync(fresh, text, { mode: 0o600, flush: true })
  give(fresh, account)
  renameSync(fresh, path)
}

/** Syncs the names in it, too. Windows cannot sync folders. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  fsyncSync(handle)
  closeSync(handle)
}

function memory(): number {
  const limit = process.constrainedMemory()
  return limit > 0 && limit < totalmem() ? limit : totalmem()
}
