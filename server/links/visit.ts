/** A request through a short link, as the redirect and the opt-out page get it. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressClass } from '../../core/clicks/hit.ts'
import type { CodeTarget } from './range.ts'

export interface Visit {
  request: IncomingMessage
  response: ServerResponse
  target: CodeTarget
  agent: string
  /** '': it is not known whose address it is */
  addressHash: string
  addressClass: AddressClass
}
