/**
 * The settings of an installation: environment variables, overridden by command-line flags. They are checked once, here.
 * README.md lists all of them. There is no settings file.
 */
import { resolve } from 'node:path'
import { problem } from '../../core/problems.ts'
import { trimEndWhere } from '../../core/trim.ts'
import { readHosts } from './http/listen.ts'
import { readProxies } from './http/visitor.ts'
import { readPrivateNetworks } from './reach.ts'

export interface Config {
  /** HOMING_PORT; default 8080. */
  port: number
  /** True if the port was set: then Homing uses this port or fails. */
  portAsked: boolean
  /** HOMING_HOST: the addresses to listen on; null: see listen.ts. */
  hosts: readonly string[] | null
  /** HOMING_DATA or --data, an absolute path; default ./data. */
  data: string
  /** DATABASE_URL, or null: the embedded PostgreSQL of the data folder. */
  databaseUrl: string | null
  /** The supervisor's database; only its children have it (HOMING_CONNECTION). */
  connectionString: string | null
  /** HOMING_URL without a trailing slash; null: http://localhost:PORT. */
  url: string | null
  /** HOMING_LINK_URL, the base of short links; null: the same as `url`. */
  linkUrl: string | null
  /** HOMING_SECRET_KEY: the key of secrets, or several; null: key-file.ts. */
  secretKey: string | null
  /** HOMING_SECRET_KEY_FILE, an absolute path. */
  secretKeyFile: string | null
  /** HOMING_PRIVATE_GATEWAYS: private addresses at which gateways are allowed. */
  privateGateways: readonly string[]
  /** HOMING_NETWORKS, an absolute path: a file with the networks of data centres and known bots; null: none are known. */
  networks: string | null
  /** HOMING_TRUSTED_PROXIES: the proxies whose X-Forwarded-For is trusted; null: not set (visitor.ts). */
  trustedProxies: readonly string[] | null
  /** HOMING_MAIL_PORT: where returned e-mails are taken (server/mail-reports); null: nowhere. */
  mailPort: number | null
  /** HOMING_CLOCK_RATE: seconds of business time per second, 1 or more. */
  clockRate: number
  /** The folder of the built user interface; only the supervisor's children have it (HOMING_UI). null: web/dist. */
  uiFolder: string | null
}

/** Flags that replace a variable: an error message names both. */
export interface Flags {
  data?: string
  port?: string
}

/** Throws `setting_invalid`, which names the variable. An empty variable counts as unset. */
export function readConfig(env: NodeJS.ProcessEnv, flags: Flags = {}): Config {
  const text = (name: string) => env[name]?.trim() || null
  const mailPort = text('HOMING_MAIL_PORT')
  const port = flags.port ?? text('HOMING_PORT')
  return {
    port: port === null ? 8080 : readPort(flags.port === undefined ? 'HOMING_PORT' : '--port', port),
    portAsked: port !== null,
    hosts: readHosts(text('HOMING_HOST')),
    data: resolve(flags.data ?? text('HOMING_DATA') ?? 'data'),
    databaseUrl: readDatabaseUrl(text('DATABASE_URL')),
    connectionString: text('HOMING_CONNECTION'),
    url: readUrl('HOMING_URL', text('HOMING_URL')),
    linkUrl: readUrl('HOMING_LINK_URL', text('HOMING_LINK_URL')),
    secretKey: text('HOMING_SECRET_KEY'),
    secretKeyFile: readPath(text('HOMING_SECRET_KEY_FILE')),
    privateGateways: readPrivateNetworks(text('HOMING_PRIVATE_GATEWAYS')),
    networks: readPath(text('HOMING_NETWORKS')),
    trustedProxies: readProxies('HOMING_TRUSTED_PROXIES', text('HOMING_TRUSTED_PROXIES')),
    mailPort: mailPort === null ? null : readPort('HOMING_MAIL_PORT', mailPort),
    clockRate: readRate(text('HOMING_CLOCK_RATE')),
    uiFolder: text('HOMING_UI'),
  }
}

/** The addresses that people and short links use, once the port is known. */
export function addresses(config: Config, port: number): { url: string; linkUrl: string } {
  const url = config.url ?? `http://localhost:${port}`
  return { url, linkUrl: config.linkUrl ?? url }
}

function readPort(name: string, value: string): number {
  const port = Number(value)
  if (!/^\d{1,5}$/.test(value) || port < 1 || port > 65_535) throw invalid(name, value, 'a port from 1 to 65535')
  return port
}

function readPath(value: string | null): string | null {
  return value === null ? null : resolve(value)
}

function readRate(value: string | null): number {
  if (value === null) return 1
  const rate = Number(value)
  if (!Number.isFinite(rate) || rate < 1 || rate > 1_000_000)
    throw invalid('HOMING_CLOCK_RATE', value, 'a number from 1 to 1000000')
  return rate
}

function readUrl(name: string, value: string | null): string | null {
  if (value === null) return null
  const wanted = 'an address like https://sms.example.com, without ? and #'
  const url = URL.canParse(value) ? new URL(value) : null
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username)
    throw invalid(name, value, wanted)
  return trimEndWhere(url.href, character => character === '/')
}

function readDatabaseUrl(value: string | null): string | null {
  if (value === null) return null
  // The value may contain a password: no message repeats it.
  const shown = value.replace(/:\/\/.*$/s, '://…')
  if (!/^postgres(ql)?:\/\//.test(value) || !URL.canParse(value)) {
    throw invalid('DATABASE_URL', shown, 'an address like postgres://user:password@host:5432/homing')
  }
  return value
}

function invalid(name: string, value: string, wanted: string) {
  return problem('setting_invalid', { name, value, wanted })
}
