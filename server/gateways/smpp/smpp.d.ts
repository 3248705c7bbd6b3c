/** The few things of npm smpp 0.5.1 that the interop tests use; it ships no types. */
declare module 'smpp' {
  import type { EventEmitter } from 'node:events'
  import type { Server as NetServer } from 'node:net'

  type Fields = Record<string, unknown>
  type Pdu = Fields & {
    command: string
    command_status: number
    sequence_number: number
    response(fields?: Fields): Pdu
  }

  interface Session extends EventEmitter {
    send(pdu: Pdu, answered?: (pdu: Pdu) => void): boolean
    bind_transceiver(fields: Fields, answered?: (pdu: Pdu) => void): boolean
    submit_sm(fields: Fields, answered?: (pdu: Pdu) => void): boolean
    deliver_sm(fields: Fields, answered?: (pdu: Pdu) => void): boolean
    enquire_link(answered?: (pdu: Pdu) => void): boolean
    query_sm(fields: Fields, answered?: (pdu: Pdu) => void): boolean
    unbind(answered?: (pdu: Pdu) => void): boolean
    close(): void
    destroy(): void
  }

  const smpp: {
    createServer(connected: (session: Session) => void): NetServer
    connect(options: { url: string }, connected: () => void): Session
  }
  export default smpp
  export type { Pdu, Session }
}
