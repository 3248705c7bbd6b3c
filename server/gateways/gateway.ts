/**
 * The contract between sending and a gateway, whatever its protocol. A kind of gateway (kinds.ts) opens a Connection; sending hands it
 * messages, and the connection reports through Handlers. Sending imports nothing else of a gateway.
 *
 * Always:
 * - Every part of a submitted message gets exactly one answer: its own, or one with part 0, which speaks for all parts that the attempt
 *   carries. Only an answer that comes after `unknown` is a second one, and is marked `late`.
 * - Between the call of `beforeWrite` for a message and its first byte on the network nothing else is awaited. A message for which it
 *   returned false, or `mayStill` did, is not written, and is answered `refused`.
 * - `refused`: the gateway does not have the message. `unknown`: it may have it, and nobody knows. When in doubt, `unknown`.
 * - `submit` may call `beforeWrite` and `mayStill` before it returns, and no other handler. No handler throws.
 * - What arrives is acknowledged to the peer only when `ack` is called.
 *
 * A kind whose provider delivers by HTTP declares `receive` instead of calling `arrived`: webhooks.ts says what becomes of a request.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Channel } from '../../core/channels.ts'
import type { Code } from '../../core/gateways/code.ts'
import type { AnswerOutcome } from '../../core/messages/facts.ts'
import type { Split } from '../../core/sms/split.ts'
import type { Delivered, Delivery } from './delivered.ts'

/** What the recipient gets, rendered. Each channel has its own. */
export type RenderedContent = RenderedSms | RenderedEmail
/** For a kind that carries messages of one channel. */
export type RenderedContentOf<On extends Channel> = Extract<RenderedContent, { channel: On }>

export interface RenderedSms {
  readonly channel: 'sms'
  readonly text: string
  /** the text in its parts, as they are paid for */
  readonly split: Split
}

/** `from` of the message is the address after From. */
export interface RenderedEmail {
  readonly channel: 'email'
  readonly subject: string
  /** '': the address alone */
  readonly fromName: string
  /** '': replies go to From */
  readonly replyTo: string
  readonly html: string
  readonly text: string
  /** https address of the opt-out page, for List-Unsubscribe: a POST to it opts out at once (RFC 8058) */
  readonly unsubscribe: string
  /** RFC 2919, without brackets; the same for all messages of a list: "offers.3.news.example.com" */
  readonly listId: string
  /** the number of (activity, profile), sealed (links/mail-token.ts): in the return path and in the Message-ID */
  readonly token: string
}

/** One attempt to send one message. */
export interface Outgoing<Of extends RenderedContent = RenderedContent> {
  /** the same for this attempt wherever it is mentioned, and for no other: for protocols that tell repeats by a key */
  readonly key: string
  /** the number of the attempt, from 1 */
  readonly n: number
  /** E.164 with the plus for an SMS; an address with its domain in ASCII for an e-mail */
  readonly to: string
  readonly from: string
  readonly content: Of
  /** bits of the parts to submit (part 1 = bit 0), where the others were accepted before; null: the whole message */
  readonly parts: number | null
  /** joins the parts of a long SMS on the phone: 8 bits, the same in each attempt of one try */
  readonly reference: number
  /** how long the gateway itself may try to deliver it; undefined: as long as it likes */
  readonly validMinutes?: number | undefined
  /** it was submitted before, and refused or bounced: its refusal tells little about the gateway */
  readonly again: boolean
  /** it is the retry of a soft bounce */
  readonly bounced: boolean
}

export interface GatewayAnswer<O> {
  readonly message: O
  /** from 1; 0: all parts that the attempt carries */
  readonly part: number
  readonly outcome: Exclude<AnswerOutcome, 'dropped'>
  /** see AnswerFact */
  readonly counts: boolean
  /** refused because of this message or its sender, not because of the gateway or of us */
  readonly personal: boolean
  /** the id by which the gateway will report on it; null: it gave none */
  readonly providerId: string | null
  /** the gateway's code, or Homing's own where the message never left it */
  readonly code: Code | null
  readonly late: boolean
}

