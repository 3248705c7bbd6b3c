/**
 * An SMS of the past, from its draft to the day when nothing more comes of it: by the verbs that every SMS goes through, which take the
 * time as an argument. Only the gateway and the people are missing: what they would do comes from reactions.ts.
 *
 * Invariants: facts are added in the order of time, and a retry after the receipt that causes it. Call it in one transaction: nobody sees a
 * half of it.
 */
import { randomUUID } from 'node:crypto'
import { createActivity, type RequestContext } from '../activities/draft.ts'
import { scheduleActivity } from '../activities/schedule.ts'
import { judgeDelivered, visits } from '../clicks/visit-applier.ts'
import { postCharges } from '../credits/ledger.ts'
import type { Registration } from '../inbox/applier.ts'
import type { StoredRow } from '../inbox/record-kind.ts'
import { drawSource } from '../inbox/sources.ts'
import { type Grouping, groupForWriting, readGrouping } from '../messages/group.ts'
import type { MessageChange } from '../messages/message-change.ts'
import { record } from '../messages/record.ts'
import { Tallies } from '../messages/tallies.ts'
import type { Clock } from '../platform/clock.ts'
import type { Database } from '../platform/db/database.ts'
import type { Log } from '../platform/log.ts'
import { receipts } from '../receipts/receipt-applier.ts'
import { replies } from '../replies/reply-applier.ts'
import {
  type Claimed,
  checkClaimed,
  claimDue,
  claimQueued,
  isStillSendable,
  type QueuePosition,
} from '../sending/claim.ts'
import { readPlan, type SendingPlan } from '../sending/plan.ts'
import { renderWindow } from '../sending/render.ts'
import { endLease, keepLease, takeLease } from '../sending/session-lease.ts'
import { startActivity } from '../sending/start-due.ts'
import { Sweeper } from '../sending/sweep.ts'
import { drainOutbox } from '../suppression/drain.ts'
import { type OptOut, optOutAll } from '../suppression/opt-out.ts'
import { deedsOf, demoAgentOf, demoScannerAgent, receiptOf } from './reactions.ts'
import type { PastSms } from './story.ts'

export interface DemoShop {
  workspaceId: number
  gatewayId: number
  topicId: number
  actor: string
  url: string
  linkUrl: string
  log: Log
}

const hourMs = 3_600_000
const retriedHours = 48
const finalHours = 72
/** One claim takes what the gateway sends in this time. */
const claimedSeconds = 10
const appliedAtOnce = 2000
const buckets = Array.from({ length: 256 }, (_, bucket) => bucket)

/** `nth`: people take each SMS differently. Returns the id of the activity. */
export async function liveThrough(
  db: Database,
  shop: DemoShop,
  sms: PastSms,
  { nth, at }: { nth: number; at: Date },
): Promise<number> {
  const clock = new HandClock(at)
  const activityId = await schedule(db, shop, sms, at)
  await startActivity({ db, clock, log: shop.log, linkUrl: shop.linkUrl }, activityId)
  const plan = await readPlan(db, activityId, shop.linkUrl, at)
  if (plan === undefined) throw new Error(`activity ${activityId} has no version`)
  const grouping = await readGrouping(db, 0)
  const sending = new PastSending({ db, shop, sms, nth, clock, plan, grouping })
  await sending.open()
  await sending.send()
  await sending.retry()
  await sending.settle()
  await sending.close()
  return activityId
}

/** Written the afternoon before. */
async function schedule(db: Database, shop: DemoShop, sms: PastSms, at: Date): Promise<number> {
  const { workspaceId, actor, url, linkUrl, topicId, gatewayId } = shop
  const context: RequestContext = { workspaceId, actor, url, linkUrl, now: new Date(at.getTime() - 20 * hourMs) }
  const { id } = await createActivity(db, context, {
    name: sms.name,
    content: { channel: 'sms', sender: sms.sender, body: sms.body },
    sendTo: { topics: [topicId], duplicates: 'one_per_address' },
    gatewayId,
    quietHours: false,
  })
  await scheduleActivity(db, context, id, { sendAt: at })
  return id
}

/** Business time that the caller sets. */
class HandClock implements Clock {
  readonly rate = 1
  #now: Date

  constructor(now: Date) {
    this.#now = now
  }

  now(): Date {
    return this.#now
  }

  realMsUntil(at: Date): number {
    return Math.max(0, at.getTime() - this.#now.getTime())
  }

  set(now: Date): void {
    this.#now = now
  }
}

interface PastInput {
  db: Database
  shop: DemoShop
  sms: PastSms
  nth: number
  clock: HandClock
  plan: SendingPlan
  grouping: Grouping
}

interface Reached {
  profileId: number
  address: string
  deliveredMs: number
}

type Row = Omit<StoredRow, 'source' | 'seq'>

class PastSending {
  readonly #input: PastInput
  readonly #startMs: number
  /** what the gateway has not said yet */
  #underWay: Row[] = []
  readonly #reached: Reached[] = []
  #sessionId = 0
  #source = 0
  #seq = 0
  /** when the last message of the first round left */
  #sentMs = 0

