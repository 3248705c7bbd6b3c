/** How well do the rules tell people from programs, where the truth is known? Precision and recall of "human", over clicks. */
import { isbot } from 'isbot'
import { expect, test } from 'vitest'
import { crowdsOf } from '../../core/clicks/crowd.ts'
import { isSigned, judgeHit } from '../../core/clicks/hit.ts'
import { type Judged, judgeVisits, type Visit } from '../../core/clicks/message.ts'
import { makeTruth, type TrueVisit } from './truth.fixture.ts'

const at = (seconds: number) => new Date(Date.parse('2026-03-01T12:00:00Z') + seconds * 1000)

interface Result {
  visit: TrueVisit
  judged: Judged
}

/** As the apply lane does it: each message, then the crowds, then the messages again. */
function judgeAll({ messages, visits }: ReturnType<typeof makeTruth>, dated: boolean): Result[] {
  const own = new Map(
    visits.map(visit => {
      const { method, agent, headers } = visit
      const evidence = { method, agent, headers, isBot: isbot(agent), addressClass: null }
      return [visit, { ownReason: judgeHit(evidence), ownSign: isSigned(evidence) }]
    }),
  )
  const byProfile = Map.groupBy(visits, visit => visit.profileId)
  const judge = (crowd: ReadonlySet<TrueVisit>) =>
    messages.flatMap(({ profileId, submittedSeconds, deliveredSeconds }) => {
      const given = byProfile.get(profileId) ?? []
      const hits = given.map(
        (visit): Visit => ({
          slot: visit.slot,
          at: at(visit.seconds),
          visitor: `${visit.address} ${visit.agent}`,
          crowd: crowd.has(visit),
          ...own.get(visit)!,
        }),
      )
      const delivered = { deliveredAt: dated ? at(deliveredSeconds) : null }
      const context = { slots: [0, 1], submittedAt: [at(submittedSeconds)], ...delivered }
      return judgeVisits(hits, context).map((judged, i) => ({ visit: given[i]!, judged }))
    })
  const signed = judge(new Set()).filter(({ visit, judged }) => judged.signed && visit.slot !== null)
  const hits = signed.map(({ visit }) => ({
    address: visit.address,
    profileId: visit.profileId,
    at: at(visit.seconds),
    visit,
  }))
  return judge(new Set(crowdsOf(hits).map(({ visit }) => visit))).filter(({ visit }) => visit.slot !== null)
}

test.each([
  [1, true],
  [2, true],
  [3, true],
  [3, false],
])(
  'of 20,000 profiles, seed %i, receipts with dates %s: hardly a program counts as a person, hardly a person as a program',
  (seed, dated) => {
    const results = judgeAll(makeTruth(20_000, seed), dated)
    const counted = results.filter(({ judged }) => judged.verdict === 'human')
    const people = results.filter(({ visit }) => visit.human)
    const right = counted.filter(({ visit }) => visit.human)
    const precision = right.length / counted.length
    const recall = right.length / people.length
    const byKind = Map.groupBy(results, ({ visit }) => visit.who)
    const lines = [...byKind].map(([who, all]) => {
      const human = all.filter(({ judged }) => judged.verdict === 'human').length
      return `  ${who}: ${all.length} clicks, ${human} counted`
    })
    process.stdout.write(
      `${results.length} clicks, ${people.length} of people: precision ${precision.toFixed(4)}, recall ${recall.toFixed(4)}\n${lines.join('\n')}\n`,
    )
    expect(people.length).toBeGreaterThan(3_000)
    expect(results.length - people.length).toBeGreaterThan(3_000)
    expect(precision).toBeGreaterThanOrEqual(0.99)
    expect(recall).toBeGreaterThanOrEqual(0.98)
    // The proof is worth something only if there are some that cannot be told.
    expect(counted.some(({ visit }) => visit.who === 'a perfect disguise')).toBe(true)
    // Sharing a carrier's address turns nobody.
    const shared = people.filter(({ visit }) => visit.address.startsWith('carrier') && visit.who === 'a person')
    const turned = shared.filter(({ judged }) => judged.reason === 'crowd').length
    expect(turned / shared.length).toBeLessThan(0.002)
  },
)
