/**
 * Which kind is a gateway of? By the name in its row, by a name or an address that was entered.
 *
 * Always: a row of an unknown kind, or one whose settings do not fit its kind, is a named fault of this gateway alone. It is not opened, and
 * can be corrected.
 */
import { problem } from '../../core/problems.ts'
import type { AnyGatewayKind, DnsRecord, Entered, GatewayTarget } from './kind.ts'
import { gatewayKinds } from './kinds.ts'

const addressForms = gatewayKinds.flatMap(({ url }) => (url === undefined ? [] : [url.form]))
const byName = new Map(gatewayKinds.map(kind => [kind.name, kind]))

/** Of a stored name. Throws for a kind that this version does not know: a newer version wrote it. */
export function kindOf(name: string): AnyGatewayKind {
  const kind = byName.get(name)
  if (kind === undefined) throw new Error(`no gateway of the kind "${name}" can be opened by this version`)
  return kind
}

/** Of a name that a client sent. Throws invalid_input. */
export function kindNamed(name: string): AnyGatewayKind {
  const kind = byName.get(name)
  if (kind !== undefined) return kind
  const known = gatewayKinds.map(one => one.name).join(', ')
  throw problem('invalid_input', { where: 'kind', what: `must be one of: ${known}` })
}

export type ReadSettings = { target: GatewayTarget; fault: null } | { target: null; fault: string }

/** Of a row. `fault`: a sentence for the list of gateways and the alarm. Never throws. */
export function readGatewaySettings(name: string, stored: unknown): ReadSettings {
  const kind = byName.get(name)
  if (kind === undefined)
    return { target: null, fault: `This version does not know gateways of the kind “${name.slice(0, 40)}”.` }
  const target = kind.read(stored)
  if (target === undefined) return { target: null, fault: `Its stored settings do not fit the kind “${name}”.` }
  return { target, fault: null }
}

/** What the domain name system has to say for a gateway; empty where its settings cannot be read. */
export const recordsFor = (
  { kind, settings }: { kind: string; settings: Entered | null },
  host: string,
): DnsRecord[] => (settings === null ? [] : [...(byName.get(kind)?.records(settings, host) ?? [])])

/** An address for all settings. Throws gateway_url, invalid_input; neither repeats the address. */
export function parseGatewayUrl(text: string): { kind: AnyGatewayKind; settings: Entered } {
  const forms = addressForms.join(' or ')
  const address = URL.parse(text.trim())
  if (address === null) throw problem('gateway_url', { what: 'cannot be read', form: forms })
  const kind = byName.get(address.protocol.replace(':', ''))
  if (kind?.url === undefined) throw problem('gateway_url', { what: 'begins with no kind of gateway', form: forms })
  const settings = kind.url.read(address)
  kind.check(settings)
  kind.checkSecrets(settings, 'some')
  return { kind, settings }
}
