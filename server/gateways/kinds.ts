/**
 * The kinds of gateways, in the order of the pages. A new kind is a folder beside smpp/ and a line here. No other file of
 * this folder imports one.
 */
import type { AnyGatewayKind, Secrets } from './kind.ts'
import { simulatorLogin } from './simulator/login.ts'
import { smpp } from './smpp/kind.ts'
import { smtp } from './smtp/kind.ts'

export const gatewayKinds: readonly AnyGatewayKind[] = [smpp, smtp]

/** Of the built-in simulator: no secret, and so not stored. */
export const simulatorSecrets: Secrets = { password: simulatorLogin.password }
