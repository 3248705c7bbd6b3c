/**
 * The settings of a gateway, by its kind: what its row must hold, which host is connected to, and which account at the provider they are.
 * A kind of gateway is a line here and one in kinds.ts, which opens it.
 *
 * Always: a row of an unknown kind, or one whose settings do not fit its kind, is a named fault of this gateway alone. It is not opened, and
 * can be corrected.
 */
import { readSmppSettings, type SmppSettings, smppAccount } from './smpp/settings.ts'

/** Of any kind; there is one. */
export type GatewaySettings = SmppSettings

export interface SettingsKind<Settings> {
  read(stored: unknown): Settings | undefined
  /** must pass the rules of reachable hosts */
  host(settings: Settings): string
  /** the same for all gateways of one account at a provider, and for no others; begins with the kind */
  account(settings: Settings): string
}

export const smppKind: SettingsKind<SmppSettings> = {
  read: readSmppSettings,
  host: ({ host }) => host,
  account: smppAccount,
}

const kinds: ReadonlyMap<string, SettingsKind<GatewaySettings>> = new Map([['smpp', smppKind]])

export type ReadSettings = { settings: GatewaySettings; fault: null } | { settings: null; fault: string }

/** `fault`: a sentence for the list of gateways and the alarm. Never throws. */
export function readSettings(kind: string, stored: unknown): ReadSettings {
  const known = kinds.get(kind)
  if (known === undefined)
    return { settings: null, fault: `This version does not know gateways of the kind “${kind.slice(0, 40)}”.` }
  const settings = known.read(stored)
  if (settings === undefined) return { settings: null, fault: `Its stored settings do not fit the kind “${kind}”.` }
  return { settings, fault: null }
}
