import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ClickCounts, countClicks, doubleTapMs, type JudgedClick } from './count-clicks.ts'

const start = Date.parse('2026-03-01T12:00:00Z')
let seq = 0
const click = (seconds: number, linkId = 1, verdict: JudgedClick['verdict'] = 'human'): JudgedClick => ({
  linkId,
  at: new Date(start + seconds * 1000),
  verdict,
  device: 'iphone',
  source: 1,
  seq: ++seq,
})

const clicks = fc.array(
  fc.record({
    linkId: fc.integer({ min: 1, max: 3 }),
    at: fc.integer({ min: 0, max: 60_000 }).map(ms => new Date(start + ms)),
    verdict: fc.constantFrom<JudgedClick['verdict'][]>('human', 'bot', 'suspect'),
    device: fc.constantFrom('iphone', 'android'),
    source: fc.constantFrom(1, 2),
    seq: fc.nat(),
  }),
  { maxLength: 30 },
)

const plain = ({ counts: _, ...counts }: ClickCounts) => ({
  ...counts,
  perLink: [...counts.perLink].sort(([a], [b]) => a - b),
  perDevice: [...counts.perDevice].sort(),
})

test('a human click that counts has the device of the visit that counted', () => {
  const taps = [click(0), { ...click(5), device: 'computer' }, { ...click(20), device: 'computer' }]
  expect([...countClicks(taps).perDevice]).toEqual([
    ['iphone', 1],
    ['computer', 1],
  ])
})

test('a double tap within 10 s counts once, a click after 10 s again', () => {
  expect(countClicks([click(0), click(9.999)]).human).toBe(1)
  expect(countClicks([click(0), click(10)]).human).toBe(2)
})

test('the 10 s run from the last click that counted: steady tapping is not one endless tap', () => {
  expect(countClicks([click(0), click(6), click(12), click(18), click(24)]).human).toBe(3)
})

test('two links are two clicks, and a bot never swallows a person', () => {
  const counts = countClicks([click(0, 1, 'bot'), click(1, 1), click(2, 2), click(3, 1, 'suspect'), click(4, 1, 'bot')])
  expect(plain(counts)).toMatchObject({ human: 2, bot: 2, suspect: 1, firstHumanAt: click(1).at })
  expect(counts.perLink.get(1)).toEqual({ human: 1, bot: 2, suspect: 1 })
})

test('the counts do not depend on the order in which the clicks came', () => {
  fc.assert(
    fc.property(
      clicks.chain(given => fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length }))),
      ([given, shuffled]) => {
        expect(plain(countClicks(shuffled))).toEqual(plain(countClicks(given)))
        const those = (of: readonly JudgedClick[]) => {
          const { counts } = countClicks(of)
          return of.filter((_, i) => counts[i]).map(({ source, seq, at }) => `${source}/${seq} ${at.toISOString()}`)
        }
        expect(those(shuffled).toSorted()).toEqual(those(given).toSorted())
      },
    ),
  )
})

test('sums add up, every human click lies 10 s behind the one before on its link, and one click is never none', () => {
  fc.assert(
    fc.property(clicks, given => {
      const counts = countClicks(given)
      for (const verdict of ['human', 'bot', 'suspect'] as const)
        expect([...counts.perLink.values()].reduce((n, link) => n + link[verdict], 0)).toBe(counts[verdict])
      expect([...counts.perDevice.values()].reduce((a, b) => a + b, 0)).toBe(counts.human)
      const counted = given.filter((_, i) => counts.counts[i])
      expect(counted.every(({ verdict }) => verdict === 'human')).toBe(true)
      for (const [linkId, link] of counts.perLink)
        expect(counted.filter(one => one.linkId === linkId)).toHaveLength(link.human)
      expect(counts.bot).toBe(given.filter(one => one.verdict === 'bot').length)
      const people = given.filter(one => one.verdict === 'human')
      expect(counts.human > 0).toBe(people.length > 0)
      expect(counts.firstHumanAt?.getTime()).toBe(
        people.length > 0 ? Math.min(...people.map(one => one.at.getTime())) : undefined,
      )
      for (const linkId of new Set(people.map(one => one.linkId))) {
        const span = people.filter(one => one.linkId === linkId).map(one => one.at.getTime())
        expect(counts.perLink.get(linkId)!.human).toBeLessThanOrEqual(
          1 + (Math.max(...span) - Math.min(...span)) / doubleTapMs,
        )
      }
    }),
  )
})
