/** A request through a short link, for the redirect and the opt-out page. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressClass } from '../../core/clicks/hit.ts'
import type { CodeTarget } from './range.ts'

export interface LinkVisit {
  request: IncomingMessage
  response: ServerResponse
  target: CodeTarget
  agent: string
  /** '': the visitor's address is unknown */
  addressHash: string
  addressClass: AddressClass
}
