/** What reaches an SMPP gateway: host, port, user and password. */
import { type Static, Type } from '@fastify/type-provider-typebox'
import Value from 'typebox/value'
import { problem } from '../../../core/problems.ts'
import { canonicalHost } from '../../platform/reach.ts'

const v6 = '[0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*'
const defaultPort = 2775

/** What bind_transceiver can carry (SMPP 3.4 §5.2.1: 15 characters). C-octet strings: one octet per character, and no NUL. */
export const SmppSettings = Type.Object(
  {
    host: Type.String({
      title: 'Host',
      minLength: 1,
      maxLength: 253,
      pattern: `^(?:[A-Za-z0-9_][A-Za-z0-9._-]*|${v6}|\\[${v6}\\])$`,
      rule: "Enter only the host's name, without smpp://, user, port or path.",
      examples: ['smpp.provider.example'],
    }),
    port: Type.Integer({ title: 'Port', minimum: 1, maximum: 65_535, default: defaultPort }),
    systemId: Type.String({
      title: 'User (system id)',
      minLength: 1,
      maxLength: 15,
      pattern: '^[\\x20-\\x7e]*$',
      rule: 'Enter ASCII characters only.',
    }),
  },
  { additionalProperties: false },
)
export type SmppSettings = Static<typeof SmppSettings>

/** Passwords longer than the 8 characters of §5.2.2 are common. */
export const SmppSecrets = Type.Object(
  {
    password: Type.String({
      title: 'Password',
      maxLength: 64,
      pattern: '^[\\x20-\\x7e]*$',
      rule: 'Enter ASCII characters only.',
    }),
  },
  { additionalProperties: false },
)
export type SmppLogin = SmppSettings & Static<typeof SmppSecrets>

export const canonicalSettings = ({ host, ...rest }: SmppSettings): SmppSettings => ({
  ...rest,
  host: canonicalHost(host),
})

export const addressOf = ({ host, port }: SmppSettings): string => `${host}:${port}`
export const accountOf = (settings: SmppSettings): string => `${settings.systemId}@${addressOf(settings)}`

/** What the column `account` holds. */
export const smppAccount = (settings: SmppSettings): string => `smpp:${accountOf(settings)}`

/** Undefined where a stored document is something else. */
export function readSmppSettings(stored: unknown): SmppSettings | undefined {
  return Value.Check(SmppSettings, stored) ? stored : undefined
}

export const smppUrlForm = 'smpp://USER:PASSWORD@HOST:PORT'

/** Percent-encoded where needed; port 2775 where none is given. Throws gateway_url without the address in it. */
export function readSmppUrl(url: URL): Partial<SmppLogin> {
  if ((url.pathname !== '' && url.pathname !== '/') || url.search !== '' || url.hash !== '')
    throw problem('gateway_url', { what: 'has something after the port', form: smppUrlForm })
  const password = decode(url.password)
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? defaultPort : Number(url.port),
    systemId: decode(url.username),
    ...(password === '' ? {} : { password }),
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw problem('gateway_url', { what: 'has a % that does not begin an escaped character', form: smppUrlForm })
  }
}
