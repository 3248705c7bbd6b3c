/**
 * The kinds of gateways by the name in their row. A new kind is a folder beside smpp/ and a line here.
 *
 * Always: a row of an unknown kind, or one whose settings do not fit its kind, is a named fault of this gateway alone. It is not opened, and
 * can be corrected.
 */
import { problem } from '../../core/problems.ts'
import type { Entered, Kind, Target } from './kind.ts'
import { smpp } from './smpp/kind.ts'

/** In the order of the pages. */
export const gatewayKinds: readonly Kind[] = [smpp]

const byName = new Map(gatewayKinds.map(kind => [kind.name, kind]))

/** Of a stored name. Throws for a kind that this version does not know: a newer version wrote it. */
export function kindOf(name: string): Kind {
  const kind = byName.get(name)
  if (kind === undefined) throw new Error(`no gateway of the kind "${name}" can be opened by this version`)
  return kind
}

/** Of a name that a client sent. Throws invalid_input. */
export function kindNamed(name: string): Kind {
  const kind = byName.get(name)
  if (kind !== undefined) return kind
  const known = gatewayKinds.map(one => one.name).join(', ')
  throw problem('invalid_input', { where: 'kind', what: `must be one of: ${known}` })
}

export type ReadSettings = { target: Target; fault: null } | { target: null; fault: string }

/** Of a row. `fault`: a sentence for the list of gateways and the alarm. Never throws. */
export function readSettings(name: string, stored: unknown): ReadSettings {
  const kind = byName.get(name)
  if (kind === undefined)
    return { target: null, fault: `This version does not know gateways of the kind “${name.slice(0, 40)}”.` }
  const target = kind.read(stored)
  if (target === undefined) return { target: null, fault: `Its stored settings do not fit the kind “${name}”.` }
  return { target, fault: null }
}

/** An address such as smpp://USER@HOST:PORT. Throws gateway_url, invalid_input; neither repeats the address. */
export function parseGatewayUrl(text: string): { kind: Kind; settings: Entered } {
  const url = URL.parse(text.trim())
  if (url === null) throw problem('gateway_url', { what: 'cannot be read' })
  const kind = byName.get(url.protocol.replace(':', ''))
  if (kind?.readUrl === undefined) {
    const schemes = gatewayKinds.flatMap(({ name, readUrl }) => (readUrl === undefined ? [] : [`${name}://`]))
    throw problem('gateway_url', { what: `does not begin with ${schemes.join(' or ')}` })
  }
  const settings = kind.readUrl(url)
  kind.check(settings)
  kind.checkSecrets(settings, 'some')
  return { kind, settings }
}
