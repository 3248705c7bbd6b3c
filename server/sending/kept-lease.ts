/**
 * The lease of one bind, held by this process and renewed each second until it is given back or lost.
 *
 * Always: `trust` says whether the owner may act; a renewal that fails, hangs or comes late never prolongs it (platform/leases/lease.ts).
 * Renewals go over connections of their own.
 */
import { randomUUID } from 'node:crypto'
import type { Database } from '../platform/db/database.ts'
import { momentNow, Trust } from '../platform/leases/lease.ts'
import type { Log } from '../platform/log.ts'
import { endLease, keepLease, type SessionOwner, takeLease, terms } from './session-lease.ts'

export interface LeaseInput {
  /** see openLeases */
  leases: Database
  log: Pick<Log, 'warn'>
  owner: SessionOwner
  gatewayId: number
  bindNo: number
  /** real time between renewals; 1 s */
  renewMs?: number
}

/** What each renewal writes. */
export interface SessionStatus {
  /** business time before which every attempt has its answer */
  answeredUntil: Date
  state: string
  detail: string
}

const usualRenewMs = 1000

export class KeptLease {
  readonly sessionId: number
  /** what the journal of this session carries */
  readonly mark: string
  readonly trust: Trust
  readonly #input: LeaseInput
  #timer: NodeJS.Timeout | undefined
  #isKept = false

  private constructor(input: LeaseInput, sessionId: number, mark: string, trust: Trust) {
    this.#input = input
    this.sessionId = sessionId
    this.mark = mark
    this.trust = trust
  }

  /** `now`: business time. Undefined where another process holds this bind. */
  static async take(input: LeaseInput, now: Date): Promise<KeptLease | undefined> {
    const { leases, gatewayId, bindNo, owner } = input
    const mark = randomUUID()
    const trust = new Trust(terms)
    const began = momentNow()
    const sessionId = await takeLease(leases, gatewayId, bindNo, owner, mark, now)
    if (sessionId === undefined) return undefined
    trust.renewed(began)
    return new KeptLease(input, sessionId, mark, trust)
  }

  /** Renews it until end(). `lost`: once, when it is another's, or nobody's. */
  keep(status: () => SessionStatus, lost: () => void): void {
    this.#isKept = true
    const again = () => {
      if (this.#isKept) this.#timer = setTimeout(() => void renew(), this.#input.renewMs ?? usualRenewMs)
    }
    const renew = async () => {
      await this.#renew(status(), lost)
      again()
    }
    again()
  }

  /** Gives it back. settled: every attempt of the session has its answer. */
  async end(settled: boolean, detail = 'stopped'): Promise<void> {
    this.#isKept = false
    clearTimeout(this.#timer)
    await endLease(this.#input.leases, this.sessionId, settled, 'stopped', detail)
  }

  async #renew(status: SessionStatus, lost: () => void): Promise<void> {
    const { leases, log } = this.#input
    const began = momentNow()
    const trusted = this.trust.holds()
    try {
      if (await keepLease(leases, this.sessionId, status)) this.trust.renewed(began)
      else {
        this.trust.end()
        this.#isKept = false
        lost()
      }
    } catch (error) {
      log.warn({ err: error, session: this.sessionId }, 'lease renewal failed')
    }
    if (trusted && !this.trust.holds() && !this.trust.ended)
      log.warn({ session: this.sessionId }, 'the lease could not be renewed in time: nothing is sent until it is')
  }
}