/** What the gateway delivered: a receipt, a reply, or what could not be read. */
export interface Arrival {
  readonly record: Delivered
  /** The same for a repetition of this delivery, another one for any other delivery. */
  print(): string
}

export interface Arrivals {
  readonly all: readonly Arrival[]
  /** Once for each arrival. kept: it is durable; else the gateway is asked to deliver it again. */
  ack(some: readonly Arrival[], kept: boolean): void
}

/**
 * throttled: it asks to slow down, or refuses most messages, and has taken some lately. refusing: it has taken none lately, for a fault of its
 * settings or ours or however slowly they come. silent: it takes messages and does not answer. After `stopped` and
 * `refused_credentials` nothing follows; after `lost` the connection is opened again.
 */
export type ConnectionState =
  | 'connecting'
  | 'bound'
  | 'throttled'
  | 'refusing'
  | 'silent'
  | 'lost'
  | 'stopped'
  | 'refused_credentials'

export interface ConnectionEvent {
  readonly state: ConnectionState
  /** for the operator's list: a short sentence without secrets */
  readonly why: string
}

/** What a connection reports. Sending implements it. */
export interface Handlers<O extends Outgoing> {
  answered(answers: readonly GatewayAnswer<O>[]): void
  arrived(arrivals: Arrivals): void
  /** Right before these are written, for hundreds at once. False: none of them is. May be called for the same message again, for its other parts. */
  beforeWrite(messages: readonly O[]): boolean
  /** The last word on one message, after `beforeWrite`. False: it alone is not written. */
  mayStill(message: O): boolean
  changed(event: ConnectionEvent): void
  /** There may be room again. */
  ready(): void
}

/** What sending uses. It reconnects as long as it is not closed. */
export interface GatewayConnection<O extends Outgoing> {
  /** It takes messages now: neither closing, nor pausing, nor disconnected. */
  readonly ready: boolean
  /**
   * How many more messages of `parts` parts each (on average) to prepare now: enough that the connection is never without work, and
   * that none waits longer than about a second. It counts all that was submitted and not `committed`, up to twice its window. 0 also where there
   * are few: they are not worth the round trips of a claim.
   */
  room(parts: number): number
  /** All are taken; those for which there is no room or no connection are answered refused. */
  submit(messages: readonly O[]): void
  /** The answers of these are in the database: they take no room any more. Once for each submitted message. */
  committed(messages: readonly O[]): void
  /** Submits no more, waits (for a limited time) for answers and acknowledgements, disconnects. Every message has its answer then. */
  close(): Promise<void>
}

export interface OpenInput<Settings> {
  readonly gatewayId: number
  /** those of its kind, with its secrets */
  readonly settings: Settings
  /** messages without an answer, at most */
  readonly window: number
  /** messages per second; 0: no limit */
  readonly rate: number
  /** where the provider delivers for this gateway, if its kind has `receive` */
  readonly webhookUrl: string
  /** business time, for what arrives */
  readonly now: () => Date
  /** Why an address of the host must not be connected to; undefined: it may. */
  readonly refuses: (address: string) => string | undefined
}

/** A request to the webhook of a gateway, as it came. */
export interface WebhookRequest {
  readonly method: string
  /** as the provider called it, with its query: some sign it */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** Opens the connections of a kind of gateway, and reads its webhooks: kind.ts says what else a kind declares. */
export interface GatewayKind<Settings, On extends Channel = Channel> {
  open<O extends Outgoing<RenderedContentOf<On>>>(
    input: OpenInput<Settings>,
    handlers: Handlers<O>,
  ): GatewayConnection<O>
  /**
   * What the provider delivers by HTTP; empty: nothing to keep. Undefined: the request does not prove that this provider sent it. What proves it
   * and cannot be read is an `unreadable` delivery. Anybody may send a request: it never throws, and takes linear time.
   */
  receive?(settings: Settings, request: WebhookRequest): readonly Delivery[] | undefined
}