  constructor(input: PastInput) {
    this.#input = input
    this.#startMs = input.clock.now().getTime()
  }

  async open(): Promise<void> {
    const { db, shop, clock } = this.#input
    const startedAt = clock.now()
    const owner = { process: shop.actor, machine: shop.actor, boot: null, life: '' }
    const sessionId = await takeLease(db, shop.gatewayId, 1, owner, randomUUID(), startedAt)
    if (sessionId === undefined) throw new Error('another process sends through this gateway')
    this.#sessionId = sessionId
    this.#source = await db.tx((_, client) => drawSource(client, { process: shop.actor, startedAt, lane: 'gateway' }))
  }

  /** Everybody once, at the pace of the gateway. */
  async send(): Promise<void> {
    const { db, clock, sms } = this.#input
    let after: QueuePosition | undefined
    for (;;) {
      const now = clock.now()
      const claimed = await claimQueued(db, { ...this.#claim(), now }, buckets, after)
      if (claimed.length === 0) break
      await this.#submit(claimed)
      after = claimed.at(-1)
      clock.set(new Date(now.getTime() + (claimed.length / sms.rate) * 1000))
    }
    this.#sentMs = clock.now().getTime()
    await postCharges(db, clock.now())
  }

  /** Hour by hour. An hour in which nothing is heard and nothing is due is passed over. */
  async retry(): Promise<void> {
    const { clock } = this.#input
    let waits = false
    for (let hour = 1; hour <= retriedHours; hour++) {
      const now = new Date(this.#sentMs + hour * hourMs)
      const heard = this.#underWay.some(({ at }) => at <= now)
      if (!heard && !waits) continue
      clock.set(now)
      await this.#hear()
      await this.#sendAgain()
      // What was heard late in this hour is due early in the next.
      waits = heard
    }
    clock.set(new Date(this.#sentMs + retriedHours * hourMs + 60_000))
    await this.#hear()
    await this.#sweep()
  }

  async #sendAgain(): Promise<void> {
    const { db, clock } = this.#input
    for (;;) {
      const claimed = await claimDue(db, { ...this.#claim(), now: clock.now() }, buckets, 'retry')
      if (claimed.length === 0) return
      await this.#submit(claimed)
    }
  }

  /** Clicks, opt-outs and replies; then the end of the 72 hours. */
  async settle(): Promise<void> {
    const { db, clock, shop } = this.#input
    clock.set(new Date(this.#sentMs + finalHours * hourMs + 60_000))
    await this.#hear()
    await this.#people()
    await this.#sweep()
    await drainOutbox(db, clock.now(), (error, sentence) => shop.log.warn({ err: error }, sentence))
    await postCharges(db, clock.now())
  }

  async close(): Promise<void> {
    await endLease(this.#input.db, this.#sessionId, true, 'closed', '')
  }

  #claim() {
    const { plan, shop, sms } = this.#input
    return {
      activityId: plan.activityId,
      route: null,
      gatewayId: shop.gatewayId,
      sessionId: this.#sessionId,
      limit: sms.rate * claimedSeconds,
    }
  }

  /** Twice: what the first round ends, the second finds ended. */
  async #sweep(): Promise<void> {
    const { db, clock, grouping } = this.#input
    const sweeper = new Sweeper({ db, clock, grouping })
    for (let round = 0; round < 2; round++) await sweeper.sweep()
  }

  /** The gateway takes each of them at once. */
  async #submit(claimed: readonly Claimed[]): Promise<void> {
    const { db, plan, clock, grouping } = this.#input
    const sign = { answeredUntil: new Date(this.#startMs), state: 'bound', detail: '' }
    await keepLease(db, this.#sessionId, sign)
    const checks = new Map((await checkClaimed(db, plan, claimed)).map(check => [check.profileId, check]))
    const sendable = claimed.map(one => {
      const check = checks.get(one.profileId)
      if (check === undefined || !isStillSendable(check))
        throw new Error(`${one.profileId} must not be sent to any more`)
      return { one, check }
    })
    const rendered = renderWindow(
      plan,
      sendable.map(({ check }) => check),
    )
    const at = clock.now()
    const changes = sendable.map(({ one, check }, i): MessageChange => {
      const parts = rendered[i]?.parts ?? 1
      const ids = Array.from(
        { length: parts },
        (_, part) => `demo-${plan.activityId}-${one.profileId}-${one.n}-${part}`,
      )
      this.#decide(one, check.address, ids, at.getTime())
      return {
        ...{ bucket: one.bucket, activityId: plan.activityId, profileId: one.profileId, parts },
        creditsE4: (plan.prices.creditsE4(check.address) ?? 0) * parts,
        attempt: { n: one.n, try: one.try, parts: one.parts, at },
        answers: ids.map((providerId, part) => ({
          ...{ n: one.n, part: part + 1, outcome: 'accepted', counts: false, code: null, providerId },
          gatewayId: this.#input.shop.gatewayId,
          at: new Date(at.getTime() + 60 + ((one.profileId * 37) % 400)),
        })),
      }
    })
    for (const { items, tallyBucket } of groupForWriting(changes, grouping))
      await db.tx(async tx => {
        const tallies = new Tallies()
        await record(tx, items, tallies)
        await tallies.flush(tx, tallyBucket)
      })
  }

  /** What comes of an attempt. */
  #decide({ profileId, n }: Claimed, address: string, ids: readonly string[], atMs: number): void {
    const { sms, nth, shop } = this.#input
    const receipt = receiptOf(sms, nth, address, n)
    if (receipt === null) return
    const { state, code, counts, afterMs } = receipt
    for (const [part, providerId] of ids.entries())
      this.#underWay.push({
        kind: 'receipt',
        at: new Date(Math.round(atMs + 500 + afterMs + 120 * part)),
        gatewayId: shop.gatewayId,
        body: { providerId, state, code, counts, number: address.slice(1), sender: sms.sender },
      })
    if (state === 'delivered')
      this.#reached.push({ profileId, address, deliveredMs: atMs + 500 + afterMs + 120 * ids.length })
  }

  /** Applies what the gateway has said by now. */
  async #hear(): Promise<void> {
    const now = this.#input.clock.now()
    const { heard = [], later = [] } = Object.groupBy(this.#underWay, ({ at }) => (at <= now ? 'heard' : 'later'))
    this.#underWay = later
    await this.#apply(receipts(judgeDelivered), heard)
  }

  async #people(): Promise<void> {
    const { plan, sms, nth, clock } = this.#input
    const links = plan.template.links.length
    const visited: Row[] = []
    const written: Row[] = []
    const optOuts: OptOut[] = []
    for (const { profileId, address, deliveredMs } of this.#reached) {
      const deeds = deedsOf(sms, nth, address, links)
      const at = (afterMs: number) => new Date(Math.min(Math.round(deliveredMs + afterMs), clock.now().getTime()))
      for (const { afterMs, link } of deeds.clicks) visited.push(this.#visit(profileId, address, link, at(afterMs)))
      if (deeds.scannedMs !== null) visited.push(this.#visit(profileId, null, 0, at(deeds.scannedMs)))
      if (deeds.optsOutMs !== null && plan.template.unsubscribe) {
        const opened = this.#visit(profileId, address, plan.slots - 1, at(deeds.optsOutMs))
        visited.push({ ...opened, kind: 'opt_out_view' })
        optOuts.push(this.#optOut(profileId, address, at(deeds.optsOutMs + 9_000)))
      }
      if (deeds.stopsMs !== null) written.push(this.#reply(address, 'STOP', at(deeds.stopsMs)))
      if (deeds.reply !== null) written.push(this.#reply(address, deeds.reply.text, at(deeds.reply.afterMs)))
    }
    await this.#apply(visits, visited)
    await this.#apply(replies, written)
    await this.#optOutAll(optOuts)
  }

  /** address null: a program's */
  #visit(profileId: number, address: string | null, slot: number, at: Date): Row {
    const { codeBase, codeSpan } = this.#input.plan
    const body = {
      codeNumber: codeBase + slot * codeSpan + profileId,
      method: 'GET',
      agent: address === null ? demoScannerAgent : demoAgentOf(address),
      addressHash: address === null ? 'scanner' : `demo ${profileId}`,
      headers:
        address === null ? {} : { 'accept-language': 'sv-SE,sv;q=0.9', 'accept-encoding': 'gzip, deflate, br, zstd' },
    }
    return { kind: 'click', at, gatewayId: null, body }
  }

  #reply(address: string, text: string, at: Date): Row {
    const { shop, sms } = this.#input
    const body = { number: address.slice(1), ton: 1, sender: sms.sender, text }
    return { kind: 'reply', at, gatewayId: shop.gatewayId, body }
  }

  #optOut(profileId: number, address: string, now: Date): OptOut {
    const { plan, shop } = this.#input
    return {
      ...{ workspaceId: shop.workspaceId, channel: plan.channel, address, topicIds: [shop.topicId], source: 'link' },
      ...{ activityId: plan.activityId, profileId, now },
      evidence: { agent: demoAgentOf(address), addressHash: `demo ${profileId}` },
    }
  }

  async #optOutAll(optOuts: readonly OptOut[]): Promise<void> {
    if (optOuts.length === 0) return
    const { db, grouping } = this.#input
    await db.tx(async tx => {
      const tallies = new Tallies()
      await optOutAll(tx, optOuts, tallies)
      await tallies.flush(tx, grouping.writer)
    })
  }

  /** As a lane of the inbox does, with records that were applied long ago. */
  async #apply({ makeApplier }: Registration, rows: readonly Row[]): Promise<void> {
    const { db, clock, grouping } = this.#input
    const applier = makeApplier({ db, clock, grouping })
    const inTime = rows.toSorted((a, b) => a.at.getTime() - b.at.getTime())
    for (let from = 0; from < inTime.length; from += appliedAtOnce) {
      const some = inTime
        .slice(from, from + appliedAtOnce)
        .map(row => ({ ...row, source: this.#source, seq: ++this.#seq }))
      const { faulty, apply } = applier.prepare(some)
      if (faulty[0] !== undefined) throw new Error(faulty[0].why)
      await apply(async () => {})
    }
  }
}
