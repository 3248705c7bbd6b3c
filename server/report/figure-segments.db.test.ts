/** A figure and its segment: as many people, but those who were erased, whatever has happened. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Device } from '../../core/clicks/count-clicks.ts'
import { figures } from '../../core/report/figures.ts'
import { type FigurePeople, whoDid, whoDidNot } from '../../core/segments/from-report.ts'
import { readTree, type SegmentTree } from '../../core/segments/tree.ts'
import { ownDatabase } from '../../test/database.ts'
import { sql } from '../platform/db/sql.ts'
import { countMembers, listSegmentMembers } from '../segments/segment-members.ts'
import { anyPeople } from './any-people.fixture.ts'
import { getBreakdowns } from './breakdowns.ts'
import { getReport } from './overview.ts'
import { later, makeSent, type SentActivity } from './sent.fixture.ts'

const db = await ownDatabase({ max: 4 })
const now = later(3_600_000)

const without = (all: ReadonlySet<number>, some: ReadonlySet<number>) => new Set([...all].filter(id => !some.has(id)))
const countOf = async ({ workspaceId }: SentActivity, tree: SegmentTree) =>
  (await countMembers(db, readTree(tree), { workspaceId, now })).n
const idsOf = async ({ workspaceId }: SentActivity, tree: SegmentTree) =>
  (await listSegmentMembers(db, readTree(tree), { workspaceId, now }, { limit: 1000 })).items.map(
    ({ profileId }) => profileId,
  )

test('the segment of every figure, link, reason and error has as many people; erased ones are missing in it', async () => {
  await fc.assert(
    fc.asyncProperty(anyPeople, async people => {
      const sent = await makeSent(db, people, {})
      const report = await getReport(db, sent.workspaceId, sent.activityId, now)
      const breakdowns = await getBreakdowns(db, sent.workspaceId, sent.activityId, now)
      if (report === undefined) throw new Error('no report')
      const of = (more: Omit<FigurePeople, 'activity'>) => whoDid({ activity: sent.activityId, ...more })
      const asked: [string, number, SegmentTree][] = [
        ...figures
          .filter(({ counts }) => !('clicks' in counts))
          .map(({ key }): [string, number, SegmentTree] => [key, report.figures[key], of({ figure: key })]),
        ...report.links.map(({ id, unique }): [string, number, SegmentTree] => [
          `link ${id}`,
          unique,
          of({ figure: 'unique', link: id }),
        ]),
        ...Object.entries(report.notSentReasons).map(([reason, n]): [string, number, SegmentTree] => [
          reason,
          n,
          of({ figure: 'notSent', where: { reasons: [reason] } }),
        ]),
        ...(breakdowns?.errors ?? []).map(({ code, hard, soft }): [string, number, SegmentTree] => [
          code,
          hard + soft,
          of({ figure: 'bounced', where: { codes: [code] } }),
        ]),
        ...(breakdowns?.countries ?? []).flatMap(({ country, sent: n, delivered }): [string, number, SegmentTree][] =>
          country === ''
            ? []
            : [
                [`sent ${country}`, n, of({ figure: 'sent', where: { countries: [country] } })],
                [`delivered ${country}`, delivered, of({ figure: 'delivered', where: { countries: [country] } })],
              ],
        ),
        ...(breakdowns?.gateways ?? []).map(({ id, delivered }): [string, number, SegmentTree] => [
          `gateway ${id}`,
          delivered,
          of({ figure: 'delivered', where: { gateways: [id] } }),
        ]),
      ]
      for (const [name, n, tree] of asked) expect([name, await countOf(sent, tree)]).toEqual([name, n])

      const erased = sent.profileIds.filter((_, i) => i % 3 === 0)
      const before = new Map<string, number[]>()
      for (const [name, , tree] of asked) before.set(name, await idsOf(sent, tree))
      await db.run(
        sql`update profiles set erased_at = ${now} where bucket = any(${erased.map(id => id & 255)}::int[]) and profile_id = any(${erased}::bigint[])`,
      )
      for (const [name, n, tree] of asked) {
        const gone = before.get(name)?.filter(id => erased.includes(id)).length ?? 0
        expect([name, (await countOf(sent, tree)) + gone]).toEqual([name, n])
      }
    }),
    { numRuns: 12 },
  )
})

test('the clicks of people, counted by segments, add up to the figure, of each link too', async () => {
  await fc.assert(
    fc.asyncProperty(anyPeople, async people => {
      const sent = await makeSent(db, people, {})
      const report = await getReport(db, sent.workspaceId, sent.activityId, now)
      if (report === undefined) throw new Error('no report')
      const clicks = async (link?: number, where?: FigurePeople['where']) => {
        let sum = 0
        for (let n = 1; ; n++) {
          const tree = whoDid({ activity: sent.activityId, figure: 'clicks', link, where })
          const often = tree.root.items.map(item => ({ ...item, times: { op: 'at_least', n, of: 'clicks' } }))
          const many = await countOf(sent, readTree({ ...tree, root: { ...tree.root, items: often } }))
          if (many === 0) return sum
          sum += many
        }
      }
      expect(await clicks()).toBe(report.figures.clicks)
      for (const link of report.links) expect([link.id, await clicks(link.id)]).toEqual([link.id, link.clicks])
      const breakdowns = await getBreakdowns(db, sent.workspaceId, sent.activityId, now)
      for (const { device, clicks: n } of breakdowns?.devices ?? [])
        expect([device, await clicks(undefined, { devices: [device as Device] })]).toEqual([device, n])
    }),
    { numRuns: 12 },
  )
})

test('clicks and suspected bots lead to the people behind them; who did not are the rest of the set of the rate', async () => {
  await fc.assert(
    fc.asyncProperty(anyPeople, async people => {
      const sent = await makeSent(db, people, {})
      const { activityId } = sent
      const ids = async (tree: SegmentTree | null) => new Set(tree ? await idsOf(sent, tree) : [])
      const of = (figure: FigurePeople['figure']) => ({ activity: activityId, figure })
      const clicked = await ids(whoDid(of('unique')))
      const visited = await ids(whoDid(of('visited')))
      expect(await ids(whoDid(of('clicks')))).toEqual(clicked)
      expect(await ids(whoDid(of('botClicks')))).toEqual(without(visited, clicked))
      for (const { key, denominator } of figures) {
        const rest = whoDidNot(of(key))
        if (denominator === null || rest === null) continue
        const base = await ids(whoDid(of(denominator)))
        expect(await ids(rest)).toEqual(without(base, await ids(whoDid(of(key)))))
      }
    }),
    { numRuns: 12 },
  )
})
