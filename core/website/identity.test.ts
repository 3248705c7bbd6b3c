/** Which profile is a visitor? Against a naive model over random proofs: two known profiles are never joined, and a strong proof wins. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { attributedMs, identify, type KnownVisitor, linkOfEvent, type Proof } from './identity.ts'
import { isUserId } from './user-ids.ts'

const clickedAt = new Date('2026-03-01T12:00:00Z')
const link = { activityId: 1, linkId: 2, clickedAt }
const someProof: fc.Arbitrary<Proof> = fc.oneof(
  fc.record({ by: fc.constant('link' as const), profileId: fc.constantFrom(1, 2, 3), link: fc.constant(link) }),
  fc.record({ by: fc.constantFrom('signed' as const, 'server' as const), profileId: fc.constantFrom(1, 2, 3) }),
)

test('a strong proof wins, the last of equals wins, and only a visitor of nobody brings its earlier views', () => {
  fc.assert(
    fc.property(fc.array(someProof, { minLength: 1, maxLength: 8 }), proofs => {
      let known: KnownVisitor | undefined
      let attached = 0
      for (const [i, proof] of proofs.entries()) {
        const { visitor, attaches } = identify(known, proof)
        attached += Number(attaches)
        const soFar = proofs.slice(0, i + 1)
        const strong = soFar.filter(({ by }) => by !== 'link')
        expect(visitor.profileId).toBe((strong.at(-1) ?? soFar.at(-1))?.profileId)
        expect(visitor.knownBy === 'link').toBe(strong.length === 0)
        known = visitor
      }
      expect(attached).toBe(1)
    }),
  )
})

test('a view belongs to the link for a week after the click', () => {
  const known: KnownVisitor = { profileId: 1, knownBy: 'link', link }
  const after = (ms: number) => linkOfEvent(known, new Date(clickedAt.getTime() + ms))
  expect([after(0), after(attributedMs), after(attributedMs + 1), after(-3_600_000)]).toEqual([link, link, null, null])
  expect(linkOfEvent({ ...known, link: null }, clickedAt)).toBe(null)
})

test.each([
  null,
  undefined,
  0,
  Number.NaN,
  true,
  {},
  '',
  ' ',
  'null',
  'undefined',
  'NaN',
  'Guest',
  '0',
  '[object Object]',
  'a\0b',
  '\ud800',
  'x'.repeat(129),
])('%j names nobody', given => expect(isUserId(given)).toBe(false))
test('ids of shops name somebody', () => {
  for (const id of ['4711', 'anna', 'Anna@acme.test', 'x'.repeat(128)]) expect(isUserId(id)).toBe(true)
})
