/** What reaches an SMPP gateway: host, port and user. Its password is kept apart (gateways/password.ts). */
import { type Static, Type } from '@fastify/type-provider-typebox'
import Value from 'typebox/value'
import { canonicalHost } from '../../platform/reach.ts'

/** What bind_transceiver can carry (SMPP 3.4 §5.2.1: 15 characters). C-octet strings: one octet a character, and no NUL. */
export const SmppSettings = Type.Object(
  {
    host: Type.String({ minLength: 1, maxLength: 253, pattern: '^[a-z0-9._:-]+$' }),
    port: Type.Integer({ minimum: 1, maximum: 65_535 }),
    systemId: Type.String({ minLength: 1, maxLength: 15, pattern: '^[\\x20-\\x7e]*$' }),
  },
  { additionalProperties: false },
)
export type SmppSettings = Static<typeof SmppSettings>

/** Undefined where a stored document is something else. */
export function readSmppSettings(stored: unknown): SmppSettings | undefined {
  if (!Value.Check(SmppSettings, stored)) return undefined
  return canonicalHost(stored.host) === stored.host ? stored : undefined
}

export const smppAccount = ({ host, port, systemId }: SmppSettings): string => `smpp:${systemId}@${host}:${port}`
