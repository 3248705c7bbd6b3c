/**
 * STOP against a send, again and again: while an activity is sent, people whose turn is about to come answer STOP (or press the
 * button of the opt-out page), over any bind, and their gateway notes what was submitted to them after it had the acknowledgement.
 * Real processes, a real wire. The numbers are sent to in the order of their keys, so the test knows whose turn comes next.
 */
import { sql } from '../server/platform/db/sql.ts'
import { until } from './processes.ts'
import { deliverSm, type Submitted } from './smsc.ts'
import { openStage, type Stage } from './stage.ts'

const sender = '+46712345678'

export interface RaceInput {
  /** how many people say no */
  races: number
  workers?: number
  binds?: number
  rate?: number
  /** by the page behind the link of an earlier SMS, in place of STOP */
  byPage?: boolean
  /** Each worker in turn is stopped for longer than it trusts what it has read. */
  freezes?: boolean
}

export interface Outcome {
  acknowledged: number
  /** of these, numbers that were sent to later */
  sentAfter: string[]
  /** of these, numbers that had not been sent to before: what the race is about */
  won: number
  submitted: number
  close(): Promise<void>
}

/** One opt-out per this many submits. */
const every = 4
const window = 50
const idleMs = 1_500

export async function race({
  races,
  workers = 1,
  binds = 1,
  rate = 0,
  byPage = false,
  freezes = false,
}: RaceInput): Promise<Outcome> {
  const phones = Array.from({ length: races * (every + 2) + 6 * window }, (_, i) => `+4670${1_000_000 + i}`)
  const order: string[] = []
  const placeOf = new Map<string, number>()
  const links = new Map<string, string>()
  const said = new Set<string>()
  const acknowledged = new Set<string>()
  const sent = new Set<string>()
  const sentAfter: string[] = []
  const won = new Set<string>()
  const asked: Promise<void>[] = []
  const drawn = draws(12_345)
  let stage: Stage | undefined
  let racing = false
  let heard = 0
  let lastMs = 0
  const say = async (phone: string) => {
    const done = byPage ? await pressButton(links.get(phone)!) : await sayStop(stage!, phone)
    if (!done) return
    acknowledged.add(phone)
    if (!sent.has(phone)) won.add(phone)
  }
  const react = ({ to, bytes }: Submitted) => {
    lastMs = performance.now()
    heard++
    const phone = `+${to}`
    if (!racing) {
      links.set(phone, /http:\S+/.exec(bytes.toString('latin1'))?.[0] ?? '')
      return {}
    }
    if (acknowledged.has(phone)) sentAfter.push(phone)
    sent.add(phone)
    if (heard % every === 0 && said.size < races) {
      const next = order[(placeOf.get(phone) ?? 0) + drawn(rate === 0 ? 10 * window : rate)]
      if (next !== undefined && !said.has(next)) {
        said.add(next)
        asked.push(say(next))
      }
    }
    // The page answers after half a second: so that somebody is left by then, the gateway takes its time.
    return { answer: { afterMs: byPage ? 200 + drawn(100) : drawn(30) } }
  }
  stage = await openStage({
    smsc: { react },
    shops: [{ name: 'Shop', phones }],
    workers,
    binds,
    window,
    rate: byPage ? 0 : rate,
    web: byPage,
  })
  const { db, smsc } = stage
  const shop = stage.shops[0]!
  const isQuiet = () => heard > 0 && performance.now() - lastMs > (freezes ? 4 * idleMs : idleMs)
  const seen = () => ({ heard, said: said.size, acknowledged: acknowledged.size, open: smsc.open() })
  if (byPage) {
    await shop.send(sender, 'The autumn collection has come. ##unsubscribe##')
    await until('everybody has a link', () => isQuiet() && links.size === phones.length, { timeoutMs: 120_000, seen })
  }
  const rows = await db.query<{ phone: string }>(
    sql`select phone from profiles where workspace_id = ${shop.workspaceId} order by bucket, profile_id`,
  )
  for (const { phone } of rows) placeOf.set(phone, order.push(phone) - 1)
  racing = true
  heard = 0
  await shop.send(sender, 'The winter collection has come. Reply STOP to get no more.')
  const pids = stage.workers.map(({ pid }) => pid)
  const frozen = freezes ? freezeInTurn(pids, isQuiet) : undefined
  await until('the send has come to its end', isQuiet, { timeoutMs: 600_000, seen })
  await frozen
  await Promise.all(asked)
  return { acknowledged: acknowledged.size, sentAfter, won: won.size, submitted: heard, close: stage.close }
}

/** Until it is acknowledged, as a gateway does. */
async function sayStop({ smsc }: Stage, phone: string): Promise<boolean> {
  const open = smsc.binds.flatMap((bind, i) => (bind.open ? [i] : []))
  const over = open[Number(phone.slice(-2)) % open.length]
  const stop = deliverSm({ from: phone.slice(1), to: sender.slice(1), text: 'STOP' })
  for (let n = 0; n < 20; n++) if ((await smsc.deliver(stop, over)) === 0) return true
  return false
}

async function pressButton(link: string): Promise<boolean> {
  const { status } = await fetch(link, { method: 'POST', body: new URLSearchParams({ do: 'stop' }) })
  return status === 200
}

async function freezeInTurn(pids: readonly number[], isOver: () => boolean): Promise<void> {
  for (let turn = 0; !isOver(); turn++) {
    const pid = pids[turn % pids.length]!
    process.kill(pid, 'SIGSTOP')
    const began = performance.now()
    await until('it has been idle', () => performance.now() - began > 1_300, { everyMs: 20 }).finally(() =>
      process.kill(pid, 'SIGCONT'),
    )
    await until('it has gone on', () => performance.now() - began > 2_300, { everyMs: 20 })
  }
}

/** The same numbers each time. */
function draws(seed: number): (below: number) => number {
  let state = seed
  return below => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff
    return (state >> 8) % below
  }
}
