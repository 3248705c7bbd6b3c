/** What the rules say of a fixed set of visits, so that nobody changes a verdict and forgets the stored clicks. */
import { expect, test } from 'vitest'
import { crowdsOf } from './crowd.ts'
import { type HitEvidence, isSigned, judgeHit } from './hit.ts'
import { judgeVisits, type Visit } from './message.ts'

const at = (ms: number) => new Date(Date.parse('2026-03-01T12:00:00Z') + ms)
const browser = { 'accept-language': 'sv', 'accept-encoding': 'gzip' }
const evidence: readonly Partial<HitEvidence>[] = [
  {},
  {},
  {},
  { headers: null },
  { headers: { 'accept-encoding': 'gzip' } },
  { headers: { 'accept-language': 'sv' } },
  { headers: { ...browser, 'sec-purpose': 'prefetch' } },
  { headers: { ...browser, 'sec-fetch-dest': 'iframe' } },
  { method: 'HEAD' },
  { agent: '' },
  { isBot: true },
  { agent: 'Dalvik/2.1.0' },
  { addressClass: 'hosting' },
  { addressClass: 'bots' },
]

/** The same row of numbers each time. */
function* numbers(seed: number): Generator<number, never> {
  let x = seed
  for (;;) {
    x = (x * 48_271) % 2_147_483_647
    yield x
  }
}

test('a rule that changes verdicts has the stored clicks re-evaluated', () => {
  const row = numbers(7)
  const pick = (n: number) => row.next().value % n
  const counts: Record<string, number> = {}
  const count = (name: string) => {
    counts[name] = (counts[name] ?? 0) + 1
  }
  const signed: { address: string; profileId: number; at: Date }[] = []
  for (let profileId = 1; profileId <= 1_000; profileId++) {
    const visits = Array.from({ length: 1 + pick(5) }, (): Visit => {
      const kept: HitEvidence = { method: 'GET', agent: 'Phone/1', isBot: false, headers: browser, addressClass: null }
      Object.assign(kept, evidence[pick(evidence.length)])
      const slot = [0, 1, null][pick(3)] ?? null
      const from = { ownReason: judgeHit(kept), ownSign: isSigned(kept) }
      const ms = pick(2) === 0 ? pick(1_200) * 10 : pick(6_500) * 10
      return { slot, at: at(ms), visitor: `v${pick(2)}`, crowd: pick(20) === 0, ...from }
    })
    const context = { slots: [0, 1], submittedAt: [at(0)], deliveredAt: pick(2) ? at(4_000) : null }
    for (const [i, { reason, signed: counted }] of judgeVisits(visits, context).entries()) {
      count(reason ?? 'human')
      if (counted) signed.push({ address: `a${pick(9)}`, profileId, at: at(pick(40_000) * 10 + i) })
    }
  }
  counts.signed = signed.length
  counts.turned = crowdsOf(signed).length
  // Do these figures change, then verdicts of stored clicks would differ from the rules: add a migration with
  //   update clicks set crowd = false where crowd and address_hash is not null; (where the rule of crowd.ts has changed)
  //   update clicks_judged set bucket = 0, activity_id = 0, profile_id = 0, messages = 0;
  // and the worker re-evaluates stored clicks after the upgrade (server/clicks/reevaluate.ts). Then write the new figures here.
  expect(counts).toMatchInlineSnapshot(`
    {
      "agent": 196,
      "all_at_once": 43,
      "before_delivery": 47,
      "bot_network": 187,
      "crowd": 55,
      "embedded": 190,
      "hosting": 195,
      "human": 857,
      "in_order": 12,
      "method": 229,
      "no_agent": 207,
      "no_language": 198,
      "prefetch": 214,
      "signed": 751,
      "software": 211,
      "too_soon": 98,
      "turned": 150,
    }
  `)
})
