/** The kinds of gateways by the name in their row. A new kind is a folder beside smpp/ and a line here. */
import type { GatewayKind } from './gateway.ts'
import { smpp } from './smpp/gateway.ts'

const kinds = new Map<string, GatewayKind>([['smpp', smpp]])

/** Throws for a kind that this version does not know: a newer version wrote it. */
export function kindOf(name: string): GatewayKind {
  const kind = kinds.get(name)
  if (kind === undefined) throw new Error(`no gateway of the kind "${name}" can be opened by this version`)
  return kind
}
