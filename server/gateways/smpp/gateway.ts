/**
 * SMPP as a kind of gateway: messages become submit_sm, one for each part; answers, receipts and replies become what the contract says
 * (gateways/gateway.ts). Parts are counted here and nowhere outside.
 *
 * Always: the parts of messages whose answers are not committed are at most twice the window, as far as `room` is asked with the parts
 * that the messages turn out to have, and one message more.
 */
import { createHash } from 'node:crypto'
import type { Code } from '../../../core/gateways/code.ts'
import { homingCode, type LocalCode } from '../../../core/gateways/homing.ts'
import { commandStatus, statusCode } from '../../../core/gateways/smpp.ts'
import { countCarried } from '../../../core/messages/facts.ts'
import type { Delivered } from '../delivered.ts'
import type {
  Arrival,
  GatewayAnswer,
  GatewayConnection,
  Handlers,
  OpenInput,
  Outgoing,
  RenderedContentOf,
} from '../gateway.ts'
import { encodeParts, type PartOf } from './encode.ts'
import { inboxRecordOf } from './inbound.ts'
import { type KeepConfig, keepSession } from './keep.ts'
import { status } from './pdu.ts'
import type { DeliverBatch, SmppSession, SubmitResult } from './session.ts'
import type { ReceivedMessage } from './short-message.ts'
import type { SmppLogin } from './smpp-settings.ts'

/** Times for tests: those of KeepConfig. */
export type SmppTimes = Partial<
  Pick<KeepConfig, 'responseTimeoutMs' | 'reconnectMs' | 'reconnectMaxMs' | 'closeTimeoutMs'>
>

export class SmppGateway<O extends Outgoing<RenderedContentOf<'sms'>>> implements GatewayConnection<O> {
  readonly #input: OpenInput<SmppLogin>
  readonly #handlers: Handlers<O>
  readonly #session: SmppSession<PartOf<O>>
  /** parts that were submitted and whose answers are not committed */
  #uncommitted = 0

  constructor(input: OpenInput<SmppLogin>, handlers: Handlers<O>, times: SmppTimes = {}) {
    this.#input = input
    this.#handlers = handlers
    this.#session = keepSession<PartOf<O>>(
      { ...input.settings, window: input.window, rate: input.rate, refuses: input.refuses, ...times },
      {
        answered: results => handlers.answered(results.map(answerOf)),
        delivered: batch => this.#delivered(batch),
        beforeWrite: parts => handlers.beforeWrite(messagesOf(parts)),
        mayStill: part => handlers.mayStill(part.message),
        ready: () => handlers.ready(),
        changed: ({ state, why }) => handlers.changed({ state, why }),
      },
    )
  }

  get ready(): boolean {
    return this.#session.ready
  }

  room(parts: number): number {
    const free = Math.min(this.#session.room, 2 * this.#input.window - this.#uncommitted)
    return free < 1 ? 0 : Math.max(1, Math.floor(free / parts))
  }

  submit(messages: readonly O[]): void {
    const parts: PartOf<O>[] = []
    for (const message of messages) encodeParts(message, parts)
    this.#uncommitted += parts.length
    this.#session.submit(parts)
  }

  committed(messages: readonly O[]): void {
    for (const message of messages) this.#uncommitted -= countCarried(message.parts, message.content.split.parts.length)
  }

  close(): Promise<void> {
    return this.#session.close()
  }

  #delivered(batch: DeliverBatch): void {
    const at = this.#input.now()
    const all = batch.messages.map(
      message => new SmppArrival(message, inboxRecordOf(message, this.#input.gatewayId, at)),
    )
    this.#handlers.arrived({
      all,
      ack: (some, kept) =>
        batch.ack(
          kept ? status.ok : status.temporaryAppError,
          some.flatMap(one => (one instanceof SmppArrival ? one.message : [])),
        ),
    })
  }
}

class SmppArrival implements Arrival {
  readonly message: ReceivedMessage
  readonly record: Delivered

  constructor(message: ReceivedMessage, record: Delivered) {
    this.message = message
    this.record = record
  }

  /** Of the PDU without its sequence number, which is another one when it is delivered again. */
  print(): string {
    const { raw } = this.message
    return createHash('sha1').update(raw.subarray(0, 12)).update(raw.subarray(16)).digest('base64')
  }
}

function answerOf<O extends Outgoing<RenderedContentOf<'sms'>>>({
  item,
  outcome,
  late,
}: SubmitResult<PartOf<O>>): GatewayAnswer<O> {
  const { message, part } = item
  const { kind } = outcome
  if (kind === 'accepted')
    return {
      message,
      part,
      outcome: kind,
      counts: false,
      personal: false,
      providerId: outcome.providerId,
      code: null,
      late,
    }
  const { code } = outcome
  const counts = 'counts' in outcome && outcome.counts
  const isFault = kind === 'refused' && outcome.reason === 'fault' && typeof code === 'number'
  const personal = isFault && (counts || isAboutMessage(code))
  return { message, part, outcome: kind, counts, personal, providerId: null, code: codeOf(code), late }
}

function isAboutMessage(code: number): boolean {
  const { scope } = commandStatus(code)
  return scope === 'message' || scope === 'sender'
}

const codeOf = (code: number | LocalCode): Code => (typeof code === 'number' ? statusCode(code) : homingCode(code))

/** The parts of a message are adjacent. */
function messagesOf<O extends Outgoing<RenderedContentOf<'sms'>>>(parts: readonly PartOf<O>[]): O[] {
  const messages: O[] = []
  for (const { message } of parts) if (message !== messages.at(-1)) messages.push(message)
  return messages
}
